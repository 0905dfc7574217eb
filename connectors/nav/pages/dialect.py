"""The dialect `pages`: OData V4 page web services, as far as an instance publishes them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.base import (
    Company,
    CompanyUse,
    Effect,
    Finding,
    Found,
    PlannedRequest,
    Step,
    Written,
)
from connectors.documents import LedgerDocument, LedgerSetup, ReferenceItem, ReferenceKind
from connectors.entered import Card, Entered
from connectors.http.session import Session
from connectors.nav import kinds
from connectors.nav.pages import entered, find, inspect, payments, received, reference, send, steps
from connectors.nav.pages.books import Books
from connectors.nav.pages.check import PagesDoctor
from connectors.nav.pages.client import PagesClient
from connectors.nav.pages.desk import Desk
from connectors.nav.pages.instance import Instance
from connectors.nav.pages.preview import planned
from connectors.nav.pages.services import SETUP, summary
from connectors.nav.settings import NavSettings
from connectors.nav.steps import base_operation
from connectors.nav.urls import PAGES_PREFIX, Root
from connectors.payments import Booked, Payment
from connectors.standing import Inspection, OrderedLine, OrderSeen


class PagesDialect:
    """Page web services of one instance; companies go by their name. Safe to share between
    threads."""

    name = "pages"

    def __init__(self, session: Session, settings: NavSettings) -> None:
        self._settings = settings
        self._instance = Instance(
            PagesClient(session, Root(PAGES_PREFIX, settings.tenant)), settings
        )
        self._desks: dict[str, Desk] = {}
        self._lock = threading.Lock()

    def check(self, uses: Sequence[CompanyUse]) -> Iterator[Finding]:
        return PagesDoctor(self._instance, self._settings).findings(uses)

    def companies(self) -> list[Company]:
        rows = self._instance.client.rows("Company")
        return [
            Company(str(row["Name"]), str(row.get("Display_Name") or row["Name"])) for row in rows
        ]

    def capabilities(self) -> Mapping[str, Any]:
        """Posting, batches and notifications are none of the pages' (NAV contract 1.4)."""
        return {
            "dialect": self.name,
            **summary(self._instance.services),
            "batch": False,
            "posting": False,
            "webhooks": False,
        }

    def setup(self, company_id: str) -> LedgerSetup:
        """Read the setup anew: it is what planning goes by from now on.

        Where the page of it was missing, it may have been published since.
        """
        if self._instance.services.get(SETUP) is None:
            self._instance.read_anew()
        setup = Books(self._instance, company_id).setup()
        self._desk(company_id).books.remember(setup)
        return setup

    def remember(self, company_id: str, setup: LedgerSetup) -> None:
        self._desk(company_id).books.remember(setup)

    def reference(self, company_id: str, kind: ReferenceKind) -> Iterator[list[ReferenceItem]]:
        return reference.read(self._instance, company_id, kind)

    def changed_suppliers(
        self, company_id: str, since: datetime | None, terms: Mapping[str, str]
    ) -> Iterator[list[ReferenceItem]]:
        return reference.read_changed_vendors(self._instance, company_id, since)

    def plan(self, company_id: str, document: LedgerDocument, *, post: bool) -> list[Step]:
        """Return the chain; `post` adds nothing, the document stays a draft for finance."""
        books = self._desk(company_id).books
        return steps.plan(document, books.company(), books.services)

    def requests(
        self, company_id: str, step: Step, known: Mapping[str, Any] | None
    ) -> list[PlannedRequest]:
        return planned(self._desk(company_id), PAGES_PREFIX, step, known or {})

    def send(self, company_id: str, step: Step, known: Mapping[str, Any]) -> Written:
        return send.send(self._desk(company_id), step, known)

    def send_many(
        self, company_id: str, work: Sequence[tuple[Step, Mapping[str, Any]]]
    ) -> list[Written | Exception]:
        return send.send_many(self._desk(company_id), work)

    def find(
        self, company_id: str, asked: Sequence[tuple[Step, Mapping[str, Any]]]
    ) -> list[list[Found]]:
        return find.find(self._desk(company_id), asked)

    def received(self, company_id: str, order_ids: Sequence[str]) -> dict[str, list[OrderedLine]]:
        return received.read(self._desk(company_id).books, order_ids)

    def receipts(self, company_id: str, order_numbers: Sequence[str]) -> None:
        """No page that the connector knows shows receipts (NAV contract 1.4)."""

    def inspect(self, company_id: str, effects: Sequence[Effect]) -> list[Inspection]:
        return inspect.inspect(self._desk(company_id), effects)

    def orders_seen(self, company_id: str) -> Iterator[list[OrderSeen]]:
        return inspect.orders_seen(self._desk(company_id))

    def entered(
        self, company_id: str, kind: str, cards: Sequence[Card], numbers: Sequence[str]
    ) -> list[Entered]:
        return entered.read(self._desk(company_id).books, kind, cards, numbers)

    def payments(self, company_id: str, asked: Sequence[Booked]) -> list[Payment | None]:
        return payments.read(self._desk(company_id).books, asked)

    def notifications(self) -> None:
        """Page web services tell of nothing: what changes is seen by polling."""
        return None

    def keeps_key_unique(self, step: Step) -> bool:
        """Lines are refused twice by their key, vendors by their number, a change by the versions
        that it was made for.

        Headers get their number from NAV and journal lines may have been posted: those wait.
        """
        operation = base_operation(step.operation)
        if operation in (kinds.LINES, kinds.CHANGE):
            return True
        if operation == kinds.UPDATE:
            return step.content.get("etag") != "*"
        return step.kind == kinds.VENDOR and bool(step.content["body"].get("No"))

    def _desk(self, company_id: str) -> Desk:
        with self._lock:
            if company_id not in self._desks:
                self._desks[company_id] = Desk(Books(self._instance, company_id))
            return self._desks[company_id]
