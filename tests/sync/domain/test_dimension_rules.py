"""What vendors' cards want of the dimensions of a document: predicted before anything is sent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from connectors.documents import LedgerInvoice, LedgerLine, Resource
from sync.domain.dimension_rules import Demand, DimensionRule, objections

SHARED = ("DEPARTMENT", "CUSTOMERGROUP")
ADM, SALES = {"DEPARTMENT": "ADM"}, {"DEPARTMENT": "SALES"}


def document(*dimensions: dict[str, str]) -> LedgerInvoice:
    lines = [
        LedgerLine(description="Tips", account="8210", quantity=Decimal(1), dimensions=each)
        for each in dimensions
    ]
    return LedgerInvoice(
        resource=Resource.INVOICE,
        vendor_number="20000",
        external_number="RE-1",
        document_date=date(2026, 3, 3),
        posting_date=date(2026, 3, 3),
        currency=None,
        lines=(LedgerLine(description="JAGGAER I1"), *lines),
        source_reference="JAGGAER I1",
    )


CASES = {
    "mandatory, and all lines agree on a value": ("DEPARTMENT", "", "mandatory", (ADM, ADM), ""),
    "mandatory, and the card brings a value": ("AREA", "30", "mandatory", (ADM,), ""),
    "mandatory, and lines disagree": ("DEPARTMENT", "", "mandatory", (ADM, SALES), "no value"),
    "mandatory, lines disagree and the card helps": (
        "DEPARTMENT",
        "ADM",
        "mandatory",
        (ADM, SALES),
        "",
    ),
    "mandatory, and only lines have it": ("AREA", "", "mandatory", ({"AREA": "30"},), "no value"),
    "the same": ("DEPARTMENT", "ADM", "same", (ADM, ADM), ""),
    "another one": ("DEPARTMENT", "ADM", "same", (SALES,), "SALES"),
    "the same by default": ("DEPARTMENT", "ADM", "same", ({},), ""),
    "none": ("DEPARTMENT", "", "none", ({},), ""),
    "none, and there is one": ("DEPARTMENT", "", "none", (ADM,), "ADM"),
    "none in the head": ("DEPARTMENT", "", "none", (ADM, SALES), ""),
}


@pytest.mark.parametrize(
    ("dimension", "default", "demand", "lines", "wrong"), CASES.values(), ids=CASES.keys()
)
def test_a_card_wants_a_dimension(dimension, default, demand, lines, wrong) -> None:
    rule = DimensionRule(dimension, default, Demand(demand))

    found = objections(document(*lines), [rule], SHARED)

    assert [each.evidence["value"] for each in found] == ([wrong] if wrong else [])
    for each in found:
        assert each.cause == f"dimension {dimension} of vendor 20000"
        assert dimension in each.fix
        assert "8210" in each.message
