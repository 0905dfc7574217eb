"""What is allowed of one order line: quantity, price and amount against their limits.

All limits are inclusive and compared at full precision by multiplying, never by dividing, so that
0 % means zero. Where a percentage and an amount are both set, either one parks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from connectors.documents import InvoiceLine, OrderLine
from sync.domain import money
from sync.domain.money import HUNDRED, ZERO, Amount, plain
from sync.domain.policy import Limits
from sync.domain.reasons import Reason, reason
from sync.domain.references import text_key
from sync.matching.context import Usage
from sync.matching.verdict import Basis, Check, Numbers

_ONE = Decimal(1)
# Units that say "the quantity is money"; JAGGAER contract 7.3: amount lines carry a special unit.
_MONEY_UNITS = frozenset(
    text_key(unit)
    for unit in (
        *("US Dollar", "US Dollars", "Dollar", "Dollars", "USD", "Euro", "Euros", "EUR"),
        *("Pound", "Pounds", "Pound Sterling", "GBP", "CHF", "CAD", "AUD", "Amount", "AMT"),
        *("Currency", "Money", "DOL"),
    )
)
# How far an order's own amount may lie from quantity x price by rounded prices alone, as a share
# of it, and by being rounded itself.
_PRICE_ROUNDING = Decimal("0.01")
_AMOUNT_ROUNDING = Decimal("0.01")
# A drop of the price that is worth a look even where any lower price is accepted: it is more often
# another unit or another article than a gift.
_SUSPICIOUS_DROP = Decimal(50)


def basis_of(line: OrderLine) -> Basis:
    """Decide from the order line itself whether amounts or quantities are compared."""
    if line.unit_price == _ONE and text_key(line.unit) in _MONEY_UNITS:
        return Basis.MONEY
    return Basis.LUMP if line.quantity == _ONE else Basis.QUANTITY


def order_price(line: OrderLine) -> Decimal:
    """The order's net price of one unit: its price, unless that is a price per 100 or the like."""
    if not line.quantity:
        return line.unit_price
    product = money.multiply(line.quantity, line.unit_price)
    if abs(product - line.amount) <= max(abs(line.amount) * _PRICE_ROUNDING, _AMOUNT_ROUNDING):
        return line.unit_price
    return money.divide(line.amount, line.quantity)


def invoice_price(line: InvoiceLine, allowed: Decimal | None) -> Decimal:
    """The invoice's net price of one unit: its price where the amount follows from it."""
    if not line.quantity:
        return line.unit_price
    product = money.multiply(line.quantity, line.unit_price)
    if abs(product - line.amount) <= max(allowed or ZERO, Decimal("0.01")):
        return line.unit_price
    return money.divide(line.amount, line.quantity)


