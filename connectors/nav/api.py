"""The dialect `api`: API v2.0 of Business Central, in the cloud and on premises."""

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
from connectors.nav import (
    entered,
    find,
    inspect,
    kinds,
    payments,
    receipts,
    received,
    reference,
    requests,
    steps,
)
from connectors.nav.books import Books
from connectors.nav.check import Doctor
from connectors.nav.client import Client
from connectors.nav.desk import Desk
from connectors.nav.metadata import summary
from connectors.nav.send import Writer
from connectors.nav.settings import NavSettings
from connectors.nav.subscriptions import Subscriptions
from connectors.nav.urls import API_PREFIX, Root
from connectors.notifications import Notifications
from connectors.payments import Booked, Payment
from connectors.standing import Inspection, OrderedLine, OrderSeen, ReceivedLine

# Steps that NAV cannot apply twice: by its own key, by the version a change is made for, by the
# state a post needs, or because the step adds only what is missing.
_ONCE_ONLY = frozenset({kinds.UPDATE, kinds.POST, kinds.LINES, kinds.LINE_DIMENSIONS})


class ApiDialect:
    """API v2.0 of one instance; safe to share between threads."""

    name = "api"

    def __init__(self, session: Session, settings: NavSettings) -> None:
        self._settings = settings
        self._client = Client(session, Root(API_PREFIX, settings.tenant))
        self._writers: dict[str, tuple[Desk, Writer]] = {}
        self._lock = threading.Lock()

    def check(self, uses: Sequence[CompanyUse]) -> Iterator[Finding]:
        return Doctor(self._client, self._settings).findings(uses)

    def companies(self) -> list[Company]:
        return [
            Company(str(row["id"]), str(row.get("displayName") or row.get("name") or ""))
            for row in self._client.rows("companies")
        ]

    def capabilities(self) -> Mapping[str, Any]:
        metadata = self._client.metadata()
        return {
            "dialect": self.name,
            **summary(metadata),
            "batch": True,
            "posting": metadata.can("purchaseInvoices", "post"),
            "webhooks": metadata.has("subscriptions"),
        }

    def setup(self, company_id: str) -> LedgerSetup:
        """Read the setup anew: it is what planning goes by from now on."""
        books = Books(self._client, company_id)
        setup = books.setup()
        self._desk(company_id).books.remember(setup)
        return setup

    def remember(self, company_id: str, setup: LedgerSetup) -> None:
        self._desk(company_id).books.remember(setup)

    def reference(self, company_id: str, kind: ReferenceKind) -> Iterator[list[ReferenceItem]]:
        return reference.read(self._client, company_id, kind)

    def changed_suppliers(
        self, company_id: str, since: datetime | None, terms: Mapping[str, str]
    ) -> Iterator[list[ReferenceItem]]:
        return reference.read_changed_vendors(self._client, company_id, since, terms)

    def plan(self, company_id: str, document: LedgerDocument, *, post: bool) -> list[Step]:
        return steps.plan(document, self._desk(company_id).books.company(), post=post)

    def requests(
        self, company_id: str, step: Step, known: Mapping[str, Any] | None
    ) -> list[PlannedRequest]:
        return requests.planned(self._desk(company_id).books, API_PREFIX, step, known)

    def send(self, company_id: str, step: Step, known: Mapping[str, Any]) -> Written:
        return self._writer(company_id).send(step, known)

    def send_many(
        self, company_id: str, work: Sequence[tuple[Step, Mapping[str, Any]]]
    ) -> list[Written | Exception]:
        return self._writer(company_id).send_many(work)

    def find(
        self, company_id: str, asked: Sequence[tuple[Step, Mapping[str, Any]]]
    ) -> list[list[Found]]:
        return find.find(self._desk(company_id), asked)

    def received(self, company_id: str, order_ids: Sequence[str]) -> dict[str, list[OrderedLine]]:
        return received.read(self._client, company_id, order_ids)

    def receipts(
        self, company_id: str, order_numbers: Sequence[str]
    ) -> dict[str, list[ReceivedLine]] | None:
        return receipts.read(self._client, company_id, order_numbers)

    def inspect(self, company_id: str, effects: Sequence[Effect]) -> list[Inspection]:
        return inspect.inspect(self._desk(company_id), effects)

    def orders_seen(self, company_id: str) -> Iterator[list[OrderSeen]]:
        return inspect.orders_seen(self._desk(company_id))

    def entered(
        self, company_id: str, kind: str, cards: Sequence[Card], numbers: Sequence[str]
    ) -> list[Entered]:
        return entered.read(self._client, company_id, kind, cards, numbers)

    def payments(self, company_id: str, asked: Sequence[Booked]) -> list[Payment | None]:
        return payments.read(self._client, company_id, asked)

    def notifications(self) -> Notifications | None:
        if not self._client.metadata().has("subscriptions"):
            return None
        return Subscriptions(self._client)

    def keeps_key_unique(self, step: Step) -> bool:
        if steps.base_operation(step.operation) in _ONCE_ONLY:
            return step.content.get("etag") != "*"
        return step.kind == kinds.VENDOR and bool(step.content["body"].get("number"))

    def _desk(self, company_id: str) -> Desk:
        return self._pair(company_id)[0]

    def _writer(self, company_id: str) -> Writer:
        return self._pair(company_id)[1]

    def _pair(self, company_id: str) -> tuple[Desk, Writer]:
        with self._lock:
            if company_id not in self._writers:
                desk = Desk(self._client, Books(self._client, company_id))
                self._writers[company_id] = (desk, Writer(desk))
            return self._writers[company_id]
