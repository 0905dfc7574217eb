"""What a source sends: suppliers, purchase orders, invoices and credit notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

# A field that came later and few documents have: stored where it is set, so that the others keep
# their fingerprint.
SPARSE = {"sparse": True}


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
    """What the shares of a split line are measured in."""

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
    """When to pay, as the source says it; `code` is what is mapped to the ledger's terms."""

    code: str | None = None
    kind: str | None = None
    net_days: int | None = None
    discount_days: int | None = None
    discount_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """An address; `kind` is the source's word for what it is for."""

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
    """Somebody at a supplier: personal data, erased on demand."""

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
    """A supplier; `erp_number` is its vendor number as the source knows it, which may be old."""

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
    """A line of an order; `number` is unique within it (`named_as`: what the source wrote)."""

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
    named_as: int | None = field(default=None, metadata=SPARSE)  # `number` of another line too
    unit_factor: Decimal | None = field(default=None, metadata=SPARSE)  # how many `unit_base` ...
    unit_base: str | None = field(default=None, metadata=SPARSE)  # ... one `unit` of this item is


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder(SourceDocument):
    """A purchase order in one revision; `reference` is the number that invoices name."""

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
    unit_factor: Decimal | None = field(default=None, metadata=SPARSE)  # how many `unit_base` ...
    unit_base: str | None = field(default=None, metadata=SPARSE)  # ... one `unit` of this item is


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
