"""Bodies as JAGGAER gives them: shapes, exact amounts, order of change."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

import pytest

from sync.demo.identity import invoice_id
from sync.demo.parts import line_amount
from sync.demo.payloads import dumps, later_lines, seed_lines
from sync.demo.records import UNITS, Row, Unit, unit

Triple = tuple[Row, Row, dict]  # invoice row, label, body as it travels


@pytest.fixture(params=UNITS)
def rows(request: pytest.FixtureRequest) -> Unit:
    return unit(request.param)


def travelled(rows: Unit, collection: str) -> list[dict]:
    """The bodies of one collection after a trip through JSON, numbers as Decimal."""
    return _travelled(rows.key, collection)


@cache
def _travelled(key: str, collection: str) -> list[dict]:
    lines = [line for line in seed_lines(unit(key)) if line["collection"] == collection]
    return [
        json.loads(dumps(line["body"]), parse_float=Decimal, parse_int=Decimal) for line in lines
    ]


def invoices(rows: Unit) -> Iterator[Triple]:
    yield from zip(rows.invoices, rows.labels, travelled(rows, "invoices"), strict=True)


def of_case(case: str) -> list[Triple]:
    return [triple for key in UNITS for triple in invoices(unit(key)) if triple[1]["case"] == case]


def lines_of(body: dict) -> list[dict]:
    return body["lineList"]["invoiceLine"]


def charges(header: dict) -> Decimal:
    added = ("taxCharge1", "taxCharge2", "shippingCharge", "handlingCharge")
    return sum((abs(Decimal(header[name])) for name in added), Decimal(0))


def test_a_seed_line_names_collection_data_set_and_id(rows: Unit) -> None:
    lines = list(seed_lines(rows))

    assert {line["dataset"] for line in lines} == {rows.key}
    assert {line["collection"] for line in lines} == {"suppliers", "purchaseorders", "invoices"}
    assert len({(line["collection"], line["id"]) for line in lines}) == len(lines)


def test_lines_and_charges_sum_to_what_the_rows_say_to_the_cent(rows: Unit) -> None:
    for row, _, body in invoices(rows):
        items = sum((abs(Decimal(line_amount(line))) for line in lines_of(body)), Decimal(0))
        said = [Decimal(line["line_total"]) for line in row["lines"]]
        if row["document_type"] == "credit_memo":
            said = [abs(amount) for amount in said]
        elif Decimal(row["gross_total"]) < 0:
            items = -items
        total = items + charges(body["header"]) - Decimal(body["header"]["discountAmount"])
        assert total == sum(said, Decimal(0)) + abs(Decimal(row["tax_total"]))


def test_totals_are_the_digits_of_the_rows(rows: Unit) -> None:
    sums = {"sent": Decimal(0), "kept": Decimal(0)}
    for row, _, body in invoices(rows):
        sums["sent"] += abs(Decimal(body["header"]["total"]["value"]))
        sums["kept"] += abs(Decimal(row["gross_total"]))

    assert sums["sent"] == sums["kept"]
    assert '"value":3024.00' in dumps({"value": Decimal("3024.00")})


def test_orders_carry_the_amounts_of_their_rows(rows: Unit) -> None:
    for row, body in zip(rows.orders, travelled(rows, "purchaseorders"), strict=True):
        counts = [line for line in row["lines"] if not line.get("cancelled")]
        sent = [line for line in body["lineList"]["poLine"] if line["quantity"]]
        if row["status"] != "cancelled":
            assert [line_amount(line) for line in sent if line["unitPrice"]] == [
                Decimal(line["line_total"])
                for line in counts
                if Decimal(line["quantity"]) and Decimal(line["unit_price"])
            ]
        assert body["header"]["total"]["value"] == Decimal(row["total"])


def test_change_times_rise_in_processing_order(rows: Unit) -> None:
    for collection in ("suppliers", "purchaseorders", "invoices"):
        bodies = travelled(rows, collection)
        times = [body.get("header", body)["lastUpdate"] for body in bodies]
        assert times == sorted(set(times))


def test_a_message_id_ends_in_a_time_shortly_before_the_change_time(rows: Unit) -> None:
    for body in travelled(rows, "invoices") + travelled(rows, "purchaseorders"):
        header = body["header"]
        sent = int(uuid.UUID(header["originalRequestMessageId"]).hex[-12:], 16)
        stored = datetime.fromisoformat(header["lastUpdate"])
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        assert 330 <= (stored - epoch).total_seconds() * 1000 - sent <= 3480


def test_ids_are_numbers_that_no_32_bit_integer_holds(rows: Unit) -> None:
    assert all(body["header"]["invoiceId"] > 2**31 for body in travelled(rows, "invoices"))
    assert all(body["header"]["poId"] > 2**31 for body in travelled(rows, "purchaseorders"))


def test_an_invoice_has_the_fields_of_a_detail(rows: Unit) -> None:
    header = {"invoiceId", "originalRequestMessageId", "lastUpdate", "invoiceNumber", "total"}
    header |= {"invoiceType", "paymentStatus", "workflowStatus", "supplier", "terms", "taxCharge1"}
    line = {"lineId", "lineNumber", "item", "quantity", "unitPrice", "splittableFieldSetGroupList"}
    for _, _, body in invoices(rows):
        assert header <= set(body["header"])
        assert all(line <= set(item) for item in lines_of(body))


def test_a_credit_memo_is_negative_in_its_header_and_names_its_original() -> None:
    cases = of_case("credit_memo_full") + of_case("credit_memo_partial")
    memos = [body for row, _, body in cases if row["document_type"] == "credit_memo"]

    assert memos
    for body in memos:
        assert body["header"]["invoiceType"] == "Credit memo"
        assert body["header"]["total"]["value"] < 0
        field = body["header"]["customFieldValueSetList"]["customFieldValueSet"][0]
        assert field["name"] == "OriginalInvoice"


@pytest.mark.parametrize(
    ("case", "kind", "field"),
    [
        ("freight_line", "freight", "shippingCharge"),
        ("sales_tax_line", "sales_tax", "taxCharge2"),
        ("discount_line", "discount", "discountAmount"),
    ],
)
def test_a_charge_line_becomes_a_header_charge(case: str, kind: str, field: str) -> None:
    for row, _, body in of_case(case):
        charge = [Decimal(line["line_total"]) for line in row["lines"] if line["kind"] == kind]
        assert body["header"][field] == abs(sum(charge))
        assert len(lines_of(body)) == len(row["lines"]) - len(charge)


def test_the_council_sends_its_tax_with_the_rate_of_each_line() -> None:
    for row, _, body in of_case("vat_several_rates"):
        assert body["header"]["taxCharge1"] == Decimal(row["tax_total"])
        sets = [
            line["customFieldValueSetList"]["customFieldValueSet"][0] for line in lines_of(body)
        ]
        assert {field["name"] for field in sets} == {"TaxRateCode"}
        rates = {field["customFieldValueList"]["customFieldValue"][0]["value"] for field in sets}
        assert rates == {line["tax_rate"] for line in row["lines"]}


def test_an_order_reference_goes_out_as_it_stands_on_the_invoice() -> None:
    written = {
        reference
        for row, _, _ in of_case("po_ref_formatting")
        for reference in row["po_references"]
    }
    sent = {
        line["poNumber"] for _, _, body in of_case("po_ref_formatting") for line in lines_of(body)
    }

    assert sent == written


def test_an_invoice_without_reference_names_no_order() -> None:
    sent = [body for _, _, body in of_case("missing_po_reference")]
    references = {line.get("poNumber") for body in sent for line in lines_of(body)}

    assert {body["header"]["nonPOInvoice"] for body in sent} == {"true"}
    assert references == {None, "0", "-", "n/a"}


def test_a_supplier_without_code_is_named_in_words_only() -> None:
    assert all(
        set(body["header"]["supplier"]) == {"name"}
        for _, _, body in of_case("supplier_code_missing")
    )


def test_dates_are_midnight_and_a_text_that_is_no_date_stays_one() -> None:
    for row, _, body in of_case("invalid_date"):
        assert body["header"].get("invoiceDate", "").startswith(row.get("invoice_date", ""))
        assert body["header"]["accountingDate"].endswith("T00:00:00.000Z")


def test_an_unknown_quantity_times_price_brings_the_extended_price() -> None:
    sent = [line for _, _, body in of_case("line_arithmetic") for line in lines_of(body)]

    assert any("extendedPrice" in line for line in sent)


def test_split_lines_carry_shares_and_whole_ones_none() -> None:
    parts = []
    for _, _, body in (triple for key in UNITS for triple in invoices(unit(key))):
        for line in lines_of(body):
            group = line["splittableFieldSetGroupList"]["splittableFieldSetGroup"][0]
            parts.append(group["splittableFieldIndexSet"][0])
    split = [index_set for index_set in parts if "distributionType" in index_set]

    assert len(split) >= 6
    for index_set in split:
        shares = [
            p["distributionValue"]
            for p in index_set["splittableFieldIndexList"]["splittableFieldIndex"]
        ]
        assert shares == [60, 40]


def test_cancelled_lines_have_no_quantity_and_cancelled_orders_say_so() -> None:
    rows = unit("WVU")
    pairs = list(zip(rows.orders, travelled(rows, "purchaseorders"), strict=True))
    partly = [
        (o, b)
        for o, b in pairs
        if o["status"] == "open" and any("cancelled" in x for x in o["lines"])
    ]

    assert {b["header"]["type"] for o, b in pairs if o["status"] == "cancelled"} == {"cancel"}
    assert {b["header"]["poAPStatus"] for o, b in pairs if o["status"] == "finally_closed"} == {
        "Close"
    }
    for order, body in partly:
        for line, sent in zip(order["lines"], body["lineList"]["poLine"], strict=True):
            assert (sent["quantity"] == 0) == bool(
                line.get("cancelled") or not Decimal(line["quantity"])
            )


def test_a_supplier_names_its_parent_by_both_keys(rows: Unit) -> None:
    bodies = {body["erpNumber"]: body for body in travelled(rows, "suppliers")}
    children = [body for body in bodies.values() if "parentSupplier" in body]

    assert children
    for child in children:
        parent = bodies[child["parentSupplier"]["erpNumber"]]
        assert parent["sqIntegrationNumber"] == child["parentSupplier"]["sqIntegrationNumber"]


def test_an_onboarding_supplier_is_not_approved_and_an_inactive_one_not_active(rows: Unit) -> None:
    for row, body in zip(rows.suppliers, travelled(rows, "suppliers"), strict=True):
        assert (body["approvedForERPSync"] == "false") == (row["status"] == "onboarding")
        assert (body["active"] == "No") == (row["status"] == "inactive")


def test_later_exports_approve_what_waited_and_revise_one_order(rows: Unit) -> None:
    first = {
        (line["collection"], line["id"]): line["body"]["header"]
        for line in seed_lines(rows)
        if line["collection"] != "suppliers"
    }
    later = list(later_lines(rows))
    orders = [line for line in later if line["collection"] == "purchaseorders"]

    assert [line["body"]["header"]["revisionNumber"] for line in orders] == [1]
    for line in later:
        header, before = line["body"]["header"], first[line["collection"], line["id"]]
        assert header["lastUpdate"] > before["lastUpdate"]
        assert header["originalRequestMessageId"] != before["originalRequestMessageId"]
    waiting = {
        invoice_id(rows, n) for n, row in enumerate(rows.labels) if row["state"] == "waiting"
    }
    assert {line["id"] for line in later if line["collection"] == "invoices"} == waiting


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.50"), "1.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.999998"), "-0.999998"),
        ({"a": [Decimal("2"), "é\u2028", None, True]}, '{"a":[2,"\\u00e9\\u2028",null,true]}'),
    ],
)
def test_numbers_are_written_with_exactly_their_digits(value: object, text: str) -> None:
    assert dumps(value) == text
