"""The contract between the product and a connector: data first, then a few verbs.

A connector gets settings and a secret as plain values, returns documents, pages and findings, and
knows neither tenant nor database. A *source* (JAGGAER) is read; a *ledger* (NAV) is read and
written. Every verb may raise the classes of `connectors.errors` and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from connectors.documents import (
    LedgerDocument,
    LedgerSetup,
    Problem,
    ReferenceItem,
    ReferenceKind,
    SourceDocument,
    Supplier,
    SupplierChange,
)
from connectors.entered import Card, Entered
from connectors.notifications import Notifications
from connectors.payments import Booked, Payment
from connectors.shelf import Shelved
from connectors.standing import Inspection, OrderedLine, OrderSeen, ReceivedLine


class Side(StrEnum):
    SOURCE = "source"
    LEDGER = "ledger"


class FindingStatus(StrEnum):
    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Finding:
    """One read-only check of a connection; a red one names its cause and its fix."""

    code: str
    label: str
    status: FindingStatus
    message: str
    fix: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Company:
    """A legal entity in the ledger; `id` is what a connection's integration stores."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class CompanyUse:
    """How an integration uses a company: what ping checks beside the connection itself.

    `known` is what the integration knows of the company's set-up, part of it from evidence.
    """

    company_id: str
    journal_batch: str | None = None
    balancing_account: str | None = None
    known: LedgerSetup | None = field(default=None, compare=False)


class SettingsError(Exception):
    """Settings or secret that do not hold: field path -> messages."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__("; ".join(f"{path}: {' '.join(words)}" for path, words in fields.items()))
        self.fields = fields


# Reading.


@dataclass(frozen=True, slots=True)
class Since:
    """Up to where everything was read before: inclusive, with the id as tie-break."""

    at: datetime
    id: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One received state: the raw payload beside what we understood of it.

    `document` is None when the payload could not be understood at all; `problems` say why.
    """

    source_id: str
    version: str
    modified_at: datetime | None
    payload: Mapping[str, Any]
    document: SourceDocument | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a list: enough to know whether its detail must be fetched.

    `business_unit` is what the row itself names; None says nothing about the document.
    """

    source_id: str
    version: str
    modified_at: datetime | None
    kept: Mapping[str, Any] | Shelved
    business_unit: str | None = None

    @property
    def payload(self) -> Mapping[str, Any]:
        """The row as received; of a long list unpacked for each who asks."""
        return self.kept.unpacked() if isinstance(self.kept, Shelved) else self.kept


@dataclass(frozen=True, slots=True)
class Listing:
    """A finished list: every entry seen, and what was noticed while reading it."""

    entries: tuple[Entry, ...]
    high_water: Since | None
    complete: bool  # False: the source kept changing; the union was kept
    filter_honored: bool = True
    warnings: tuple[str, ...] = ()


class SourceConnector(Protocol):
    """A system that documents are polled from."""

    kind: ClassVar[str]

    def check(self) -> Iterator[Finding]:
        """Yield findings, reading only; never raises for a system that is wrong or away."""

    def resources(self) -> Mapping[str, Any]:
        """Flow name (suppliers, purchase_orders, invoices) -> facts: overlap, sweep, segments."""

    def list(self, flow: str, since: Since | None) -> Listing:
        """Read the whole list from `since` (already stepped back by the overlap) on."""

    def fetch(
        self, flow: str, entries: Iterable[Entry]
    ) -> Iterator[Record | tuple[Entry, Exception]]:
        """Yield the full record of each entry; a detail that failed comes with its error."""

    def understand(self, flow: str, payload: Mapping[str, Any]) -> Record:
        """Translate a stored payload again (replay); pure."""

    def takes(self, supplier: Supplier) -> frozenset[str]:
        """Return the fields of this supplier that may be written back; none where the customer
        allows nothing. A source that takes something also has the verbs of `Writer`."""

    def change_of(self, supplier: Supplier, fields: Mapping[str, str]) -> SupplierChange:
        """Return the change that `plan` takes, for fields that `takes` names."""


# Writing.


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request exactly as it would be sent; `{...}` in a path stands for an id not yet known."""

    operation: str
    method: str
    path: str
    body: Any = None


# Operations of steps that have the same meaning with every ledger; others are the connector's own.
CREATE, UPDATE = "create", "update"  # the first step of what is new, or of what stands
POST = "post"


@dataclass(frozen=True, slots=True)
class Step:
    """One intended effect, serializable: what a Write row stores in `operation` and `content`.

    `natural_key` finds the effect again at the ledger; `kind` is one of vendor, purchase_order,
    purchase_invoice, purchase_credit_memo, journal, and supplier for what goes to the source;
    `operation` names the step of its chain, e.g. create, dimensions, lines, line_dimensions, post.
    `content` is JSON (decimals as strings). `warnings` tell people what the ledger's fields cannot
    hold whole; they are not stored with the effect.
    """

    kind: str
    operation: str
    natural_key: str
    content: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


# A fact of a confirmation: the fields of `LedgerSetup` that it proved, as plain JSON.
LEARNED_SETUP = "ledger_setup"


@dataclass(frozen=True, slots=True)
class Written:
    """A confirmed effect."""

    remote_id: str
    number: str = ""
    etag: str = ""
    status: str = ""
    url: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)  # ids of lines, computed totals ...


