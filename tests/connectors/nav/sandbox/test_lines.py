"""Lines of documents in the NAV sandbox: found, refused, and put in the order of the page."""

import pytest

from tests.connectors.nav.sandbox.conftest import CLEANING, COMPANY, Api


@pytest.mark.parametrize("set_name", ["purchaseInvoiceLines", "purchaseOrderLines"])
def test_lines_are_listed_with_a_parent_only(api: Api, set_name: str) -> None:
    answer = api.get(set_name)

    assert (answer.status, answer.code) == (400, "Application_DialogException")
    assert "You must specify an Id or a Document Id to get the lines." in answer.text


def test_lines_are_found_by_path_filter_and_key(api: Api) -> None:
    invoice = api.invoice(lines=[CLEANING, CLEANING])
    by_path = api.rows(f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines")
    by_filter = api.rows(f"purchaseInvoiceLines?$filter=documentId eq {invoice['id']}")

    assert by_path == by_filter
    assert [line["sequence"] for line in by_path] == [10000, 20000]
    assert api.get(f"purchaseInvoiceLines({by_path[0]['id']})").json["sequence"] == 10000


LINE_REFUSALS = [
    ({"itemId": COMPANY, "accountId": COMPANY}, "Item does not exist."),
    ({"lineType": "Account", "lineObjectNumber": "9999"}, "Account does not exist."),
    ({**CLEANING, "sequence": 10000}, "You cannot insert a line with a duplicate sequence number."),
    ({**CLEANING, "lineObjectNumber": "8695"}, "Account Type must be equal to 'Posting'"),
    ({**CLEANING, "lineObjectNumber": "5410"}, "Direct Posting must be equal to 'Yes'"),
    ({**CLEANING, "lineObjectNumber": "8420"}, "Blocked must be equal to 'No'"),
    ({**CLEANING, "unitOfMeasureCode": "PCS"}, "Unit of Measure can be set only for lines with"),
    ({**CLEANING, "taxCode": "NOPE"}, "cannot be found in the related table"),
    ({"description": "no object", "quantity": 1}, "No. must have a value in Purchase Line"),
]


@pytest.mark.parametrize(("line", "text"), LINE_REFUSALS)
def test_lines_are_refused_in_the_servers_words(api: Api, line: dict, text: str) -> None:
    invoice = api.invoice()

    answer = api.post(f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines", line)

    assert answer.status == 400
    assert text in answer.text
    assert len(api.rows(f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines")) == 1


def test_both_ids_on_a_line_are_refused(api: Api) -> None:
    account = api.rows("accounts?$filter=number eq '8110'")[0]
    item = api.rows("items?$filter=number eq '1896-S'")[0]
    invoice = api.invoice()
    line = {"itemId": item["id"], "accountId": account["id"], "documentId": invoice["id"]}

    answer = api.post("purchaseInvoiceLines", line)

    assert 'Both "itemId" and "accountId" are specified.' in answer.text


def test_a_line_of_no_document_is_refused(api: Api) -> None:
    unknown = api.post("purchaseInvoiceLines", {**CLEANING, "documentId": COMPANY})

    assert "You must specify a document id" in api.post("purchaseInvoiceLines", CLEANING).text
    assert "No document with the specified ID exists." in unknown.text


def test_the_order_of_properties_decides(api: Api) -> None:
    late_type = {"lineObjectNumber": "8110", "lineType": "Account"}
    early_type = {"lineType": "Account", "lineObjectNumber": "8110"}
    invoice = api.invoice(lines=[late_type, early_type])

    lines = api.rows(f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines")

    assert lines[1]["description"] == "Cleaning"
    assert lines[1]["accountId"] != "00000000-0000-0000-0000-000000000000"


def test_a_new_type_blanks_the_object_and_a_filled_object_number_stays(api: Api) -> None:
    invoice = api.invoice()
    line = api.rows(f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines")[0]
    path = f"purchaseInvoiceLines({line['id']})"

    refused = api.patch(path, {"lineObjectNumber": "8120"})
    account = api.rows("accounts?$filter=number eq '8120'")[0]
    changed = api.patch(path, {"accountId": account["id"]}).json
    comment = api.patch(path, {"quantity": 0, "unitCost": 0, "lineType": "Comment"}).json

    assert 'The value for "lineObjectNumber" cannot be modified.' in refused.text
    assert changed["lineObjectNumber"] == "8120"
    assert comment["lineObjectNumber"] == ""


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"sequence": 5}, "The value for sequence cannot be modified."),
        ({"documentId": COMPANY}, 'The value for "documentId" cannot be modified.'),
    ],
)
def test_the_place_of_a_line_is_fixed(api: Api, body: dict, text: str) -> None:
    invoice = api.invoice()
    line = api.rows(f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines")[0]

    assert text in api.patch(f"purchaseInvoiceLines({line['id']})", body).text


def test_an_item_line_takes_unit_and_cost_from_its_card(api: Api) -> None:
    invoice = api.invoice(lines=[{"lineType": "Item", "lineObjectNumber": "1896-S", "quantity": 2}])

    line = api.rows(f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines")[0]

    assert (line["unitOfMeasureCode"], str(line["unitCost"])) == ("PCS", "780.7")
    assert str(line["amountExcludingTax"]) == "1561.4"


def test_a_header_discount_is_spread_over_the_lines(api: Api) -> None:
    invoice = api.invoice(lines=[CLEANING, {**CLEANING, "unitCost": 200}])

    after = api.patch(f"purchaseInvoices({invoice['id']})", {"discountAmount": 10}).json
    lines = api.rows(f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines")

    assert after["totalAmountExcludingTax"] == 290
    assert [str(x["invoiceDiscountAllocation"]) for x in lines] == ["3.33", "6.67"]
