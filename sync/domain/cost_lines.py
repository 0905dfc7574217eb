"""The cost lines of an invoice: what its lines, charges, taxes and discount book, and where.

Every line has its own amount; quantity and price are sent as received where their product is that
amount, else as one piece (domain rule 2.19).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Protocol

from connectors.documents import CodingPart, Invoice, InvoiceLine
from sync.domain import money, splits
from sync.domain.coding import Targets, default_dimensions, translate
from sync.domain.discount_taxes import discount_shares
from sync.domain.exact_lines import DECIMALS, ExactLine, exact_line, net_price_line, one_piece
from sync.domain.mapping import LEDGER_ACCOUNT, TAX, UNIT_OF_MEASURE
from sync.domain.money import ZERO
from sync.domain.policy import Policy
from sync.domain.reasons import Reason, reason

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line to be booked in document currency; `account` is the mapped one."""

    description: str
    account: str
    amount: Decimal
    quantity: Decimal = _ONE
    unit_price: Decimal = ZERO
    unit: str | None = None
    tax_code: str | None = None
    dimensions: Mapping[str, str] | None = None
    source_line: int | None = None


class Allocated(Protocol):
    """A part of an invoice line and the coding it is booked on.

    `coded_quantity` and `coded_amount` are those of the line that carries the coding, to which the
    shares of a split refer: the order line's, where the coding is the order line's.
    """

    @property
    def invoice_line(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def coding(self) -> tuple[CodingPart, ...]: ...
    @property
    def coded_quantity(self) -> Decimal: ...
    @property
    def coded_amount(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class OwnCoding:
    """A whole invoice line on the coding it carries itself."""

    line: InvoiceLine

    @property
    def invoice_line(self) -> int:
        return self.line.number

    @property
    def quantity(self) -> Decimal:
        return self.line.quantity

    @property
    def amount(self) -> Decimal:
        return self.line.amount

    @property
    def coding(self) -> tuple[CodingPart, ...]:
        return self.line.coding

    coded_quantity = quantity
    coded_amount = amount


class CostLines:
    """Collects the cost lines of one document and every reason met on the way."""

    def __init__(
        self,
        invoice: Invoice,
        policy: Policy,
        targets: Targets,
        *,
        currency: money.Kept,
        on: date | None,
        longest: int,
        keep_quantity: bool = False,
    ) -> None:
        """`currency` is the document's, with the ledger's decimals. `keep_quantity`: receipts are
        counted in the quantity, so that a net price is taken before a line becomes one piece
        (orders)."""
        self._invoice = invoice
        self._currency = currency
        self._policy = policy
        self._targets = targets
        self._on = on
        self._longest = longest
        self._keep_quantity = keep_quantity
        self.lines: list[CostLine] = []
        self.reasons: list[Reason] = []

    def add(self, shares: Iterable[tuple[InvoiceLine, Allocated]]) -> None:
        """Add the goods, then charges, taxes, discount and rounding."""
        for line, share in shares:
            self._add_share(line, share)
        goods = len(self.lines)
        self._add_charges()
        self._add_taxes()
        self._add_discount(goods)
        self._add_rounding()

    # ------------------------------------------------------------------ goods

    def _add_share(self, line: InvoiceLine, share: Allocated) -> None:
        document = self._invoice.source_id
        if not share.coding:
            coded = translate(
                CodingPart({}), self._targets, self._on, line=line.number, document=document
            )
            self.reasons += coded.reasons
            return
        parts = splits.divide(
            share.coding,
            share.amount,
            self._currency,
            coded_quantity=share.coded_quantity,
            coded_amount=share.coded_amount,
            line=line.number,
            document=document,
        )
        if isinstance(parts, Reason):
            self.reasons.append(parts)
            return
        if not any(amount for _, amount in parts):
            parts = parts[:1]  # free goods are one line, whoever they are for
        for part, amount in parts:
            if amount or len(parts) == 1:
                quantity = share.quantity if len(parts) == 1 else None
                self._add_part(line, part, quantity, amount)

    def _add_part(
        self, line: InvoiceLine, part: CodingPart, quantity: Decimal | None, amount: Decimal
    ) -> None:
        """Add one part; a split part (`quantity` None) is booked as one piece of its amount."""
        coded = translate(
            part, self._targets, self._on, line=line.number, document=self._invoice.source_id
        )
        self.reasons += coded.reasons
        if coded.account is None:
            return
        cost = CostLine(
            description=line.description,
            account=coded.account,
            amount=amount,
            unit=self._targets.table(UNIT_OF_MEASURE).optional(line.unit, self._on),
            tax_code=self._tax_code(line.tax_rate),
            dimensions=coded.dimensions,
            source_line=line.number,
        )
        self.lines.append(self._exact(cost, line, quantity))

    def _exact(self, cost: CostLine, line: InvoiceLine, quantity: Decimal | None) -> CostLine:
        if quantity is None:
            return self._one_piece(cost, line)
        exact = exact_line(
            quantity=quantity,
            unit_price=line.unit_price,
            amount=cost.amount,
            currency=self._currency,
            description=cost.description,
            unit=line.unit,
            longest=self._longest,
        )
        if exact is not None and exact.is_one_piece and self._keep_quantity:
            exact = self._at_net_price(cost, quantity) or exact
        if exact is not None:
            return _with(cost, exact)
        self.reasons.append(
            reason(
                "quantity_precision",
                line=line.number,
                decimals=DECIMALS,
                quantity=quantity,
                amount=money.Amount(cost.amount, self._invoice.currency),
                document=self._invoice.source_id,
            )
        )
        return cost

    def _at_net_price(self, cost: CostLine, quantity: Decimal) -> ExactLine | None:
        return net_price_line(
            quantity=quantity,
            amount=cost.amount,
            currency=self._currency,
            description=cost.description,
        )

    def _one_piece(self, cost: CostLine, line: InvoiceLine) -> CostLine:
        exact = one_piece(
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=cost.amount,
            description=line.description,
            unit=line.unit,
            longest=self._longest,
        )
        return _with(cost, exact)

    def _tax_code(self, rate: Decimal | None) -> str | None:
        if rate is None or self._policy.tax.tax1 != "ledger":
            return None
        text = format(rate.normalize(), "f") if rate else "0"
        return self._targets.table(TAX).optional(text, self._on)

    # ------------------------------------------------------------------ the rest of the document

    def _add_charges(self) -> None:
        for charge in self._invoice.charges:
            name = charge.name or charge.kind.capitalize()
            self._add_extra("freight", name, charge.amount, self._policy.accounts.freight)

    def _add_taxes(self) -> None:
        policy, invoice = self._policy.tax, self._invoice
        for choice, amount, name in (
            (policy.tax1, invoice.tax1, "Tax"),
            (policy.tax2, invoice.tax2, "Tax 2"),
        ):
            if choice == "line":
                self._add_extra("tax", name, amount, self._policy.accounts.tax)

    def _add_discount(self, goods: int) -> None:
        discount, account = self._invoice.discount, self._policy.accounts.discount
        if not discount:
            return
        if account is not None:
            for rate, part in discount_shares(self._invoice, self._currency):
                self._add_extra("discount", "Discount", -part, account, tax_rate=rate)
        elif goods:
            self._spread(-discount, goods)

    def _spread(self, amount: Decimal, goods: int) -> None:
        """Spread a discount over the goods by value; the rest goes to the largest line."""
        weights = [line.amount for line in self.lines[:goods]]
        parts = money.allocate(amount, weights, self._currency)
        received = {line.number: line for line in self._invoice.lines}
        for place, part in enumerate(parts):
            if part:
                cost = self.lines[place]
                less = replace(cost, amount=cost.amount + part)
                self.lines[place] = self._one_piece(less, received[cost.source_line])

    def _add_rounding(self) -> None:
        """Book what the total says beyond its parts, where an account for it is named."""
        invoice, account = self._invoice, self._policy.accounts.rounding
        if account is None or invoice.total is None:
            return
        charged = money.total_of(charge.amount for charge in invoice.charges)
        goods = money.total_of(line.amount for line in invoice.lines)
        parts = goods + invoice.tax1 + invoice.tax2 + charged - invoice.discount
        self._add_extra("rounding", "Rounding", invoice.total - parts, account)

    def _add_extra(
        self,
        name: str,
        text: str,
        amount: Decimal,
        account: str | None,
        *,
        tax_rate: Decimal | None = None,
    ) -> None:
        if not amount:
            return
        if account is None:
            self.reasons.append(
                reason(
                    "mapping_missing/account",
                    account=name,
                    amount=money.spoken(amount, self._invoice.currency),
                )
            )
            return
        problem = self._targets.problem(LEDGER_ACCOUNT, account)
        if problem:
            self.reasons.append(
                reason(
                    "mapping_invalid/account", account=name, target_code=account, problem=problem
                )
            )
            return
        self.lines.append(
            CostLine(
                description=text,
                account=account,
                amount=amount,
                unit_price=amount,
                tax_code=self._tax_code(tax_rate),
                dimensions=self._first_dimensions(),
            )
        )

    def _first_dimensions(self) -> Mapping[str, str]:
        """Extra lines follow the first order line that was matched."""
        if self.lines:
            return self.lines[0].dimensions or {}
        dimensions, reasons = default_dimensions(self._targets)
        self.reasons += reasons
        return dimensions


def _with(cost: CostLine, exact: ExactLine) -> CostLine:
    return replace(
        cost,
        quantity=exact.quantity,
        unit_price=exact.unit_price,
        description=exact.description,
        unit=None if exact.is_one_piece else cost.unit,
    )
