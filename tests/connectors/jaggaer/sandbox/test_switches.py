"""Switches that bend lists, the moving set, and content (JAGGAER contract 14)."""

from decimal import Decimal
from pathlib import Path

import pytest

from connectors.jaggaer import sandbox
from connectors.jaggaer.sandbox import sample
from connectors.jaggaer.sandbox.switches import Switches
from connectors.jaggaer.sandbox.variations import VARIATIONS, vary
from tests.connectors.jaggaer.sandbox.conftest import id_of, items_of

INVOICES = "/ji/v1/invoices"
ORDERS = "/ji/v1/purchaseorders"


def lines(body: dict) -> list[dict]:
    return next(iter(body["lineList"].values()))


def parts(line: dict) -> list[dict]:
    group = line["splittableFieldSetGroupList"]["splittableFieldSetGroup"][0]
    return group["splittableFieldIndexSet"][0]["splittableFieldIndexList"]["splittableFieldIndex"]


def segments(line: dict) -> list[dict]:
    return parts(line)[0]["customFieldValueList"]["customFieldValue"]


@pytest.mark.parametrize(
    ("switches", "path", "check"),
    [
        ({"return_code": "string"}, INVOICES, lambda a: a["returnCode"] == "0"),
        ({"return_code": "number"}, "/ja/v1/companyprofiles", lambda a: a["returnCode"] == 0),
        ({"error_with_200": "124(x)"}, INVOICES, lambda a: a["returnMessage"] == "124(x)"),
        ({"filter_ignored": True}, f"{INVOICES}?flt=invoiceId==1", lambda a: a["totRecords"] == 3),
        ({"full_lists": True}, INVOICES, lambda a: "lineList" in items_of(a)[0]),
        (
            {"empty_wrapper": "absent"},
            f"{INVOICES}?start=9",
            lambda a: "jiinvoiceList" not in a and a["totRecords"] == 3,
        ),
        ({"empty_wrapper": "null"}, f"{INVOICES}?start=9", lambda a: a["jiinvoiceList"] is None),
        (
            {"missing_fields": ["total", "businessUnit"]},
            INVOICES,
            lambda a: not {"total", "businessUnit"} & set(items_of(a)[0]["header"]),
        ),
        (
            {"unknown_fields": True},
            INVOICES,
            lambda a: "zzUnknown" in items_of(a)[0]["header"]["supplier"],
        ),
        (
            {"active_words": "true_false"},
            "/ji/v1/suppliers",
            lambda a: items_of(a)[0]["active"] == "true",
        ),
        (
            {"active_words": "yes_no"},
            "/ji/v1/suppliers",
            lambda a: items_of(a)[0]["addressList"]["address"][0]["active"] == "Yes",
        ),
        ({"detail_missing": ["2526304"]}, f"{INVOICES}/2526304", lambda a: a == 404),
        (
            {"lone_objects": True},
            f"{INVOICES}/2526304",
            lambda a: a["lineList"]["invoiceLine"]["lineNumber"] == 1,
        ),
        ({"fill": 230}, f"{INVOICES}?start=201", lambda a: a["returnedRecords"] == 30),
        (
            {"variations": {"repeated": ["2526305"]}},
            INVOICES,
            lambda a: [id_of(i)[-1] for i in items_of(a)] == ["4", "5", "5", "6"],
        ),
        (
            {"paths": {"purchaseorders": "/ji/v1/pos"}, "wrappers": {"purchaseorders": "orders"}},
            "/ji/v1/pos",
            lambda a: len(a["orders"]) == 3,
        ),
        (
            {"renames": {"lastUpdate": "modifiedAt"}},
            f"{INVOICES}?flt=modifiedAt>=2024-02-14T21:12:57Z",
            lambda a: "modifiedAt" in items_of(a)[0]["header"] and a["totRecords"] == 1,
        ),
        (
            {"filter_keys": {"LASTUPD": "lastUpdate"}, "date_literals": ["compact"]},
            f"{INVOICES}?flt=LASTUPD>=20240214211257",
            lambda a: a["totRecords"] == 1,
        ),
        (
            {"date_literals": ["compact"]},
            f"{INVOICES}?flt=lastUpdate>=2024-02-14",
            lambda a: a["returnCode"] == 2,
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_switch_departs_from_the_base(app, customer, switches, path, check):
    assert not shows(customer.get(path), check), "the base shows it already"

    customer.control("POST", "switches", switches)

    assert shows(customer.get(path), check)


def shows(answer, check) -> bool:
    """Tell whether the check holds; an answer of another shape does not show it."""
    try:
        return check(answer)
    except (LookupError, TypeError):
        return False


def test_records_can_move_between_two_pages(app, customer):
    gone = {"collection": "invoices", "id": "2526304", "delete": True}
    app.switch(page_size=1, between_pages=[gone])

    first = customer.get(INVOICES)
    second = customer.get(f"{INVOICES}?start=2")

    assert (first["totRecords"], second["totRecords"]) == (3, 2)
    assert id_of(items_of(second)[0]) == "2526306"
    assert app.switches.between_pages == ()


def test_a_fresh_record_is_seen_only_after_a_while(app, customer):
    app.switch(visibility_lag_seconds=5.0)
    customer.control("POST", "clock", {"freeze": True, "now": "2024-03-01T00:00:00+00:00"})
    for number in range(10, 30):
        app.order({"collection": "invoices", "body": bare(number)})
    app.order({"collection": "invoices", "id": 2526304, "patch": {"header": {"dueDate": "new"}}})

    seen = []
    for _ in range(6):
        seen.append({id_of(item) for item in items_of(customer.get(INVOICES))})
        customer.control("POST", "clock", {"advance": 1})

    assert len(seen[0]) == 3
    assert 3 < len(seen[2]) < 23
    assert len(seen[5]) == 23
    newcomers = sorted(seen[2] - seen[0])
    assert newcomers != sorted(seen[5] - seen[0])[: len(newcomers)]
    assert customer.get(f"{INVOICES}/2526304")["header"]["dueDate"] == "new"


def bare(number: int) -> dict:
    """A sample without stamps, so that it is stamped when it is stored."""
    body = sample("invoices", number)
    body["header"].pop("lastUpdate")
    body["header"].pop("originalRequestMessageId")
    return body


@pytest.mark.parametrize(
    ("behind", "listed", "detailed"),
    [
        ("list", "2024-03-15T00:00:00.000Z", "new"),
        ("detail", "new", "2024-03-15T00:00:00.000Z"),
    ],
)
def test_list_and_detail_can_be_of_different_age(app, customer, behind, listed, detailed):
    app.order({"collection": "invoices", "id": 2526304, "patch": {"header": {"dueDate": "new"}}})

    app.switch(behind=behind)

    assert items_of(customer.get(INVOICES))[0]["header"]["dueDate"] == listed
    assert customer.get(f"{INVOICES}/2526304")["header"]["dueDate"] == detailed


def test_a_whole_batch_can_share_one_millisecond(app, customer):
    app.switch(fixed_stamp="2024-05-01T10:00:00.123+00:00", page_size=2)
    for number in range(10, 15):
        app.order({"collection": "invoices", "body": bare(number)})

    assert customer.get(f"{INVOICES}?flt=lastUpdate==2024-05-01T10:00:00.123Z")["totRecords"] == 5


INVOICE_CHECKS = {
    "credit_memo": lambda b: (
        b["header"]["total"]["value"] < 0 < b["header"]["discountAmount"]
        and b["header"]["invoiceType"] == "Credit memo"
    ),
    "total_off_by_cents": lambda b: b["header"]["total"]["value"] == Decimal("1102.53"),
    "total_off_by_units": lambda b: b["header"]["total"]["value"] == Decimal("1104.55"),
    "pending_payable": lambda b: b["header"]["workflowStatus"] == "Pending",
    "in_process": lambda b: b["header"]["paymentStatus"] == "InProcess",
    "in_process_spaced": lambda b: b["header"]["paymentStatus"] == "In Process",
    "paid": lambda b: b["header"]["paymentStatus"] == "Paid",
    "unknown_word": lambda b: b["header"]["workflowStatus"] == "Escalated",
    "localized_word": lambda b: b["header"]["paymentStatus"] == "ABILITATO",
    "mixed_lines": lambda b: [("poNumber" in line) for line in lines(b)] == [True, False],
    "two_orders": lambda b: [line["poNumber"][-1] for line in lines(b)] == ["1", "2"],
    "one_part_without_share": lambda b: len(parts(lines(b)[0])) == 1,
    "parts_with_shares": lambda b: [p["distributionValue"] for p in parts(lines(b)[0])] == [60, 40],
    "parts_without_shares": lambda b: (
        len(parts(lines(b)[0])) == 2 and "distributionValue" not in parts(lines(b)[0])[0]
    ),
    "parallel_groups": lambda b: (
        len(lines(b)[0]["splittableFieldSetGroupList"]["splittableFieldSetGroup"]) == 2
    ),
    "segment_without_value": lambda b: segments(lines(b)[0])[-1] == {"internalName": "CostCenter"},
    "code_with_suffix": lambda b: segments(lines(b)[0])[0]["value"] == "6110-A",
    "without_lines": lambda b: "lineList" not in b,
    "leading_zeros": lambda b: lines(b)[0]["poLineNumber"] == "0001",
    "big_ids": lambda b: lines(b)[0]["lineId"] > 2**31,
    "fractional_quantity": lambda b: lines(b)[0]["quantity"] == Decimal("10.12345"),
    "renamed": lambda b: b["header"]["supplier"]["name"] == "kestrel lab supply",
    "odd_name": lambda b: "&" in b["header"]["supplier"]["name"],
}
ORDER_CHECKS = {
    "po_revision": lambda b: (b["header"]["type"], b["header"]["revisionNumber"]) == ("update", 1),
    "po_line_zero": lambda b: lines(b)[-1]["quantity"] == 0,
    "po_line_gone": lambda b: lines(b) == [],
    "po_cancel": lambda b: b["header"]["type"] == "cancel",
}
SUPPLIER_CHECKS = {
    "erp_number_changed": lambda b: (b["oldERPNumber"], b["erpNumber"]) == ("006105", "906105"),
    "own_parent": lambda b: b["parentSupplier"]["erpNumber"] == b["erpNumber"],
    "shared_erp_number": lambda b: (
        [a["erpNumber"] for a in b["addressList"]["address"]] == ["001", "add123", "add123"]
    ),
}
CHECKS = [
    (name, collection, check)
    for collection, checks in (
        ("invoices", INVOICE_CHECKS),
        ("purchaseorders", ORDER_CHECKS),
        ("suppliers", SUPPLIER_CHECKS),
    )
    for name, check in checks.items()
]


@pytest.mark.parametrize(("name", "collection", "check"), CHECKS, ids=[c[0] for c in CHECKS])
def test_a_variation_makes_an_awkward_record_and_leaves_the_original(name, collection, check):
    body = sample(collection, 1)
    untouched = sample(collection, 1) | {}

    varied = vary(body, collection, "1", {name: ["*"]})

    assert check(varied)
    assert vary(body, collection, "1", {name: ["2"]}) is body
    drop = ("originalRequestMessageId",)
    for one in (body, untouched):
        for field in drop:
            one.get("header", {}).pop(field, None)
    assert body == untouched


def test_every_variation_is_tried():
    tried = {name for name, _, _ in CHECKS} | {"repeated", "reexported"}

    assert tried == set(VARIATIONS)


def test_a_document_can_be_exported_again_unchanged(app, customer):
    before = customer.get(f"{INVOICES}/2526304")
    app.switch(variations={"reexported": ["2526304"]})

    after = customer.get(f"{INVOICES}/2526304")

    stamps = ("originalRequestMessageId", "lastUpdate")
    assert all(after["header"].pop(s) != before["header"].pop(s) for s in stamps)
    assert after == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"page_size": 0},
        {"page_size": "7"},
        {"behind": "both"},
        {"variations": {"upside_down": ["*"]}},
        {"warp": 9},
    ],
)
def test_a_switch_that_does_not_exist_or_fit_changes_nothing(app, customer, wrong):
    before = app.switches

    assert customer.control("POST", "switches", {"filter_ignored": True, **wrong})["error"]

    assert app.switches == before


def test_the_readme_names_every_switch_and_variation():
    text = (Path(sandbox.__file__).parent / "README.md").read_text()

    missing = [name for name in [*vars(Switches()), *VARIATIONS] if f"`{name}`" not in text]

    assert missing == []
