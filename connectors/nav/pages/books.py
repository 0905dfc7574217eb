"""What is worth remembering about an instance of page web services and about one company of it."""

from __future__ import annotations

import threading

from connectors.documents import LedgerSetup
from connectors.nav import odata
from connectors.nav.pages import services as pages
from connectors.nav.pages.client import PagesClient, company
from connectors.nav.pages.instance import Instance
from connectors.nav.pages.services import Service, Services
from connectors.nav.pages.setup import read_setup
from connectors.nav.translate import Company

_TEMPLATES = {pages.GENERAL_JOURNAL: "GENERAL", pages.PURCHASE_JOURNAL: "PURCHASES"}


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
