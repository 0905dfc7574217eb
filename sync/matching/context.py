"""What matching is given: views of suppliers, orders and earlier invoices, already loaded.

The engine loads these in bulk for a slice of documents and keeps `used` and `earlier` up to date
while it goes through the slice. `used` counts every invoice that stands in the ledger or came
before, drafts and parked ones too, without the document that is being matched; `earlier` holds
documents that still count (not rejected, cancelled or withdrawn), and what people typed into the
ledger. A document that came later and is not in the ledger never holds up an earlier one: else two
parked documents would wait for each other for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.documents import Invoice, PurchaseOrder, Resource
from sync.domain import money
from sync.domain.currencies import AT_PAR, Worth
from sync.domain.mapping import MappingTable
from sync.domain.money import ZERO, Currency
from sync.domain.policy import Policy
from sync.domain.references import invoice_number_key, loose_number_key, order_reference_keys
from sync.matching.kinship import NO_LINEAGE, Lineage

QUANTITY_DECIMALS = 15  # of what is kept of an order line's usage
_FINE, _DUST = 10, Decimal("1E-12")  # decimals that anybody bills; what conversions leave behind
OrderLineKey = tuple[str, int]  # (OrderView.id, line number)
Arrival = tuple[str, str]  # (source change time, source id), both sortable texts


@dataclass(frozen=True, slots=True)
class SupplierView:
    """A supplier as we know it; `family` is the key of its topmost parent, else its own."""

    key: str
    name: str = ""
    source_id: str | None = None
    erp_number: str | None = None
    vendor_number: str | None = None  # in the ledger
    family: str = ""
    blocked_because: str = ""  # "inactive", "blocked", "not approved": its documents park
    payment_hold: bool = False  # the ledger books its invoices and pays none
    held_by: str = ""  # code of the record that blocks or holds it: its change lets documents go
    lineage: Lineage = NO_LINEAGE

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code under which a policy or a document may name it."""
        known = (self.erp_number, self.source_id, self.vendor_number, self.key)
        return tuple(dict.fromkeys(code for code in known if code))

    @property
    def label(self) -> str:
        code = self.erp_number or self.source_id or self.key
        return f"{code} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class OrderView:
    """A purchase order as received, with the supplier we resolved it to."""

    id: str
    document: PurchaseOrder
    supplier_key: str | None = None
    family: str = ""
    lineage: Lineage = NO_LINEAGE  # of its supplier

    @property
    def reference(self) -> str:
        return self.document.reference


@dataclass(frozen=True, slots=True)
class Usage:
    """What invoices took from an order line; credit notes give back."""

    quantity: Decimal = ZERO
    amount: Decimal = ZERO

    def __add__(self, other: Usage) -> Usage:
        return Usage(_settled(self.quantity + other.quantity), self.amount + other.amount)

    def __neg__(self) -> Usage:
        return Usage(-self.quantity, -self.amount)


def _settled(quantity: Decimal) -> Decimal:
    """A sum without what rounding leaves: six times two pieces are one dozen, not a trace more."""
    if -int(quantity.as_tuple().exponent) <= _FINE:
        return quantity
    near = money.round_to(quantity, _FINE)
    return near if ZERO < abs(quantity - near) < _DUST else quantity


