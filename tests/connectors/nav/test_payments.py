"""Whether a document is paid, as both dialects tell it: one question for forty documents."""

from __future__ import annotations

import uuid
from decimal import Decimal

from connectors.payments import Booked, Paying, Payment
from tests.connectors.nav.builders import COMPANY, credit_memo, invoice
from tests.connectors.nav.pages.conftest import HOME, pages, write  # noqa: F401  fixtures


def written(ledger, document) -> Booked:
    """Write a document over the API; returns what is known of it."""
    first, *others = ledger.plan(COMPANY, document)
    done = ledger.send(COMPANY, first, {})
    known = {"id": done.remote_id, "number": done.number, "etag": done.etag, **done.facts}
    for step in others:
        known["etag"] = ledger.send(COMPANY, step, known).etag
    return Booked(first.kind, done.remote_id, first.content)


def act(nav, booked: Booked, op: str, **wish) -> None:
    sets = {"purchase_invoice": "purchaseInvoices", "purchase_credit_memo": "purchaseCreditMemos"}
    nav.type_in(sets[booked.kind], op, id=booked.remote_id, **wish)


def states(ledger, *asked: Booked) -> list[str]:
    return [answer.state.value for answer in ledger.payments(COMPANY, asked)]


def test_an_invoice_is_draft_then_open_then_paid(nav, ledger):
    booked = written(ledger, invoice())
    seen = states(ledger, booked)
    for op in ("post", "pay"):
        act(nav, booked, op)
        seen += states(ledger, booked)

    [answer] = ledger.payments(COMPANY, [booked])
    assert seen == ["draft", "open", "paid"]
    assert answer.status == "Paid"
    assert answer.number


def test_a_cancelled_one_and_one_that_is_gone_are_told_apart(nav, ledger):
    cancelled, gone = written(ledger, invoice()), written(ledger, invoice(external_number="R-2"))
    act(nav, cancelled, "post")
    act(nav, cancelled, "cancel")
    act(nav, gone, "delete")

    assert states(ledger, cancelled, gone) == ["cancelled", "gone"]


def test_a_credit_memo_is_asked_for_in_its_own_set(nav, ledger):
    memo, bill = written(ledger, credit_memo()), written(ledger, invoice())
    act(nav, memo, "post")

    assert states(ledger, bill, memo) == ["draft", "open"]


def test_forty_documents_are_one_call(nav, ledger):
    booked = written(ledger, invoice())
    others = [Booked("purchase_invoice", str(uuid.uuid4()), {}) for _ in range(79)]
    nav.forget_calls()

    answers = ledger.payments(COMPANY, [booked, *others])

    assert [answer.state for answer in answers].count("gone") == 79
    assert nav.calls() == ["GET companies(id)/purchaseInvoices"] * 2


def test_a_word_of_the_ledger_that_we_do_not_know_is_no_answer(nav, ledger, monkeypatch):
    from connectors.nav import payments

    booked = written(ledger, invoice())
    monkeypatch.setattr(payments, "_STATES", {})

    assert ledger.payments(COMPANY, [booked]) == [None]


def through_pages(pages, document) -> Booked:  # noqa: F811
    known: dict = {}
    steps = pages.plan(HOME, document, post=True)
    for step in steps:
        done = pages.send(HOME, step, known)
        known |= {"id": done.remote_id, "number": done.number, "etag": done.etag, **done.facts}
    return Booked(steps[0].kind, done.remote_id, steps[0].content)


def test_pages_tell_what_is_left_of_an_invoice(nav, pages):  # noqa: F811
    booked = through_pages(pages, invoice())
    key = {"key": {"number": booked.remote_id}}
    seen = pages.payments(HOME, [booked])
    posted = nav.type_in("purchaseInvoices", "post", **key)
    seen += pages.payments(HOME, [booked])
    nav.type_in("purchaseInvoices", "pay", id=posted["id"], amount="40")
    seen += pages.payments(HOME, [booked])
    nav.type_in("purchaseInvoices", "pay", id=posted["id"])
    seen += pages.payments(HOME, [booked])

    whole = seen[1].remaining
    assert [answer.state.value for answer in seen] == ["draft", "open", "part_paid", "paid"]
    assert [answer.remaining for answer in seen[1:]] == [whole, whole - 40, Decimal(0)]
    assert seen[1].number == posted["number"]


def test_pages_ask_once_for_forty_documents(nav, pages):  # noqa: F811
    booked = through_pages(pages, invoice())
    before = len(nav.server.log.entries())
    pages.payments(HOME, [booked] * 40)

    assert len(nav.server.log.entries()) == before + 1


def test_without_page_29_nothing_is_said(nav):
    services = {"Vendor": 26, "PurchaseInvoice": 51, "GLAccountList": 18, "GeneralLedgerSetup": 118}
    nav.switch(page_services=services)
    connector = nav.connect(dialect="pages")
    booked = Booked("purchase_invoice", "1", {"body": {"Vendor_Invoice_No": "R-1"}})

    assert connector.payments(HOME, [booked]) == [None]
    connector.close()


def test_an_entry_of_another_vendor_is_not_ours(nav, pages):  # noqa: F811
    mine = through_pages(pages, invoice())
    body = {**mine.content["body"], "Buy_from_Vendor_No": "30000"}
    nav.type_in("purchaseInvoices", "post", key={"number": mine.remote_id})

    other = Booked(mine.kind, mine.remote_id, {"body": body})
    assert pages.payments(HOME, [other]) == [Payment(Paying.DRAFT)]
