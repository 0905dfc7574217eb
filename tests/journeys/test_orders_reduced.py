"""Policy `purchase_order.after_invoice: reduce`: the ledger's order follows what was invoiced.

One customer for each dialect with one order for each case, so that all cases share their runs.
"""

from __future__ import annotations

import pytest

from audit.context import acting
from connectors.sandboxing.faults import Fault
from sync.models import FlowName, LedgerFinding, Outcome, ReviewItem, RunMode, Write
from sync.services.documents import document_replay
from sync.services.integrations import integration_update
from sync.services.ledger_checks import ledger_check_start
from sync.services.reviews import review_resolve
from sync.services.withdrawals import document_withdraw
from tests.journeys.life import INVOICES, ORDERS, Life
from tests.journeys.small import COMPANY, invoice, invoice_line, line, put, small_world, supplier
from tests.small import let_payments_fall_due

pytestmark = pytest.mark.django_db(transaction=True)

REDUCE = {"enabled": True, "after_invoice": "reduce"}
MATCH = {"mode": "two_way", "quantity_percent": "0"}


@pytest.fixture(params=["api", "pages"])
def life(request, tmp_path):
    with small_world(
        tmp_path, dialect=request.param, match=MATCH, purchase_order=REDUCE
    ) as customer:
        put(customer, "suppliers", supplier())
        customer.run(FlowName.SUPPLIERS)
        yield Life(customer)


def quantity(life: Life, row: int, place: int = 0) -> float:
    return life.stands(row)[place][1]


def changes_of(life: Life, row: int) -> list[str]:
    return [operation for operation in life.writes(row) if operation.startswith("change")]


def findings(life: Life) -> dict[str, list]:
    with life.customer.scope():
        life.customer.integration.refresh_from_db()
        ledger_check_start(life.customer.integration)
    life.customer.settle()
    with life.customer.scope():
        rows = LedgerFinding.objects.filter(closed_at=None).select_related("document")
        return {row.document.reference: row.differences for row in rows}


def changes(life: Life) -> int:
    """Return how many requests could have changed something in the ledger."""
    seen = life.customer.requests(life.customer.nav)
    return sum(entry.method != "GET" for entry in seen)


def invoice_eleven_of_twelve(life: Life) -> None:
    """Order twelve times 10 and 5, let people do things in the ledger, and bill 4 of most."""
    for row in range(1, 13):
        life.order(row, 0, line(1, 10), line(2, 5))
    life.customer.run(ORDERS)
    life.receive(4, 8)
    life.line_by_hand(7, quantity=9)
    life.by_hand(8, "release")
    for row in range(1, 12):
        life.bill(row, row, 4)
    life.bill(202, 2, 3)
    life.customer.run(INVOICES)


def let_things_change(life: Life) -> None:
    """Credit, revise, close, cancel, bill the rest, withdraw: each with one of the orders."""
    life.line_by_hand(7, quantity=10)
    life.credit(301, 3, 3)
    life.order(5, 1, line(1, 12, 11), line(2, 5))
    life.order(6, 1, line(1, 10), line(2, 5), poAPStatus="Close")
    put(life.customer, "invoices", body(9, 4, workflowStatus="Cancelled"))
    life.invoice_by_hand(10, "post")
    life.invoice_by_hand(10, "cancel")
    life.bill(101, 1, 6)
    life.order(11, 1, line(1, 10, account="6120"), line(2, 5))
    let_payments_fall_due(life.customer)
    life.customer.run(ORDERS, INVOICES)
    with life.customer.scope():
        document_withdraw(life.document(9, INVOICES))
        document_replay(life.document(7))
    life.customer.settle()


def test_an_order_is_lowered_by_what_was_invoiced_and_by_nothing_else(life, subtests):
    invoice_eleven_of_twelve(life)

    with subtests.test("a part is invoiced: the rest stays open"):
        assert life.stands(1) == [("8210", 6, 10), ("8210", 5, 10)]
        assert life.state(1) == ("written", [])
        assert changes_of(life, 1) == ["change_1"]
    with subtests.test("two invoices of one run are one change"):
        assert quantity(life, 2) == 3
        assert changes_of(life, 2) == ["change_1"]
    with subtests.test("never below what was received, and asked for once"):
        assert quantity(life, 4) == 8
        assert life.state(4) == ("written", [])
    with subtests.test("7 changed by hand: three values, nothing overwritten"):
        assert quantity(life, 7) == 9
        assert life.state(7) == ("parked", ["changed_in_ledger"])
        [difference] = life.document(7).reasons[0]["evidence"]["differences"]
        values = [difference[name] for name in ("written", "ledger", "wanted")]
        assert values == ["10", "9", "6"]
        assert life.state(7, INVOICES) == ("written", [])
    with subtests.test("8 released in the ledger: a person reopens it there"):
        assert life.state(8) == ("parked", ["changed_in_ledger"])
        [reason] = life.document(8).reasons
        status, lowered = reason["evidence"]["differences"]
        assert [status[name] for name in ("field", "ledger")] == ["status", "released"]
        assert lowered == {
            "field": "line 1 quantity",
            "written": "10",
            "ledger": "10",
            "wanted": "6",
        }
        assert "Order 0000000008 was released in the ledger" in reason["message"]
        assert "Reopen the order in the ledger" in reason["fix"]
        assert reason["owner"] == "procurement"
        assert (quantity(life, 8), life.state(8, INVOICES)) == (10, ("written", []))
    with subtests.test("12 not invoiced: not touched"):
        assert changes_of(life, 12) == []

    let_things_change(life)

    with subtests.test("the last invoice leaves nothing open; the order is matched as received"):
        assert life.state(101, INVOICES) == ("written", [])
        assert quantity(life, 1) == 0
        assert changes_of(life, 1) == ["change_1", "change_1_1"]
    with subtests.test("a credit note gives back"):
        assert quantity(life, 3) == 9
    with subtests.test("a revision keeps what was taken off"):
        assert life.stands(5)[0] == ("8210", 8, 11)
    with subtests.test("a closed order keeps nothing open"):
        assert [each[1] for each in life.stands(6)] == [0, 0]
        assert "110.00 GBP of the order is released" in life.document(6).notes[0]["message"]
    with subtests.test("a withdrawn draft gives back"):
        assert quantity(life, 9) == 10
    with subtests.test("an invoice cancelled in the ledger gives back"):
        assert quantity(life, 10) == 10
    with subtests.test("another account takes the rest, and only that"):
        assert sorted(life.stands(11)) == [("8210", 5, 10), ("8230", 6, 10)]
    with subtests.test("what was restored by hand is lowered by a retry"):
        assert quantity(life, 7) == 6
        assert life.state(7) == ("written", [])

    with subtests.test("more than was ordered is still refused"):
        life.bill(401, 1, 1)
        life.customer.run(INVOICES)
        state, codes = life.state(401, INVOICES)
        assert (state, "quantity_over_order" in codes) == ("parked", True)
        assert quantity(life, 1) == 0
    with subtests.test("a replay writes nothing"):
        before = changes(life)
        with life.customer.scope():
            for row in (1, 3, 4, 5, 11):
                document_replay(life.document(row))
                document_replay(life.document(row, INVOICES))
        life.customer.settle()
        assert changes(life) == before
    with subtests.test("reconciliation finds what is open against the invoices, and no more"):
        assert set(findings(life)) == {"0000000004", "0000000008", "I00010"}