NOTHING = Usage()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A quantity that the ledger received of an order line, in the order's unit."""

    received_on: date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An earlier invoice or credit note, as far as duplicates and credits need it."""

    id: str
    supplier_key: str
    family: str
    resource: Resource
    number: str
    document_date: date | None
    total: Decimal | None
    currency: str | None
    reference: str = ""  # its number at the source, or in the ledger
    credited_number: str | None = None
    in_ledger: bool = True
    arrival: Arrival | None = None  # None: before everything
    cancelled: bool = False  # at the source before it was written, or in the ledger
    open_as: str = ""  # the ledger's number of the posted invoice, while it is not paid there

    @classmethod
    def of(
        cls,
        invoice: Invoice,
        supplier: SupplierView,
        *,
        id: str,
        in_ledger: bool,
        arrival: Arrival | None = None,
        cancelled: bool = False,
    ) -> InvoiceView:
        """The view of a document that was just matched, for those that follow."""
        return cls(
            id=id,
            supplier_key=supplier.key,
            family=supplier.family or supplier.key,
            resource=invoice.resource,
            number=invoice.supplier_number or "",
            document_date=invoice.document_date,
            total=invoice.total,
            currency=invoice.currency,
            reference=invoice.reference,
            credited_number=invoice.credited_number,
            in_ledger=in_ledger,
            arrival=arrival,
            cancelled=cancelled,
        )


class EarlierInvoices:
    """Earlier invoices of many suppliers, found by number, by likeness, by day and amount, and by
    what they credit."""

    __slots__ = ("_by_amount", "_by_credited", "_by_likeness", "_by_number")

    def __init__(self, views: Iterable[InvoiceView] = ()) -> None:
        self._by_number: dict[tuple[str, Resource, str], tuple[InvoiceView, ...]] = {}
        self._by_likeness: dict[tuple[str, Resource, str], tuple[InvoiceView, ...]] = {}
        self._by_credited: dict[tuple[str, str], tuple[InvoiceView, ...]] = {}
        self._by_amount: dict[tuple[Any, ...], tuple[InvoiceView, ...]] = {}
        for view in views:
            self.add(view)

    def add(self, view: InvoiceView) -> None:
        """Add a document, for those that follow; it takes the place of what it said before."""
        number = invoice_number_key(view.number)
        _put(self._by_number, (view.family, view.resource, number), view)
        loose = loose_number_key(view.number)
        if loose != number:
            _put(self._by_likeness, (view.family, view.resource, loose), view)
        if view.document_date and view.total:
            day_and_amount = (view.document_date, view.total, view.currency)
            _put(self._by_amount, (view.family, view.resource, *day_and_amount), view)
        if view.resource is Resource.CREDIT_NOTE and view.credited_number:
            _put(self._by_credited, (view.family, invoice_number_key(view.credited_number)), view)

    def same_number(self, family: str, resource: Resource, number: str) -> Sequence[InvoiceView]:
        return self._by_number.get((family, resource, invoice_number_key(number)), ())

    def alike(self, family: str, resource: Resource, number: str) -> list[InvoiceView]:
        """Those whose number is the same once punctuation and leading zeros are dropped."""
        loose = loose_number_key(number)
        exact = self._by_number.get((family, resource, loose), ())
        return [*exact, *self._by_likeness.get((family, resource, loose), ())]

    def same_amount(self, family: str, invoice: Invoice) -> Sequence[InvoiceView]:
        """Those of the same day, total and currency, whatever their number."""
        day_and_amount = (invoice.document_date, invoice.total, invoice.currency)
        return self._by_amount.get((family, invoice.resource, *day_and_amount), ())

    def credits_of(self, family: str, number: str) -> Sequence[InvoiceView]:
        """The credit notes that name this invoice number."""
        return self._by_credited.get((family, invoice_number_key(number)), ())


def _put(index: dict[Any, tuple[InvoiceView, ...]], key: Any, view: InvoiceView) -> None:
    others = (each for each in index.get(key, ()) if each.id != view.id)
    index[key] = (*others, view)


@dataclass(frozen=True, slots=True)
class MatchContext:
    """Everything one invoice is matched with; cheap to build, shared between invoices."""

    policy: Policy
    supplier: SupplierView | None
    orders: Mapping[str, Sequence[OrderView]] = field(default_factory=dict)  # strict key
    orders_by_digits: Mapping[str, Sequence[OrderView]] = field(default_factory=dict)
    used: Mapping[OrderLineKey, Usage] = field(default_factory=dict)
    received: Mapping[OrderLineKey, Decimal] = field(default_factory=dict)
    receipts: Mapping[OrderLineKey, Sequence[Receipt]] = field(default_factory=dict)
    undated: Mapping[str, str] = field(default_factory=dict)  # order id -> why it has no receipts
    earlier: EarlierInvoices = field(default_factory=EarlierInvoices)
    open_orders: Sequence[OrderView] = ()  # of this supplier, for proposals only
    units: MappingTable | None = None
    chosen_order: str | None = None  # a person named it for lines without a usable reference
    currency: Currency | None = None  # the invoice's, with the ledger's decimals; None: ISO 4217's
    worth: Worth = AT_PAR  # of accounting currency in the invoice's, for limits on amounts
    accepted: frozenset[str] = frozenset()  # reason codes that a person accepted
    document_id: str = ""  # ours; a view with this id is the invoice itself
    arrival: Arrival | None = None  # where the invoice stands in the order of arrival

    def counts(self, view: InvoiceView) -> bool:
        """Whether an other document is before this one: it came earlier, or is in the ledger.

        One that was cancelled is before nobody: its number may be used again (domain rule 1a 38).
        """
        if view.id == self.document_id or view.cancelled:
            return False
        if view.in_ledger or self.arrival is None or view.arrival is None:
            return True
        return view.arrival < self.arrival


def index_orders(
    views: Iterable[OrderView],
) -> tuple[dict[str, tuple[OrderView, ...]], dict[str, tuple[OrderView, ...]]]:
    """Give `orders` and `orders_by_digits` of a context; alternate numbers count as well."""
    strict: dict[str, tuple[OrderView, ...]] = {}
    digits: dict[str, tuple[OrderView, ...]] = {}
    for view in views:
        names = {view.document.reference, view.document.alternate_reference} - {None, ""}
        keys = [order_reference_keys(name) for name in names]
        for key in {key.strict for key in keys} - {""}:
            strict[key] = (*strict.get(key, ()), view)
        for key in {key.loose for key in keys} - {""}:
            digits[key] = (*digits.get(key, ()), view)
    return strict, digits
