"""A million seeded invoices (--long; 20,000 otherwise): none is posted beyond a limit.

The judge here knows nothing of the rules' code: it adds up what was posted and compares with the
order and the policy. The order of arrival within a day changes the totals by nothing, because a
run decides by (change time at the source, id).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from connectors.documents import Invoice
from sync.domain.policy import Policy, parse
from sync.matching import (
    EarlierInvoices,
    InvoiceView,
    MatchContext,
    OrderView,
    Usage,
    Verdict,
    index_orders,
    match,
)
from tests.sync.building import KESTREL, freight, invoice, line, order, order_line

D = Decimal
SEED = 20261122
PERCENTS = ("0", "1", "2", "5", "12.5")


@dataclass(frozen=True)
class Day:
    """Some invoices of one day against one order, in their order of (change time, id)."""

    policy: Policy
    ordered: OrderView
    received: dict[tuple[str, int], Decimal]
    invoices: Sequence[Invoice]


def days(count: int) -> Iterator[Day]:
    """Yield days until so many invoices were made; the same ones each time."""
    chance = random.Random(SEED)
    policies = [parse({"match": limits(chance)}) for _ in range(60)]
    made = 0
    while made < count:
        day = one_day(chance, chance.choice(policies), made)
        made += len(day.invoices)
        yield day


def limits(chance: random.Random) -> dict[str, Any]:
    return {
        "mode": chance.choice(("two_way", "two_way", "three_way")),
        "price_percent": chance.choice((*PERCENTS, None)),
        "price_amount": chance.choice((None, None, "0", "10", "250")),
        "amount_percent": chance.choice(PERCENTS),
        "quantity_percent": chance.choice(PERCENTS),
        "charge_percent": chance.choice(("0", "10", "25")),
        "total_amount": chance.choice(("0", "0.02")),
    }


def one_day(chance: random.Random, policy: Policy, number: int) -> Day:
    quantity = D(chance.choice((1, 2, 3, 10, 25, 400))) * chance.choice((D(1), D("0.5")))
    price = D(chance.randint(1, 90_000)) / 100
    amount = (quantity * price).quantize(D("0.01"))
    ordered = order(order_line(str(quantity), str(price), amount=str(amount)))
    key = (ordered.id, 1)
    received = {key: quantity * chance.choice((D(0), D("0.5"), D(1), D(2)))}
    parts = chance.choice((1, 1, 2, 3, 4))
    invoices = [
        bill(chance, quantity / parts, price, f"{number + place}") for place in range(parts)
    ]
    return Day(policy, ordered, received, invoices)


def bill(chance: random.Random, quantity: Decimal, price: Decimal, name: str) -> Invoice:
    """Return an invoice for about this: right, a little off at a limit's edge, or far off."""
    off = chance.choice((D(0), D(0), D(0), D("0.01"), D("0.02"), D("0.05"), D("0.3"), D("-0.1")))
    more = chance.choice((D(0), D(0), D(0), D("0.01"), D("0.02"), D("0.125"), D(1)))
    billed = (quantity * (1 + more)).quantize(D("0.001"))
    asked = (price * (1 + off)).quantize(D("0.0001"))
    charges = (
        freight(str((billed * asked * chance.choice((D("0.1"), D("0.26")))).quantize(D("0.01")))),
    )
    return invoice(
        line(str(billed), str(asked)),
        charges=charges if chance.random() < 0.2 and charges[0].amount else (),
        source_id=f"inv {name}",
        supplier_number=f"RE-{name}",
    )


def decide(day: Day, arrived: Sequence[Invoice]) -> list[tuple[Invoice, Verdict]]:
    """Decide invoices as a run does: by the order of their change time, whenever they arrived."""
    strict, digits = index_orders([day.ordered])
    earlier, taken, decided = EarlierInvoices(), {}, []
    around = MatchContext(
        policy=day.policy,
        supplier=KESTREL,
        orders=strict,
        orders_by_digits=digits,
        received=day.received,
    )
    for document in sorted(arrived, key=lambda each: int(each.source_id.split()[1])):
        verdict = match(document, replace(around, earlier=earlier, used=taken))
        decided.append((document, verdict))
        earlier.add(InvoiceView.of(document, KESTREL, id=document.source_id, in_ledger=verdict.ok))
        for key, usage in verdict.usage.items():
            taken[key] = taken.get(key, Usage()) + usage
    return decided


def assert_within_limits(day: Day, posted: Sequence[Invoice]) -> None:
    wanted = day.ordered.document.lines[0]
    bounds = day.policy.match.limits
    lines = [document.lines[0] for document in posted]
    quantity = sum((each.quantity for each in lines), D(0))
    amount = sum((each.amount for each in lines), D(0))
    if wanted.quantity == 1:
        assert amount * 100 <= wanted.amount * (100 + bounds.amount_percent)
    else:
        assert quantity * 100 <= wanted.quantity * (100 + bounds.quantity_percent)
        if bounds.price_percent is not None:
            dearest = max((each.unit_price for each in lines), default=D(0))
            assert dearest * 100 <= wanted.unit_price * (100 + bounds.price_percent)
    if bounds.price_amount is not None:
        assert amount - wanted.amount <= bounds.price_amount
    if bounds.mode == "three_way" and wanted.quantity != 1:
        assert quantity <= day.received[day.ordered.id, 1]
    for document in posted:
        goods = document.lines[0].amount
        for charge in document.charges:
            assert charge.amount * 100 <= goods * bounds.charge_percent


def test_no_invoice_of_many_is_posted_beyond_a_limit_and_arrival_changes_no_total(
    request, capsys
) -> None:
    count = 1_000_000 if request.config.getoption("--long") else 20_000
    shuffle = random.Random(SEED)
    seen, posted = 0, 0
    for day in days(count):
        decided = decide(day, day.invoices)
        passed = [document for document, verdict in decided if verdict.ok]
        assert_within_limits(day, passed)
        seen, posted = seen + len(decided), posted + len(passed)
        if len(day.invoices) > 1 and shuffle.random() < 0.1:
            arrived = shuffle.sample(day.invoices, len(day.invoices))
            again = [document for document, verdict in decide(day, arrived) if verdict.ok]
            assert sum(each.total for each in again) == sum(each.total for each in passed)

    with capsys.disabled():
        print(f" {posted} of {seen} posted", end="")
    assert 0.2 < posted / seen < 0.9  # else the test would prove little
