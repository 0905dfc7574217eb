"""What is worth remembering about an instance of page web services and about one company of it."""

from __future__ import annotations

import threading
from typing import Any

from connectors.documents import LedgerSetup
from connectors.nav import odata
from connectors.nav.metadata import Metadata
from connectors.nav.pages import services as pages
from connectors.nav.pages.client import PagesClient, company
from connectors.nav.pages.services import Service, Services
from connectors.nav.settings import NavSettings
from connectors.nav.translate import Company

SHORTCUTS = 8
_TEMPLATES = {pages.GENERAL_JOURNAL: "GENERAL", pages.PURCHASE_JOURNAL: "PURCHASES"}


class Instance:
    """One instance: its client, and which page is which by its `$metadata`."""

    def __init__(self, client: PagesClient, settings: NavSettings) -> None:
        self.client = client
        self._named = settings.page_services
        self._recognized: tuple[Metadata, Services] | None = None

    @property
    def services(self) -> Services:
        metadata = self.client.metadata()
        known = self._recognized
        if known is None or known[0] is not metadata:
            known = self._recognized = (metadata, pages.recognize(metadata, self._named))
        return known[1]


class Books:
    """One company: its setup and where its journal lies. Safe to share between threads."""

    def __init__(self, instance: Instance, company_id: str) -> None:
        self.instance = instance
        self.company_id = company_id
        self._setup: LedgerSetup | None = None
        self._templates: dict[str, str] = {}
        self._lock = threading.RLock()

    @property
    def client(self) -> PagesClient:
        return self.instance.client

    @property
    def services(self) -> Services:
        return self.instance.services

    def path(self, inside: str) -> str:
        return company(self.company_id, inside)

    def remember(self, setup: LedgerSetup) -> None:
        with self._lock:
            self._setup = setup

    def setup(self) -> LedgerSetup:
        with self._lock:
            if self._setup is None:
                self._setup = read_setup(self.instance, self.company_id)
            return self._setup

    def company(self) -> Company:
        return Company(self.setup())

    def template(self, batch: str) -> str:
        """Return the journal template of a batch: that of a line which lies there, else the name
        NAV gives the template of the published page."""
        with self._lock:
            if batch not in self._templates:
                role, service = self.services.journal()
                found = _template_seen(self, service, batch)
                if not found:
                    return _TEMPLATES[role]
                self._templates[batch] = found
            return self._templates[batch]

    def known_template(self, batch: str) -> str:
        """Return the template as far as it is known without asking."""
        return self._templates.get(batch) or _TEMPLATES[self.services.journal()[0]]


def _template_seen(books: Books, service: Service, batch: str) -> str:
    params = {"$filter": odata.equals("Journal_Batch_Name", batch), "$top": "1"}
    rows = books.client.get(books.path(service.name), params, primary=True).get("value") or []
    return str(rows[0].get("Journal_Template_Name") or "") if rows else ""


def read_setup(instance: Instance, company_id: str) -> LedgerSetup:
    """Read currency, shortcut dimensions and posting range from page 118 where it is published.

    Without it they stay empty: documents then name their currency always, and dimensions have
    nowhere to go. `global_dimensions` holds up to eight shortcut dimensions in their order.
    """
    lengths = pages.field_lengths(instance.services)
    service = instance.services.get(pages.SETUP)
    rows: list[Any] = instance.client.rows(company(company_id, service.name)) if service else []
    if not rows:
        return LedgerSetup(local_currency="", field_lengths=lengths)
    row = rows[0]
    return LedgerSetup(
        local_currency=odata.code(str(row.get("LCY_Code") or "")),
        global_dimensions=_shortcuts(row),
        posting_from=odata.parse_date(row.get("Allow_Posting_From")),
        posting_to=odata.parse_date(row.get("Allow_Posting_To")),
        field_lengths=lengths,
    )


def _shortcuts(row: Any) -> tuple[str, ...]:
    found = []
    for place in range(1, SHORTCUTS + 1):
        value = row.get(f"Shortcut_Dimension_{place}_Code")
        if place <= 2:
            value = row.get(f"Global_Dimension_{place}_Code") or value
        found.append(odata.code(str(value or "")))
    while found and not found[-1]:
        found.pop()
    return tuple(found)
