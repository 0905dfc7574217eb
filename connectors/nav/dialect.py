"""The seam between the two ways NAV is spoken to: API v2.0, or published page web services.

A dialect turns documents into steps and carries them out on one instance. Which one serves a
connection is its setting; `auto` looks at what the instance publishes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

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
from connectors.errors import ConnectorError
from connectors.http.session import Session
from connectors.nav.client import Client
from connectors.nav.settings import NavSettings
from connectors.nav.urls import PAGES_PREFIX, Root
from connectors.notifications import Notifications
from connectors.payments import Booked, Payment
from connectors.standing import Inspection, OrderedLine, OrderSeen, ReceivedLine


class Dialect(Protocol):
    """What a dialect does; the meaning is that of `connectors.base.LedgerConnector`."""

    name: str

    def check(self, uses: Sequence[CompanyUse]) -> Iterator[Finding]: ...

    def companies(self) -> list[Company]: ...

    def capabilities(self) -> Mapping[str, Any]: ...

    def setup(self, company_id: str) -> LedgerSetup: ...

    def remember(self, company_id: str, setup: LedgerSetup) -> None: ...

    def reference(self, company_id: str, kind: ReferenceKind) -> Iterator[list[ReferenceItem]]: ...

    def changed_suppliers(
        self, company_id: str, since: datetime | None, terms: Mapping[str, str]
    ) -> Iterator[list[ReferenceItem]]: ...

    def plan(self, company_id: str, document: LedgerDocument, *, post: bool) -> list[Step]: ...

    def requests(
        self, company_id: str, step: Step, known: Mapping[str, Any] | None
    ) -> list[PlannedRequest]: ...

    def send(self, company_id: str, step: Step, known: Mapping[str, Any]) -> Written: ...

    def send_many(
        self, company_id: str, work: Sequence[tuple[Step, Mapping[str, Any]]]
    ) -> list[Written | Exception]: ...

    def find(
        self, company_id: str, asked: Sequence[tuple[Step, Mapping[str, Any]]]
    ) -> list[list[Found]]: ...

    def received(
        self, company_id: str, order_ids: Sequence[str]
    ) -> Mapping[str, Sequence[OrderedLine]]: ...

    def receipts(
        self, company_id: str, order_numbers: Sequence[str]
    ) -> Mapping[str, Sequence[ReceivedLine]] | None: ...

    def inspect(self, company_id: str, effects: Sequence[Effect]) -> list[Inspection]: ...

    def orders_seen(self, company_id: str) -> Iterator[list[OrderSeen]]: ...

    def entered(
        self, company_id: str, kind: str, cards: Sequence[Card], numbers: Sequence[str]
    ) -> list[Entered]: ...

    def payments(self, company_id: str, asked: Sequence[Booked]) -> list[Payment | None]: ...

    def notifications(self) -> Notifications | None: ...

    def keeps_key_unique(self, step: Step) -> bool:
        """Whether a second application of the step would be refused or change nothing."""


def publishes_pages(session: Session, settings: NavSettings) -> bool:
    """Whether the instance answers with the metadata of page web services (NAV contract 1.4)."""
    try:
        found = Client(session, Root(PAGES_PREFIX, settings.tenant)).metadata()
    except ConnectorError:
        return False
    return bool(found.properties)
