"""Business documents in our words, as every connector reads and writes them.

Amounts, prices and quantities are `Decimal`, exactly as received. Calendar days are `date`,
instants are aware `datetime` in UTC. Codes are text with their leading zeros. A document is a
value: a connector makes it, rules read it, nobody changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Resource(StrEnum):
    """Kinds of documents that travel."""

    SUPPLIER = "supplier"
    PURCHASE_ORDER = "purchase_order"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class Readiness(StrEnum):
    """What the source's status words say about a document."""

    POSTABLE = "postable"
    WAITING = "waiting"  # not approved yet
    SETTLED = "settled"  # paid or closed at the source before we saw it
    CANCELLED = "cancelled"
    HOLD = "hold"  # a status word that nobody explained to us


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a payload, or a part of it, could not be understood; `path` names the value."""

    code: str  # a reason code of the product's API: unreadable, date_invalid, split_incomplete ...
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class SupplierRef:
    """The supplier as a document names it."""

    source_id: str | None = None  # the source's own id
    erp_number: str | None = None  # the ledger's vendor number, as the source knows it
    name: str | None = None


class ShareKind(StrEnum):
    PERCENT = "percent"
    QUANTITY = "quantity"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class CodingPart:
    """One part of a line's coding: segment name -> code at the source, with its share.

    `share` is a percentage (0-100), a quantity or an amount, as `kind` says; the only part of a
    line has 100 percent.
    """

    segments: Mapping[str, str]
    share: Decimal = Decimal(100)
    kind: ShareKind = ShareKind.PERCENT
    descriptions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    code: str | None = None
    kind: str | None = None
    net_days: int | None = None
    discount_days: int | None = None
    discount_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Address:
    kind: str = ""
    name: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""  # two letters, ISO 3166-1
    active: bool = True


@dataclass(frozen=True, slots=True)
class Contact:
    name: str = ""
    email: str = ""
    phone: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Bank details are never written anywhere; only the digest of what was seen is kept."""

    digest: str
    hint: str  # last four characters
    bank: str = ""
    currency: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDocument:
    """What every document from a source has."""

    source_id: str
    version: str
    modified_at: datetime | None
    reference: str  # the document's own number at the source
    readiness: Readiness
    business_unit: str | None = None
    status_words: Mapping[str, str] = field(default_factory=dict)  # field -> word as received
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier(SourceDocument):
    name: str
    erp_number: str | None = None
    old_erp_number: str | None = None
    third_party_ref: str | None = None
    ja_supplier_id: str | None = None
    parent_source_id: str | None = None
    parent_erp_number: str | None = None
    approved: bool = True
    active: bool = True
    tax_number: str | None = None
    registration_number: str | None = None
    duns: str | None = None
    country: str | None = None
    currency: str | None = None
    website: str | None = None
    email: str | None = None
    phone: str | None = None
    terms: PaymentTerms = PaymentTerms()
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()
    bank_accounts: tuple[BankAccount, ...] = ()
    vendor_numbers: Mapping[str, str] = field(default_factory=dict)  # business unit -> number
    other_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    number: int
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal  # extended price as received, else quantity x unit price rounded
    source_id: str | None = None
    unit: str | None = None
    catalog_number: str | None = None
    commodity_code: str | None = None
    cancelled: bool = False
    requested_on: date | None = None
    coding: tuple[CodingPart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder(SourceDocument):
    supplier: SupplierRef
    currency: str | None
    lines: tuple[OrderLine, ...]
    revision: int | None = None
    order_date: date | None = None
    posting_date: date | None = None
    closed: bool = False  # closed for invoices at the source
    alternate_reference: str | None = None
    terms: PaymentTerms = PaymentTerms()
    total: Decimal | None = None
    tax1: Decimal = Decimal(0)
    tax2: Decimal = Decimal(0)
    freight: Decimal = Decimal(0)
    handling: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """A line of an invoice or credit note; amounts of credit notes are positive here too."""

    number: int
    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal  # extended price as received, else quantity x unit price rounded
    amount_received: bool = False  # the source sent an extended price
    source_id: str | None = None
    order_reference: str | None = None  # as written
    order_line: str | None = None  # as written
    unit: str | None = None
    catalog_number: str | None = None
    tax_rate: Decimal | None = None  # percent
    coding: tuple[CodingPart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A charge of the whole document: freight, handling or a named fee."""

    kind: str  # freight | handling | fee
    amount: Decimal
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice(SourceDocument):
    """Invoice or credit note; `resource` gives the sign, amounts are as billed (credit positive).

    total = sum of lines + tax1 + tax2 + charges - discount.
    """

    resource: Resource  # INVOICE or CREDIT_NOTE
    supplier: SupplierRef
    supplier_number: str | None  # the supplier's own invoice number
    currency: str | None
    total: Decimal | None
    document_date: date | None
    lines: tuple[InvoiceLine, ...]
    accounting_date: date | None = None
    due_date: date | None = None
    tax1: Decimal = Decimal(0)
    tax2: Decimal = Decimal(0)
    tax_engine: Decimal | None = None  # the source's own computation of tax1
    withholding_tax: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    charges: tuple[Charge, ...] = ()
    credited_number: str | None = None  # supplier's number of the invoice that is credited
    terms: PaymentTerms = PaymentTerms()
    self_billed: bool = False


# ------------------------------------------------------------------ what a ledger offers and takes


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSetup:
    """What one company of the ledger says about itself."""

    local_currency: str
    global_dimensions: tuple[str, ...] = ()  # codes of global dimensions 1 and 2
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
    address: Address = Address()
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
    batch: str
    document_number: str
    external_number: str
    posting_date: date
    source_reference: str
    lines: tuple[JournalLine, ...]


LedgerDocument = LedgerVendor | LedgerOrder | LedgerOrderChange | LedgerInvoice | JournalEntry
