"""What holds for every invoice: no limit is ever exceeded, whatever the numbers and the order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.matching import EarlierInvoices, InvoiceView, Usage, match
from tests.sync.building import KESTREL, context, credit_note, earlier, invoice, line, order
from tests.sync.building import order_line as ordered_line

D = Decimal
quantities = st.integers(1, 400).map(lambda n: D(n) / 10)
prices = st.integers(1, 5_000).map(lambda n: D(n) / 100)
percents = st.integers(0, 30).map(str)
bills = st.lists(st.tuples(quantities, prices), min_size=1, max_size=6)


def post_all(documents, ordered, limits) -> list:
    """Match documents one after the other and keep those that may be booked."""
    taken: dict = {}
    before, posted = EarlierInvoices(), []
    for document in documents:
        surroundings = replace(context(ordered, limits=limits, used=taken), earlier=before)
        verdict = match(document, surroundings)
        if verdict.ok:
            posted.append(document)
            before.add(InvoiceView.of(document, KESTREL, id=document.source_id, in_ledger=True))
            for key, usage in verdict.usage.items():
                taken[key] = taken.get(key, Usage()) + usage
    return posted


def numbered(pairs) -> list:
    return [
        invoice(line(str(q), str(p)), source_id=f"inv {n}", supplier_number=f"RE-{n}")
        for n, (q, p) in enumerate(pairs)
    ]


@given(bills=bills, quantity=quantities, price=prices, limit=percents)
def test_posted_quantities_and_prices_stay_within_the_limits(bills, quantity, price, limit) -> None:
    ordered = ordered_line(str(quantity), str(price))
    limits = {"quantity_percent": limit, "price_percent": limit}

    posted = post_all(numbered(bills), order(ordered), limits)

    if quantity != 1:
        allowed = (100 + D(limit)) / 100
        assert sum(item.lines[0].quantity for item in posted) <= quantity * allowed
        assert all(item.lines[0].unit_price <= price * allowed for item in posted)


@given(bills=bills, price=prices, limit=percents)
def test_posted_amounts_stay_within_the_limit_of_an_amount_line(bills, price, limit) -> None:
    posted = post_all(
        numbered(bills), order(ordered_line("1", str(price))), {"amount_percent": limit}
    )

    assert sum(item.lines[0].amount for item in posted) * 100 <= price * (100 + D(limit))


@given(bills=bills, price=prices, most=st.integers(0, 500).map(str))
def test_the_cumulative_excess_stays_within_its_amount(bills, price, most) -> None:
    ordered = ordered_line("40", str(price))
    limits = {"price_percent": None, "quantity_percent": None, "price_amount": most}

    posted = post_all(numbered(bills), order(ordered), limits)

    assert sum(item.lines[0].amount for item in posted) - ordered.amount <= D(most) or not posted


@given(credits=st.lists(st.integers(1, 1000), min_size=1, max_size=8))
def test_posted_credits_never_exceed_their_invoice(credits) -> None:
    before, credited = EarlierInvoices([earlier(total="1000.00")]), D(0)
    for n, amount in enumerate(credits):
        note = credit_note(
            line("1", str(amount), of=None), source_id=f"c{n}", supplier_number=f"CR-{n}"
        )
        surroundings = context(limits={"without_order": "write"})
        if match(note, replace(surroundings, earlier=before)).ok:
            credited += note.total
            before.add(InvoiceView.of(note, KESTREL, id=note.source_id, in_ledger=True))

    assert credited <= 1000


@settings(max_examples=60)
@given(
    pairs=st.lists(st.tuples(quantities, st.just(D(5))), min_size=2, max_size=5),
    data=st.data(),
)
def test_the_order_of_arrival_changes_nothing_where_all_of_it_fits(pairs, data) -> None:
    whole = sum(q for q, _ in pairs)
    documents = numbered(pairs)
    shuffled = data.draw(st.permutations(documents))

    first = post_all(documents, order(ordered_line(str(whole), "5")), {})
    second = post_all(shuffled, order(ordered_line(str(whole), "5")), {})

    assert sum(item.total for item in first) == sum(item.total for item in second)
    assert len(first) == len(pairs)


@given(total=st.integers(-300, 300).map(lambda n: D(n) / 100))
def test_a_total_may_differ_by_the_allowance_and_no_more(total) -> None:
    document = invoice(line("2", "50"), total=str(D(100) + total))

    assert match(document, context()).ok is (abs(total) <= D("0.02"))