class LineTest:
    """All comparisons of one order line with the invoice lines that were put on it."""

    def __init__(
        self,
        order: str,
        line: OrderLine,
        *,
        taken: Usage,
        used: Usage,
        lines: Sequence[InvoiceLine],
        limits: Limits,
        received: Decimal | None,
        document: str,
        currency: money.Currency,
    ) -> None:
        self._order = order
        self._line = line
        self._taken = taken
        self._sum = used + taken
        self._lines = lines
        self._limits = limits
        self._received = received
        self._document = document
        self._currency = currency
        self.checks: list[Check] = []
        self.reasons: list[Reason] = []
        self.notes: list[str] = []

    def run(self, *, comparable: bool) -> None:
        """Compare; `comparable` is False where the units differ and no factor is known."""
        basis = basis_of(self._line)
        if basis is Basis.QUANTITY and comparable:
            self._quantity()
            self._prices()
            self._price_amount()
            self._completed()
        elif basis is not Basis.QUANTITY:
            self._amount(basis)
            self._rest()
        if self._limits.mode == "three_way" and comparable:
            self._receipt(basis)

    def _quantity(self) -> None:
        percent = self._limits.quantity_percent
        if percent is None or self._taken.quantity <= 0:
            return
        allowed = self._line.quantity + money.percent_of(self._line.quantity, percent)
        ok = self._sum.quantity <= allowed
        numbers = {
            "invoiced": plain(self._sum.quantity),
            "ordered": plain(self._line.quantity),
            "allowed": plain(allowed),
            "percent": plain(percent),
            "left": plain(max(self._line.quantity - self._sum.quantity, ZERO)),
        }
        key = "quantity_over_order"
        if not ok and self._received is not None and self._sum.quantity <= self._received:
            numbers["received"] = plain(self._received)
            key += "/received"
        self._say("quantity", ok, numbers, key)
        if ok and self._sum.quantity > self._line.quantity:
            self._used_of_tolerance(self._sum.quantity, self._line.quantity, allowed, plain)

    def _prices(self) -> None:
        ordered = order_price(self._line)
        for line in self._lines:
            if line.quantity > 0:
                self._price(line, ordered)

    def _price(self, line: InvoiceLine, ordered: Decimal) -> None:
        percent = self._limits.price_percent
        price = invoice_price(line, self._limits.total_amount)
        above = money.percent_above(price, ordered)
        numbers = {
            "price": self._amount_of(price),
            "order_price": self._amount_of(ordered),
            "percent": "" if above is None else plain(money.round_to(above, 2)),
            "limit": "any price" if percent is None else f"{plain(percent)} %",
            "variance": self._amount_of(self._variance(line, ordered)),
        }
        if price < ordered:
            self._price_below(line, numbers, below=-above if above is not None else ZERO)
        elif percent is not None:
            ok = price * HUNDRED <= ordered * (HUNDRED + percent)
            key = "price_over_tolerance" if ordered else "price_over_tolerance/no_price"
            self._say("price", ok, numbers, key, line=line.number)
            if ok and price > ordered:
                self.notes.append(
                    f"Line {line.number}: price {numbers['price']} is {numbers['percent']} % above"
                    f" the order's {numbers['order_price']}, {numbers['variance']} in all, within"
                    f" {numbers['limit']}."
                )

    def _price_below(
        self, line: InvoiceLine, numbers: dict[str, str | Amount], *, below: Decimal
    ) -> None:
        """A lower price has a limit of its own; a drop beyond it is suspicious even if accepted."""
        limit = self._limits.price_below_percent
        within = limit is not None and below <= limit
        ok = within or self._limits.price_below == "accept"
        numbers["percent"] = plain(money.round_to(below, 2))
        numbers["limit"] = "any price" if limit is None else f"{plain(limit)} %"
        self._say("price_below", ok, numbers, "price_over_tolerance/below", line=line.number)
        if not ok:
            return
        said = (
            f"Line {line.number}: price {numbers['price']} is {numbers['percent']} % below the"
            f" order's {numbers['order_price']}"
        )
        is_suspicious = below > (_SUSPICIOUS_DROP if limit is None else limit)
        self.notes.append(f"{said}: check unit and article." if is_suspicious else f"{said}.")

    def _price_amount(self) -> None:
        """The cumulative amount above the ordered amount of a line priced by quantity."""
        if self._limits.price_amount is None or self._taken.amount <= 0:
            return
        if not self._amount_held(self._line.amount + self._limits.price_amount, "price_amount"):
            self._blame_prices()

    def _amount(self, basis: Basis) -> None:
        """Compare cumulative amounts; an excess also blames the quantity and the price it shows."""
        limits, ordered = self._limits, self._line.amount
        if basis is Basis.LUMP:
            self._own_quantity()
        if self._taken.amount <= 0:
            return
        bounds = []
        if limits.amount_percent is not None:
            bounds.append(ordered + money.percent_of(ordered, limits.amount_percent))
        if limits.price_amount is not None:
            bounds.append(ordered + limits.price_amount)
        if not bounds:
            return
        if self._amount_held(min(bounds), "amount"):
            if self._sum.amount > ordered:
                self._used_of_tolerance(self._sum.amount, ordered, min(bounds), self._amount_of)
        elif basis is Basis.LUMP:
            self._quantity()
            self._blame_prices()

    def _own_quantity(self) -> None:
        """One piece was ordered: a line that bills more pieces than that bills something else."""
        percent = self._limits.quantity_percent
        if percent is not None:
            allowed = self._line.quantity + money.percent_of(self._line.quantity, percent)
            if any(line.quantity > allowed for line in self._lines):
                self._quantity()

    def _amount_held(self, allowed: Decimal, rule: str) -> bool:
        ok = self._sum.amount <= allowed
        numbers = {
            "invoiced": self._amount_of(self._sum.amount),
            "ordered": self._amount_of(self._line.amount),
            "allowed": self._amount_of(allowed),
        }
        self._say(rule, ok, numbers, "amount_over_order")
        return ok

    def _used_of_tolerance(
        self,
        invoiced: Decimal,
        ordered: Decimal,
        allowed: Decimal,
        said: Callable[[Decimal], str | Amount],
    ) -> None:
        """Keep how much of a tolerance was used, in percent and in all."""
        above = money.percent_above(invoiced, ordered)
        percent = "" if above is None else f"{plain(money.round_to(above, 2))} %, "
        self.notes.append(
            f"{self._place}: {said(invoiced)} invoiced in all, {said(ordered)} ordered:"
            f" {percent}{said(invoiced - ordered)} above, up to {said(allowed)} is allowed."
        )

    def _completed(self) -> None:
        """The last invoice of a line: say what its prices come to in all, if not to the order."""
        ordered, line = self._sum.amount - self._line.amount, self._line
        if self._taken.quantity <= 0 or self._sum.quantity != line.quantity or not ordered:
            return
        which = "more" if ordered > 0 else "less"
        self.notes.append(
            f"{self._place} is invoiced in full, for {self._amount_of(self._sum.amount)}:"
            f" {self._amount_of(abs(ordered))} {which} than ordered."
        )

    def _rest(self) -> None:
        """A rest that the tolerance would have covered: left open, and said."""
        left, percent = self._line.amount - self._sum.amount, self._limits.amount_percent
        if percent is None or self._taken.amount <= 0:
            return
        if ZERO < left <= money.percent_of(self._line.amount, percent):
            self.notes.append(
                f"{self._place}: {self._amount_of(left)} of {self._amount_of(self._line.amount)} is"
                " left and stays open until the order is closed."
            )

    def _variance(self, line: InvoiceLine, ordered: Decimal) -> Decimal:
        """What a line costs more than at the order's price, to the decimals of its amount."""
        decimals = max(2, -int(line.amount.as_tuple().exponent))
        return money.round_to(line.amount - money.multiply(line.quantity, ordered), decimals)

    def _amount_of(self, value: Decimal) -> Amount:
        return Amount(value, self._currency)

    @property
    def _place(self) -> str:
        return f"Order {self._order} line {self._line.number}"

    def _blame_prices(self) -> None:
        """Where an amount is beyond its limit, name each price above the order's as well."""
        ordered = order_price(self._line)
        named = {
            item.evidence.get("line") for item in self.reasons if item.code.startswith("price")
        }
        for line in self._lines:
            price = invoice_price(line, self._limits.total_amount)
            if price > ordered and line.quantity > 0 and line.number not in named:
                above = money.percent_above(price, ordered)
                numbers = {
                    "price": self._amount_of(price),
                    "order_price": self._amount_of(ordered),
                    "percent": "" if above is None else plain(money.round_to(above, 2)),
                    "limit": "less",
                    "variance": self._amount_of(self._variance(line, ordered)),
                }
                key = "price_over_tolerance" if ordered else "price_over_tolerance/no_price"
                self._say("price", False, numbers, key, line=line.number)

    def _receipt(self, basis: Basis) -> None:
        if self._taken.quantity <= 0 and self._taken.amount <= 0:
            return
        received = self._received or ZERO
        if received > self._line.quantity > 0:
            self.notes.append(
                f"{self._place}: {plain(received)} were received of"
                f" {plain(self._line.quantity)} ordered (over-receipt)."
            )
        if basis is Basis.QUANTITY:
            ok = self._sum.quantity <= received
            numbers: Numbers = {
                "invoiced": plain(self._sum.quantity),
                "received": plain(received),
            }
        else:
            # Of an amount line the ledger receives a share of its quantity.
            share = money.divide(received, self._line.quantity) if self._line.quantity else ZERO
            percent = self._limits.amount_percent or ZERO
            arrived = money.multiply(self._line.amount, share)
            allowed = arrived + money.percent_of(arrived, percent)
            ok = self._sum.amount <= allowed
            numbers = {
                "invoiced": self._amount_of(self._sum.amount),
                "received": self._amount_of(arrived),
            }
        self._say("receipt", ok, numbers, "quantity_over_received")

    def _say(
        self, rule: str, ok: bool, numbers: Numbers, key: str, line: int | None = None
    ) -> None:
        lines = (line,) if line is not None else tuple(item.number for item in self._lines)
        self.checks.append(
            Check(
                rule=rule,
                ok=ok,
                said=numbers,
                order=self._order,
                order_line=self._line.number,
                lines=lines,
                limits=self._limits.rule,
            )
        )
        if ok:
            return
        self.reasons.append(
            reason(
                key,
                order=self._order,
                order_line=self._line.number,
                line=line if line is not None else lines[0],
                limits=self._limits.rule,
                document=self._document,
                **numbers,
            )
        )