def test_a_released_order_that_a_person_reopens_is_lowered_by_a_retry(life):
    life.order(1, 0, line(1, 10))
    life.customer.run(ORDERS)
    life.by_hand(1, "release")
    life.bill(1, 1, 4)
    life.customer.run(INVOICES)
    assert life.state(1) == ("parked", ["changed_in_ledger"])

    life.by_hand(1, "reopen")
    retry(life, 1)

    assert quantity(life, 1) == 6
    assert life.state(1) == ("written", [])


def test_what_a_person_entered_before_releasing_it_again_is_found_by_a_retry(life):
    life.order(1, 0, line(1, 10))
    life.customer.run(ORDERS)
    life.by_hand(1, "release")
    life.bill(1, 1, 4)
    life.customer.run(INVOICES)

    life.by_hand(1, "reopen")
    life.line_by_hand(1, quantity=6)
    life.by_hand(1, "release")
    before = changes(life)
    retry(life, 1)

    assert life.state(1) == ("written", [])
    assert (quantity(life, 1), changes(life)) == (6, before)


def retry(life: Life, row: int) -> None:
    with life.customer.scope(), acting("user:anna"):
        item = ReviewItem.objects.get(state="open", document=life.document(row))
        review_resolve(item, action="retry")
    life.customer.settle()


def body(number: int, quantity: int, **header: object) -> dict:
    return invoice(number, invoice_line(f"{number:010d}", quantity), **header)


def test_a_lost_answer_lowers_the_order_once(life):
    life.order(1, 0, line(1, 10))
    life.customer.run(ORDERS)
    life.bill(1, 1, 4)
    is_api = life.customer.integration.company_id == COMPANY
    how = {"path": r"\$batch", "content": "PATCH"} if is_api else {"method": "PATCH"}
    life.customer.nav.scenario.load(Fault("reset", phase="after", **how))
    life.customer.run(INVOICES)
    assert life.state(1)[0] == "unknown"
    life.customer.nav.scenario.load()
    with life.customer.scope():
        Write.objects.filter(state="unknown").update(verify_at=None)
    life.customer.run(ORDERS)

    assert quantity(life, 1) == 6
    assert life.state(1) == ("written", [])


def test_the_preview_of_an_invoice_shows_what_it_takes_off_its_order(life):
    customer = life.customer
    life.order(1, 0, line(1, 10))
    customer.run(ORDERS)
    put(customer, "invoices", body(1, 4, workflowStatus="Pending"))
    customer.run(INVOICES)
    before = changes(life)
    put(customer, "invoices", body(1, 4))
    [run] = customer.run(INVOICES, mode=RunMode.PREVIEW)

    with customer.scope():
        [outcome] = Outcome.objects.filter(run=run)
    lowered = [each for each in outcome.requests if each["operation"] == "change_1"]
    assert "6" in str(lowered[0]["body"])
    assert changes(life) == before


def test_who_wants_it_later_gets_it_for_what_was_invoiced_before(tmp_path):
    with small_world(tmp_path, match=MATCH) as customer:
        life = Life(customer)
        customer.run(FlowName.SUPPLIERS)
        life.order(1, 0, line(1, 10))
        customer.run(ORDERS)
        life.bill(1, 1, 4)
        customer.run(INVOICES)
        assert quantity(life, 1) == 10

        with customer.scope():
            customer.integration.refresh_from_db()
            integration_update(customer.integration, policy={"purchase_order": REDUCE})
        customer.settle()

        assert quantity(life, 1) == 6
        with customer.scope():
            keep = {"purchase_order": {"after_invoice": "keep"}}
            integration_update(customer.integration, policy=keep)
        life.order(1, 1, line(1, 12))
        customer.run(ORDERS)
        assert quantity(life, 1) == 8  # what was taken off stays off
