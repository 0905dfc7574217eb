"""What a ledger offers, and what it is given to book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from connectors.documents.source import Address, Resource

_NO_ADDRESS = Address()


class ReferenceKind(StrEnum):
    """Kinds of reference data a ledger offers; the values are those of the product's API."""

    LEDGER_ACCOUNTS = "ledger_accounts"
    DIMENSIONS = "dimensions"
    DIMENSION_VALUES = "dimension_values"
    PAYMENT_TERMS = "payment_terms"
    CURRENCIES = "currencies"
    UNITS_OF_MEASURE = "units_of_measure"
    SUPPLIERS = "suppliers"
    EXCHANGE_RATES = "exchange_rates"
    TAX_CODES = "tax_codes"
    DEFAULT_DIMENSIONS = "default_dimensions"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceItem:
    """One row of reference data as of the last read.

    `code` is unique within its kind (dimension values: `DIMENSION/VALUE`); `usable` says whether a
    document may be booked with it, `why_not` in words if not; `attributes` holds the rest as text.
    Default dimensions are those of vendors: `remote_id` is the vendor's, `attributes` have
    `dimension`, `value` and `demand` (mandatory, same, none or left out).
    """

    kind: ReferenceKind
    code: str
    remote_id: str
    name: str = ""
    usable: bool = True
    why_not: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


class SetupSource(StrEnum):
    """Where a part of the ledger's set-up is known from."""

    LEDGER = "ledger"
    SETTINGS = "settings"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSetup:
    """What one company of the ledger says about itself.

    A ledger that does not show its own set-up leaves `local_currency` empty until it is known from
    elsewhere, and `global_dimensions` open where their `origin` is `evidence`: places that are
    blank may hold any of `dimensions`, and what is known there was proved by records.
    """

    local_currency: str
    local_currency_from: SetupSource = SetupSource.LEDGER
    # What the ledger lists besides its local currency; None where it does not say.
    foreign_currencies: tuple[str, ...] | None = None
    global_dimensions: tuple[str, ...] = ()  # codes of global dimensions 1 and 2
    global_dimensions_from: SetupSource = SetupSource.LEDGER
    dimensions: tuple[str, ...] = ()  # of which the open places are some
    ambiguous_values: tuple[str, ...] = ()  # codes that are values of several dimensions
    posting_from: date | None = None
    posting_to: date | None = None
    field_lengths: Mapping[str, int] = field(default_factory=dict)  # our field name -> characters


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """A line to be booked; a line without account is a comment."""

    description: str
    account: str | None = None
    quantity: Decimal = Decimal(0)
    unit_price: Decimal = Decimal(0)
    unit: str | None = None
    tax_code: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    source_line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerVendor:
    """A vendor to be created, or with `remote_id` to be changed.

    A change writes the fields named in `only` (all when empty) and nothing else, provided that the
    vendor still has the version `etag` (`*`: whatever its version). `source_reference` names a
    vendor without number, whose number the ledger gives.
    """

    number: str | None
    name: str
    address: Address = _NO_ADDRESS
    email: str = ""
    phone: str = ""
    website: str = ""
    tax_number: str = ""
    currency: str | None = None
    payment_terms_code: str | None = None
    blocked: str = ""  # "", "payment" or "all"
    source_reference: str = ""
    pay_to: str = ""  # only where the ledger's vendor card can be reached
    remote_id: str | None = None
    etag: str = "*"
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierChange:
    """Fields of a supplier to be changed at the source; an empty number is the one that the ledger
    gives to the vendor created with it. `profile_id` is the key that the source writes by."""

    source_id: str
    profile_id: str
    fields: Mapping[str, str]
    version: str = ""  # of the source's record that the change was made for


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOrder:
    """An order to be created.

    `again` is the version that made it another order than the one that the document has in the
    ledger already, `left` what stays on that one: line of the source -> quantity.
    """

    vendor_number: str
    order_date: date
    currency: str | None
    lines: tuple[LedgerLine, ...]
    source_reference: str  # e.g. "JAGGAER 0000000049#1", the first comment line
    posting_date: date | None = None
    payment_terms_code: str | None = None
    pay_to_vendor_number: str | None = None
    again: int = 0
    left: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingLine:
    """A line of an order as we wrote it last.

    `key` names the source's line and, behind a dot, the part of its split; `place` counts the lines
    of the ledger's order as they were written, the reference comment being 0. A retired line keeps
    what was received or invoiced of a line that is gone or coded otherwise now. `reduced` is the
    quantity that was taken off because invoices of ours booked it, `accounted` what they had booked
    then: more than was taken off where the ledger had received more than was left, and of a retired
    line what of it was invoiced.
    """

    key: str
    place: int
    line: LedgerLine
    retired: bool = False
    reduced: Decimal = Decimal(0)
    accounted: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHeader:
    """What a revision may change of an order's header; None is left to the ledger."""

    order_date: date
    posting_date: date | None = None
    payment_terms_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStanding:
    """What we wrote of an order last, with which both sides are compared.

    `left` is what an order that took another's place left on that one: key of the line -> quantity.
    """

    vendor_number: str
    currency: str | None
    lines: tuple[StandingLine, ...]
    header: OrderHeader | None = None  # None: not known any more
    left: Mapping[str, Decimal] = field(default_factory=dict)


class LineAction(StrEnum):
    """What a revision does to a line of the ledger's order."""

    ADD = "add"
    SET = "set"  # quantity and price
    REPLACE = "replace"  # the rest goes to a new line with other coding
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """One change of an order's line.

    `place` is the line to be changed, `new_place` that of a line to be added. `line` carries the
    whole quantity that is wanted; `keep` is what must stay of the old one because it was invoiced
    through us. The ledger keeps what it received and invoiced itself. `reduced` and `accounted` are
    those of the line that will stand.
    """

    action: LineAction
    key: str
    place: int | None = None
    new_place: int | None = None
    line: LedgerLine | None = None
    keep: Decimal = Decimal(0)
    reduced: Decimal = Decimal(0)
    accounted: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOrderChange:
    """Changes of an order that stands in the ledger; `version` numbers them for the document, and
    `part` those of one version, from the second on.

    Without `header` the header is left as it stands. With `delete` the whole order goes, unless
    something of it was received or invoiced there: then the changes are made instead.
    """

    remote_id: str
    source_reference: str
    version: int
    standing: OrderStanding
    changes: tuple[LineChange, ...]
    header: OrderHeader | None = None
    delete: bool = False
    part: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerInvoice:
    """A purchase invoice or credit memo to be created as a draft."""

    resource: Resource
    vendor_number: str
    external_number: str
    document_date: date
    posting_date: date
    currency: str | None
    lines: tuple[LedgerLine, ...]
    source_reference: str
    due_date: date | None = None
    pay_to_vendor_number: str | None = None
    total: Decimal | None = None  # with tax, as billed: compared with what the ledger computes
    total_allowed: Decimal = Decimal(0)  # difference up to which it may be posted
    net: Decimal | None = None
    applies_to: str = ""  # of a credit memo: the ledger's number of the posted invoice it corrects


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """One line of a balanced entry in local currency; positive is debit."""

    account: str
    amount: Decimal
    description: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
    line_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """The journal of one document: its lines sum to exactly zero, under a number of ours."""

    batch: str
    document_number: str
    external_number: str
    posting_date: date
    source_reference: str
    lines: tuple[JournalLine, ...]


LedgerDocument = LedgerVendor | LedgerOrder | LedgerOrderChange | LedgerInvoice | JournalEntry
