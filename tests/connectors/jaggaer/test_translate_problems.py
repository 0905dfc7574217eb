"""Records that cannot be understood: each value a problem with its path, and nothing raised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Understand = Callable[..., Any]
Payload = Callable[[str], Any]


def without(place: str) -> Callable[[dict[str, Any]], None]:
    return put(place, None)


def put(place: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(record: dict[str, Any]) -> None:
        *before, last = place.split(".")
        node: Any = record
        for step in before:
            node = node[int(step)] if isinstance(node, list) else node[step]
        if value is None:
            node.pop(last, None)
        else:
            node[last] = value

    return change


LINE = "lineList.invoiceLine.0"


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        (without("header.invoiceNumber"), "unreadable", "header.invoiceNumber"),
        (without("header.invoiceDate"), "date_invalid", "header.invoiceDate"),
        (put("header.invoiceDate", "2024-02-30T00:00"), "date_invalid", "header.invoiceDate"),
        (put("header.dueDate", "soon"), "date_invalid", "header.dueDate"),
        (put("header.total.value", "1.102,50"), "unreadable", "header.total.value"),
        (put("header.lastUpdate", "today"), "unreadable", "header.lastUpdate"),
        (without(f"{LINE}.quantity"), "unreadable", "lineList.invoiceLine[0].quantity"),
        (put(f"{LINE}.unitPrice", "free"), "unreadable", "lineList.invoiceLine[0].unitPrice"),
        (put("header.invoiceType", "Statement"), "status_unknown", "header.invoiceType"),
        (without("header.invoiceType"), "status_unknown", "header.invoiceType"),
        (put("header.paymentStatus", "Zahlbar"), "status_unknown", "header.paymentStatus"),
        (
            put(f"{LINE}.splittableFieldSetGroupList.splittableFieldSetGroup.0"
                ".splittableFieldIndexSet.0.splittableFieldIndexList.splittableFieldIndex.0"
                ".distributionValue", 50),
            "split_incomplete",
            "lines[0].coding",
        ),
    ],
)  # fmt: skip
def test_each_value_that_cannot_be_used_is_a_problem_with_its_path(
    understand: Understand,
    detail: dict[str, Any],
    change: Callable[[dict[str, Any]], None],
    code: str,
    path: str,
):
    change(detail)

    record = understand("invoices", detail)

    assert (code, path) in [(problem.code, problem.path) for problem in record.problems]
    assert record.document.problems == record.problems


@pytest.mark.parametrize(
    "place",
    ["header.supplierInvoiceNumber", "header.total", "header.businessUnit", "header.terms"],
)
def test_what_may_legally_be_missing_is_no_problem(
    understand: Understand, detail: dict[str, Any], place: str
):
    without(place)(detail)

    assert understand("invoices", detail).problems == ()


def test_a_record_without_id_or_of_another_shape_raises_nothing(understand: Understand):
    for body in ({}, {"header": []}, {"header": {"invoiceId": {}}}, {"lineList": "x"}):
        record = understand("invoices", body)
        assert (record.source_id, record.document) == ("", None)
        assert record.problems


@pytest.mark.parametrize("junk", [None, "x", 5, [], {}, [None], ["x"], [[1]], {"a": [{}]}])
@pytest.mark.parametrize(
    "place", ["lineList", "lineList.invoiceLine", f"{LINE}.item", "header.supplier", "header.terms",
              "header.miscFeeList", f"{LINE}.splittableFieldSetGroupList", "header.total"],
)  # fmt: skip
def test_junk_anywhere_is_survived(
    understand: Understand, detail: dict[str, Any], place: str, junk: Any
):
    *before, last = place.split(".")
    node: Any = detail
    for step in before:
        node = node[int(step)] if isinstance(node, list) else node[step]
    node[last] = junk

    assert understand("invoices", detail).source_id == "2526304"
