"""Purchase orders of JAGGAER in our words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors import codec
from connectors.documents import PurchaseOrder, Readiness
from connectors.jaggaer.profile import compile_profile
from connectors.jaggaer.profile.validate import validate

Understand = Callable[..., Any]
Payload = Callable[[str], Any]


def test_order_lines_of_one_number_are_told_apart_the_same_way_in_each_revision(
    understand: Understand, payload: Payload
):
    body = payload("order_detail")
    line = body["lineList"]["poLine"][0]

    def numbers(*received: int) -> list[tuple[int, int | None]]:
        body["lineList"]["poLine"] = [{**line, "lineNumber": number} for number in received]
        order = understand("purchase_orders", body).document
        assert codec.load(codec.dump(order)) == order
        return [(each.number, each.named_as) for each in order.lines]

    assert numbers(3, 3, 1, 3) == [(3, None), (1003, 3), (1, None), (2003, 3)]
    assert numbers(3, 4, 3) == [(3, None), (4, None), (1003, 3)]
    assert numbers(3, 3, 1003) == [(3, None), (2003, 3), (1003, None)]


def test_the_contract_s_order_is_understood_whole(understand: Understand, payload: Payload):
    record = understand("purchase_orders", payload("order_detail"))
    order = record.document

    assert isinstance(order, PurchaseOrder)
    assert (record.source_id, order.reference, order.revision) == ("771204", "0000000049", 1)
    assert order.readiness is Readiness.POSTABLE
    assert (order.order_date, order.currency, order.total) == (
        date(2024, 1, 8),
        "USD",
        Decimal("1102.5"),
    )
    assert [(line.number, line.cancelled) for line in order.lines] == [(1, False), (2, True)]
    assert order.lines[0].requested_on == date(2024, 1, 20)
    assert order.lines[0].commodity_code == "41120000"
    assert order.lines[0].coding[0].segments == {"glAccount": "6110", "costCentre": "R100"}
    assert (order.closed, order.alternate_reference, record.problems) == (False, None, ())


@pytest.mark.parametrize(
    ("header", "readiness", "closed"),
    [
        ({"type": "cancel"}, Readiness.CANCELLED, False),
        ({"workflowStatus": "Rejected"}, Readiness.CANCELLED, False),
        ({"workflowStatus": "Pending"}, Readiness.WAITING, False),
        ({"apStatus": "Close"}, Readiness.SETTLED, True),
        ({"poAPStatus": "Soft Close"}, Readiness.POSTABLE, False),
        ({"poAPStatus": "Open"}, Readiness.POSTABLE, False),
        ({"type": None, "workflowStatus": None}, Readiness.POSTABLE, False),
        ({"type": "amend"}, Readiness.HOLD, False),
    ],
)
def test_status_of_orders(
    understand: Understand,
    payload: Payload,
    header: dict[str, Any],
    readiness: Readiness,
    closed: bool,
):
    body = payload("order_detail")
    body["header"].update(header)

    order = understand("purchase_orders", body).document

    assert (order.readiness, order.closed) == (readiness, closed)


def test_lines_of_orders_may_be_cancelled_by_a_word(
    understand: Understand, payload: Payload, raw_profile: dict[str, Any]
):
    orders = raw_profile["resources"]["purchaseOrders"]
    orders["status"]["vocabulary"]["status"] = {"Storniert": "gone"}
    orders["lists"]["lines"]["cancelledWhen"] = [{"field": "status", "in": ["gone"]}]
    body = payload("order_detail")
    body["lineList"]["poLine"][0]["workflowStatus"] = "storniert"

    lines = understand("purchase_orders", body, compile_profile(raw_profile)).document.lines

    assert [line.cancelled for line in lines] == [True, False]


def test_a_profile_may_say_where_the_content_of_a_unit_stands(
    understand: Understand, payload: Payload, raw_profile: dict[str, Any]
):
    places = {
        "unitFactor": "item.unitOfMeasure.measurement.measurementValue",
        "unitBase": "item.unitOfMeasure.measurement.measurementUnit",
    }
    body = payload("order_detail")
    body["lineList"]["poLine"][0]["item"]["unitOfMeasure"] = {
        "dimension": "BX",
        "measurement": {"measurementValue": "12", "measurementUnit": "EA"},
    }
    plain = understand("purchase_orders", body).document
    raw_profile["resources"]["purchaseOrders"]["lists"]["lines"]["fields"] |= places
    assert validate(raw_profile) == []

    order = understand("purchase_orders", body, compile_profile(raw_profile)).document

    lines = [(line.unit, line.unit_factor, line.unit_base) for line in order.lines]
    assert lines == [("BX", Decimal(12), "EA"), (None, None, None)]
    assert [line.unit_factor for line in plain.lines] == [None, None]
    assert codec.load(codec.dump(order)) == order
    assert "unit_factor" not in str(codec.dump(plain))  # its fingerprint is that of before