@dataclass(frozen=True, slots=True)
class Found:
    """What the read-back found for one natural key.

    `same` says whether the content equals what we wanted to write; `differences` names fields.
    `bears_reference`: it holds the reference that we write into it, whatever else it says now.
    `identity` is what tells it from every other record of its kind where the id alone does not.
    """

    written: Written
    same: bool
    differences: tuple[str, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)
    bears_reference: bool = False
    identity: str = ""

    @property
    def known_as(self) -> str:
        return self.identity or self.written.remote_id


@dataclass(frozen=True, slots=True)
class Effect:
    """What was written of one kind for a document and counts as standing.

    `known` holds what the confirmed steps taught; for an order also `standing`, the newest state
    that was written of it, for an invoice `not_ours`: what stands under its number and is known to
    be somebody else's (`Found.known_as`).
    """

    kind: str
    steps: tuple[Step, ...]
    known: Mapping[str, Any]


class Writer(Protocol):
    """The verbs of writing: the ledger's for documents, a source's for what it takes back.

    A source has no companies and ignores `company_id`.
    """

    def plan(
        self, company_id: str, document: LedgerDocument | SupplierChange, *, post: bool = False
    ) -> list[Step]:
        """Turn a document into its chain of steps; asks nobody once the setup is remembered.

        Raises ValueError for what the ledger's fields cannot hold."""

    def requests(
        self, company_id: str, step: Step, known: Mapping[str, Any] | None = None
    ) -> list[PlannedRequest]:
        """Say exactly what `send` would send; `known` holds the facts of earlier steps."""

    def send(self, company_id: str, step: Step, known: Mapping[str, Any]) -> Written:
        """Carry out one step once; `known` holds `id`, `number`, `etag` and the facts of the
        confirmed earlier steps of the same kind. Raises DocumentRefused, TemporaryError (not
        applied), UnknownOutcome or a configuration error; never retries by itself."""

    def send_many(
        self, company_id: str, steps: Sequence[tuple[Step, Mapping[str, Any]]]
    ) -> Sequence[Written | Exception]:
        """Carry out independent steps once each, together where the ledger allows it; in order,
        what `send` would return or raise for each."""

    def find(
        self, company_id: str, steps: Sequence[tuple[Step, Mapping[str, Any]]]
    ) -> Sequence[list[Found]]:
        """Look up steps of one kind and operation on the primary, batched.

        Each step comes with what earlier steps of its chain taught (`id`, `number`, `etag`, facts);
        the answers stand in the same order, an empty list where nothing was found.
        """

    def settle_seconds(self, step: Step) -> float:
        """How long after a request was sent the ledger may still apply it; 0 where it keeps our
        key unique or the step may safely be repeated."""


class LedgerConnector(Writer, Protocol):
    """A system that documents are written to."""

    kind: ClassVar[str]

    def check(self, uses: Sequence[CompanyUse] = ()) -> Iterator[Finding]:
        """Yield findings, reading only; never raises for a system that is wrong or away."""

    def companies(self) -> list[Company]: ...

    def capabilities(self) -> Mapping[str, Any]:
        """What this instance allows: dialect, sets, actions, field lengths, batch, webhooks."""

    def setup(self, company_id: str) -> LedgerSetup: ...

    def remember(self, company_id: str, setup: LedgerSetup) -> None:
        """Take over what an earlier `setup` said, so that planning asks nobody."""

    def reference(self, company_id: str, kind: ReferenceKind) -> Iterator[list[ReferenceItem]]:
        """Yield pages of reference data of one kind."""

    def changed_suppliers(
        self, company_id: str, since: datetime | None, terms: Mapping[str, str]
    ) -> Iterator[list[ReferenceItem]]:
        """Yield pages of the suppliers changed at or after an instant (None: all of them): one
        call where few changed. A ledger that cannot say when yields all. `terms` are the payment
        terms known so far, id -> code."""

    def received(
        self, company_id: str, order_ids: Sequence[str]
    ) -> Mapping[str, Sequence[OrderedLine]]:
        """Return the lines of orders by their ledger id; orders that are gone are left out."""

    def receipts(
        self, company_id: str, order_numbers: Sequence[str]
    ) -> Mapping[str, Sequence[ReceivedLine]] | None:
        """Return the lines of receipts by the number of their order, batched; None where the
        instance does not show them."""

    def inspect(self, company_id: str, effects: Sequence[Effect]) -> Sequence[Inspection]:
        """Compare what stands with what was written, reading only, batched; in order."""

    def orders_seen(self, company_id: str) -> Iterator[Sequence[OrderSeen]]:
        """Yield all orders page by page, with the texts by which ours are recognized: an order
        has no field of ours that can be searched."""

    def entered(
        self, company_id: str, kind: str, cards: Sequence[Card], numbers: Sequence[str]
    ) -> Sequence[Entered]:
        """Return drafts and posted documents of one kind that stand on one of the cards, or under
        one of the numbers whoever's card it is; batched, on the primary, without cancelled ones.
        What an instance does not show is left out."""

    def payments(self, company_id: str, asked: Sequence[Booked]) -> Sequence[Payment | None]:
        """Return how far documents are paid, batched and in order; None where it cannot be told."""

    def notifications(self) -> Notifications | None:
        """How this instance tells of changes; None where it cannot."""
