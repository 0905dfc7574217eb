"""All that one invoice puts on one order line, in the order's unit and net of its discount."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from connectors.documents import Invoice, InvoiceLine, OrderLine
from sync.domain import money
from sync.domain.money import Currency
from sync.domain.reasons import Reason, reason
from sync.matching import units
from sync.matching.context import NOTHING, MatchContext, OrderLineKey, OrderView, Usage
from sync.matching.net import net_amounts
from sync.matching.verdict import Allocation, Check


@dataclass
class Group:
    """The lines of one invoice on one order line, and what they take of it."""

    order: OrderView
    line: OrderLine
    lines: list[InvoiceLine] = field(default_factory=list)
    taken: Usage = NOTHING
    comparable: bool = True  # False: a unit differs, and no factor is known


class Grouping:
    """Sums the allocations of one invoice by order line.

    `reasons` name units that differ; `checks` and `notes` say what was converted, and by whom.
    """

    def __init__(
        self,
        invoice: Invoice,
        orders: Mapping[str, OrderView],
        context: MatchContext,
        currency: Currency,
    ) -> None:
        self._invoice = invoice
        self._orders = orders
        self._context = context
        self._currency = currency
        self._net = net_amounts(invoice, currency)
        self._received = {line.number: line for line in invoice.lines}
        self._lines = self._received
        if invoice.discount:
            self._lines = {n: replace(x, amount=self._net[n]) for n, x in self._received.items()}
        self.groups: dict[OrderLineKey, Group] = {}
        self.reasons: list[Reason] = []
        self.checks: list[Check] = []
        self.notes: list[str] = []

    def add(self, allocations: Iterable[Allocation]) -> None:
        order_lines: dict[str, dict[int, OrderLine]] = {}
        for item in allocations:
            order = self._orders[item.order_id]
            if order.id not in order_lines:
                order_lines[order.id] = {line.number: line for line in order.document.lines}
            group = self.groups.get(item.key)
            if group is None:
                order_line = order_lines[order.id][item.order_line]
                group = self.groups[item.key] = Group(order, order_line)
            self._put(group, self._lines[item.invoice_line], item)

    def _put(self, group: Group, line: InvoiceLine, item: Allocation) -> None:
        conversion = units.conversion(line, group.line, self._context)
        if conversion is None:
            group.comparable = False
            conversion = units.SAME
            self.reasons.append(self._unit_differs(group, line))
        elif conversion is not units.SAME:
            self._say(group, line, item, conversion)
            line = replace(
                line,
                quantity=conversion.quantity(line.quantity),
                unit_price=conversion.price(line.unit_price),
            )
        group.lines.append(line)
        taken = Usage(conversion.quantity(item.quantity), self._net_share(item))
        group.taken = group.taken + taken

    def _say(
        self, group: Group, line: InvoiceLine, item: Allocation, conversion: units.Conversion
    ) -> None:
        """Keep both quantities, the factor and where it came from."""
        ours = f"{money.plain(item.quantity)} {line.unit}"
        theirs = f"{money.plain(conversion.quantity(item.quantity))} {group.line.unit}"
        factor = conversion.says(line, group.line)
        numbers = {
            "billed_as": ours,
            "ordered_as": theirs,
            "factor": factor,
            "factor_from": conversion.source,
        }
        order, number = group.order.reference, group.line.number
        self.checks.append(Check("unit", True, numbers, order, number, (line.number,)))
        self.notes.append(
            f"Line {line.number}: {ours} are {theirs} of order {order} line {number}"
            f" ({factor}, says {conversion.source})."
        )

    def _net_share(self, item: Allocation) -> Decimal:
        """What of an allocated amount is left after the document's discount."""
        line, net = self._received[item.invoice_line], self._net[item.invoice_line]
        if item.amount == line.amount or not line.amount:
            return net
        share = money.divide(money.multiply(net, item.amount), line.amount)
        return money.round_amount(share, self._currency)

    def _unit_differs(self, group: Group, line: InvoiceLine) -> Reason:
        return reason(
            "unit_differs",
            line=line.number,
            unit=line.unit,
            order=group.order.reference,
            order_line=group.line.number,
            order_unit=group.line.unit,
            item=group.line.catalog_number or line.catalog_number,
            document=self._invoice.source_id,
        )
