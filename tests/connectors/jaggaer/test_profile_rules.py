"""What a profile's status words and rules decide."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.documents import Readiness
from connectors.jaggaer.profile.rules import compile_status
from connectors.jaggaer.profile.values import fold
from connectors.jaggaer.settings import default_profile

STATUS = default_profile()["resources"]["invoices"]["status"]


def invoice_with(lines: int = 1, **header: str) -> dict[str, Any]:
    base = {"paymentStatus": "Payable", "workflowStatus": "Completed", "invoiceType": "Invoice"}
    header = {key: value for key, value in {**base, **header}.items() if value}
    return {"header": header, "lineList": {"invoiceLine": [{"lineNumber": 1}] * lines}}


@pytest.mark.parametrize(
    ("record", "readiness", "problem"),
    [
        (invoice_with(), Readiness.POSTABLE, None),
        (invoice_with(workflowStatus="Pending"), Readiness.WAITING, None),
        (invoice_with(paymentStatus="InProcess"), Readiness.WAITING, None),
        (invoice_with(paymentStatus="In Process"), Readiness.WAITING, None),
        (invoice_with(paymentStatus="in_process"), Readiness.WAITING, None),
        (invoice_with(paymentStatus="Paid"), Readiness.SETTLED, None),
        (invoice_with(paymentStatus="Paid", workflowStatus="Pending"), Readiness.SETTLED, None),
        (invoice_with(paymentStatus="Cancelled"), Readiness.CANCELLED, None),
        (invoice_with(paymentStatus="Canceled"), Readiness.CANCELLED, None),
        (invoice_with(workflowStatus="Rejected"), Readiness.CANCELLED, None),
        (invoice_with(lines=0), Readiness.CANCELLED, None),
        (invoice_with(paymentStatus="Zahlbar"), Readiness.HOLD, "header.paymentStatus"),
        (invoice_with(workflowStatus="Abilitato"), Readiness.HOLD, "header.workflowStatus"),
        (invoice_with(paymentStatus=""), Readiness.HOLD, "header.paymentStatus"),
        (invoice_with(matchStatus="Unmatched"), Readiness.POSTABLE, None),
        (invoice_with(matchStatus="Quantum"), Readiness.POSTABLE, None),
    ],
)
def test_status_words_decide_in_the_contract_s_order(
    record: dict[str, Any], readiness: Readiness, problem: str | None
):
    status = compile_status(STATUS, {})

    found, why = status.readiness(record, status.words(record))

    assert found is readiness
    assert (why.path if why else None) == problem
    assert why is None or why.code == "status_unknown"


def test_a_rule_about_lists_is_asked_of_the_whole_record_too():
    rules = {**STATUS, "cancelledWhen": [{"path": "gone", "is": "present", "on": "list"}]}
    status, record = compile_status(rules, {}), {**invoice_with(lines=1), "gone": "yes"}

    for stage in ("list", "detail"):
        found, _ = status.readiness(record, status.words(record), stage)
        assert found is Readiness.CANCELLED


def test_a_rule_about_details_is_not_asked_of_a_list():
    status = compile_status(STATUS, {})
    record = invoice_with(lines=0)

    assert status.readiness(record, status.words(record), "list")[0] is Readiness.POSTABLE


def test_unknown_words_may_be_ignored_where_the_profile_says_so():
    rules = {**STATUS, "unknownValue": "ignore"}
    rules["postableWhen"] = [{"field": "payment", "in": ["payable"], "missing": "pass"}]
    status = compile_status(rules, {})
    record = invoice_with(paymentStatus="Zahlbar")

    assert status.readiness(record, status.words(record)) == (Readiness.POSTABLE, None)


def test_missing_words_pass_or_fail_as_the_rule_says():
    orders = compile_status(default_profile()["resources"]["purchaseOrders"]["status"], {})

    assert orders.readiness({"header": {}}, orders.words({"header": {}}))[0] is Readiness.POSTABLE


def test_words_are_folded_but_not_translated():
    assert fold("In Process") == fold("InProcess") == fold("in-process") == fold("IN_PROCESS")
    assert fold("Bezahlt") != fold("Paid")
