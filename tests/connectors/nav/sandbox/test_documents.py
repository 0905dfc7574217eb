"""Orders, invoices and credit memos: creation, lines, posting (NAV contract 4.2 to 4.7)."""

import pytest

from tests.connectors.nav.sandbox.conftest import COMPANY, Api

CLEANING = {"lineType": "Account", "lineObjectNumber": "8110", "quantity": 1, "unitCost": 100}


def test_numbers_are_assigned_and_an_invoice_keeps_its_id_through_posting(api: Api) -> None:
    draft = api.invoice()

    posted = api.action("purchaseInvoices", draft["id"], "post")
    after = api.get(f"purchaseInvoices({draft['id']})").json

    assert (posted.status, posted.body) == (204, b"")
    assert draft["number"] == "1001"
    assert (after["number"], after["status"]) == ("108001", "Open")
    assert api.order()["number"] == "106001"
    assert api.order()["number"] == "106002"


def test_a_refused_create_uses_no_number(api: Api) -> None:
    bad = {"vendorNumber": "20000", "purchaseOrderLines": [{"itemId": COMPANY}]}

    assert "Item does not exist." in api.post("purchaseOrders", bad).text
    assert api.rows("purchaseOrders") == []
    assert api.order()["number"] == "106001"


def test_a_second_draft_with_the_same_number_is_saved_but_not_posted(api: Api) -> None:
    first, second = api.invoice("A-17"), api.invoice("A-17")
    api.action("purchaseInvoices", first["id"], "post")

    answer = api.action("purchaseInvoices", second["id"], "post")

    assert (answer.status, answer.code) == (400, "Application_DialogException")
    assert "Purchase Invoice A-17 already exists for this vendor." in answer.text
    assert api.get(f"purchaseInvoices({second['id']})").json["status"] == "Draft"


def test_the_duplicate_check_follows_the_pay_to_vendor(api: Api) -> None:
    first = api.invoice("A-17", payToVendorNumber="50000")
    second = api.invoice("A-17", vendor="50000")
    other = api.invoice("A-17")
    api.action("purchaseInvoices", first["id"], "post")

    assert "already exists" in api.action("purchaseInvoices", second["id"], "post").text
    assert api.action("purchaseInvoices", other["id"], "post").status == 204


def test_the_number_is_free_again_once_the_invoice_was_cancelled(api: Api) -> None:
    first = api.invoice("A-17")
    api.action("purchaseInvoices", first["id"], "post")
    api.types("purchaseInvoices", "cancel", id=first["id"])

    assert api.action("purchaseInvoices", api.invoice("A-17")["id"], "post").status == 204
    assert api.get(f"purchaseInvoices({first['id']})").json["status"] == "Canceled"


@pytest.mark.parametrize("mandatory", [True, False])
def test_posting_without_the_suppliers_number_depends_on_the_setup(
    api: Api, mandatory: bool
) -> None:
    api.setup(extDocNoMandatory=mandatory)
    invoice = api.invoice("")

    answer = api.action("purchaseInvoices", invoice["id"], "post")

    assert answer.status == (400 if mandatory else 204)
    if mandatory:
        assert "in the Vendor Invoice No. field" in answer.text


def test_a_posted_invoice_cannot_be_changed_posted_again_or_deleted(api: Api) -> None:
    invoice = api.invoice()
    path = f"purchaseInvoices({invoice['id']})"
    line = api.rows(f"{path}/purchaseInvoiceLines")[0]
    api.action("purchaseInvoices", invoice["id"], "post")

    change = api.patch(path, {"dueDate": "2026-12-01"})

    assert "The invoice has been posted and can no longer be modified." in change.text
    assert api.patch(f"purchaseInvoiceLines({line['id']})", {"quantity": 5}).status == 400
    again = api.action("purchaseInvoices", invoice["id"], "post")
    assert "The action can be applied to a draft invoice only." in again.text
    assert api.delete(path).status == 400


def test_posting_an_unknown_invoice_is_the_pages_own_error(api: Api) -> None:
    answer = api.action("purchaseInvoices", COMPANY, "post")

    assert (answer.status, answer.code) == (400, "Application_DialogException")
    assert "The invoice cannot be found." in answer.text


def test_an_empty_document_has_nothing_to_post(api: Api) -> None:
    invoice = api.invoice(lines=[{"lineType": "Comment", "description": "JAG-1"}])

    answer = api.action("purchaseInvoices", invoice["id"], "post")

    assert "There is nothing to post" in answer.text


def test_totals_and_entries_of_a_posted_invoice_agree(api: Api) -> None:
    post = {**CLEANING, "lineObjectNumber": "8230", "unitCost": 9.99}
    invoice = api.invoice(lines=[CLEANING, {**CLEANING, "discountPercent": 10}, post])
    api.action("purchaseInvoices", invoice["id"], "post")

    entries = api.rows("generalLedgerEntries?$filter=documentNumber eq '108001'")
    amounts = {e["accountNumber"]: e["debitAmount"] - e["creditAmount"] for e in entries}

    assert str(invoice["totalAmountExcludingTax"]) == "199.99"
    assert str(invoice["totalTaxAmount"]) == "47.5"
    assert amounts["8110"] == 190
    assert {k: str(v) for k, v in amounts.items() if k != "8110"} == {
        "8230": "9.99", "5630": "47.5", "5410": "-247.49",
    }  # fmt: skip
    assert api.vendor()["balance"] == invoice["totalAmountIncludingTax"]
    assert sum(amounts.values()) == 0


def test_a_foreign_invoice_is_booked_in_local_currency(api: Api) -> None:
    invoice = api.invoice(vendor="30000")
    api.action("purchaseInvoices", invoice["id"], "post")

    entries = api.rows("generalLedgerEntries?$orderby=entryNumber")

    assert invoice["currencyCode"] == "EUR"
    assert (entries[0]["accountNumber"], entries[0]["debitAmount"]) == ("8110", 85)


def test_local_currency_is_stored_blank_and_shown_by_its_code(api: Api) -> None:
    invoice = api.invoice(currencyCode="GBP")

    assert invoice["currencyCode"] == "GBP"
    assert invoice["currencyId"] == "00000000-0000-0000-0000-000000000000"
    assert api.ledger()["purchaseInvoices"][0]["currencyCode"] == "GBP"


def test_a_currency_without_a_rate_on_the_day_is_refused(api: Api) -> None:
    body = {"vendorNumber": "20000", "currencyCode": "EUR", "postingDate": "2019-12-31"}

    assert api.post("purchaseInvoices", body).code == "Internal_DataNotFoundFilter"


@pytest.mark.parametrize(
    ("first", "last", "day", "status"),
    [
        ("2026-03-01", "2026-03-31", "2026-02-28", 400),
        ("2026-03-01", "2026-03-31", "2026-03-01", 204),
        ("2026-03-01", "2026-03-31", "2026-03-31", 204),
        ("2026-03-01", "2026-03-31", "2026-04-01", 400),
        ("2026-03-01", "0001-01-01", "2030-01-01", 204),
    ],
)
def test_the_posting_date_must_lie_in_the_window(
    api: Api, first: str, last: str, day: str, status: int
) -> None:
    api.setup(allowPostingFrom=first, allowPostingTo=last)
    invoice = api.invoice(postingDate=day)

    answer = api.action("purchaseInvoices", invoice["id"], "post")

    assert answer.status == status
    if status == 400:
        assert "Posting Date is not within your range of allowed posting dates" in answer.text


def test_the_due_date_follows_the_terms_until_one_is_sent(api: Api) -> None:
    by_terms = api.invoice(invoiceDate="2026-03-10")
    by_hand = api.invoice("INV-2", invoiceDate="2026-03-10", dueDate="2026-05-05")

    assert by_terms["dueDate"] == "2026-03-31"
    assert by_terms["postingDate"] == "2026-03-10"
    assert by_hand["dueDate"] == "2026-05-05"


@pytest.mark.parametrize(
    ("set_name", "body", "text"),
    [
        ("purchaseOrders", {}, 'A "vendorNumber" or a "vendorId" must be provided.'),
        ("purchaseInvoices", {}, 'A "vendorNumber" or a "vendorID" must be provided.'),
        ("purchaseOrders", {"vendorNumber": "X"}, "The buy-from vendor cannot be found."),
        ("purchaseInvoices", {"vendorNumber": "X"}, "The vendor cannot be found."),
        (
            "purchaseOrders",
            {"vendorNumber": "20000", "payToVendorNumber": "X"},
            "The pay-to vendor cannot be found.",
        ),
        (
            "purchaseInvoices",
            {"vendorNumber": "20000", "currencyCode": "XYZ"},
            'The "currencyCode" does not match to a Currency.',
        ),
    ],
)
def test_headers_are_refused_in_the_servers_words(
    api: Api, set_name: str, body: dict, text: str
) -> None:
    answer = api.post(set_name, body)

    assert (answer.status, answer.code) == (400, "Application_DialogException")
    assert text in answer.text


def test_vendor_id_and_number_that_disagree_are_refused_on_orders_alone(api: Api) -> None:
    body = {"vendorId": api.vendor("20000")["id"], "vendorNumber": "50000"}

    order, invoice = api.post("purchaseOrders", body), api.post("purchaseInvoices", body)

    assert "The buy-from vendor values do not match to a specific Vendor." in order.text
    assert (invoice.status, invoice.json["vendorNumber"]) == (201, "50000")


@pytest.mark.parametrize(("blocked", "status"), [("All", 400), ("Payment", 201), ("_x0020_", 201)])
def test_a_vendor_blocked_for_all_takes_no_document(api: Api, blocked: str, status: int) -> None:
    api.patch(f"vendors({api.vendor()['id']})", {"blocked": blocked})

    answer = api.post("purchaseInvoices", {"vendorNumber": "20000"})

    assert answer.status == status
    if status == 400:
        assert "when Vendor 20000 is blocked with type All" in answer.text


def test_a_vendor_blocked_after_the_draft_is_refused_at_posting(api: Api) -> None:
    invoice = api.invoice()
    api.types("vendors", "patch", key={"number": "20000"}, values={"blocked": "All"})

    answer = api.action("purchaseInvoices", invoice["id"], "post")

    assert "You cannot post this type of document" in answer.text


def test_a_vendor_without_posting_groups_takes_no_document(api: Api) -> None:
    api.setup(vendorTemplate=None)
    vendor = api.post("vendors", {"displayName": "No template"}).json

    answer = api.post("purchaseOrders", {"vendorId": vendor["id"]})

    assert (answer.status, answer.code) == (400, "Application_FieldValidationException")
    assert "Gen. Bus. Posting Group must have a value in Vendor" in answer.text


def test_vendor_numbers_come_from_the_series_or_from_the_caller(api: Api) -> None:
    counted = api.post("vendors", {"displayName": "A"}).json
    chosen = api.post("vendors", {"number": "jag-1", "displayName": "B"}).json
    api.setup(manualVendorNumbers=False)
    refused = api.post("vendors", {"number": "JAG-2", "displayName": "C"})

    assert (counted["number"], chosen["number"]) == ("V00010", "JAG-1")
    assert "You may not enter numbers manually." in refused.text


def test_a_vendor_with_open_documents_is_not_deleted(api: Api) -> None:
    api.order()

    answer = api.delete(f"vendors({api.vendor()['id']})")

    assert "You cannot delete Vendor 20000 because there is at least one outstanding" in answer.text


def test_a_renamed_vendor_is_renamed_in_its_documents(api: Api) -> None:
    order = api.order()

    api.patch(f"vendors({api.vendor()['id']})", {"number": "20001"})

    assert api.get(f"purchaseOrders({order['id']})").json["vendorNumber"] == "20001"


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


def test_receive_and_invoice_needs_the_suppliers_number_that_the_api_cannot_set(api: Api) -> None:
    order = api.order()

    answer = api.action("purchaseOrders", order["id"], "receiveAndInvoice")

    assert answer.status == 400
    assert "in the Vendor Invoice No. field" in answer.text
    assert api.rows("purchaseReceipts") == []


def test_a_fully_invoiced_order_disappears_and_its_invoice_names_it(api: Api) -> None:
    order = api.order()
    api.types(
        "purchaseOrders", "patch", id=order["id"], values={"vendorInvoiceNumber": "SUP-9"}
    )  # fmt: skip

    answer = api.action("purchaseOrders", order["id"], "receiveAndInvoice")
    invoices = api.rows(f"purchaseInvoices?$filter=orderNumber eq '{order['number']}'")
    receipts = api.rows(f"purchaseReceipts?$filter=orderNumber eq '{order['number']}'")

    assert answer.status == 204
    assert api.get(f"purchaseOrders({order['id']})").status == 404
    assert [(i["status"], i["orderId"]) for i in invoices] == [("Open", order["id"])]
    assert invoices[0]["totalAmountExcludingTax"] == 500
    assert len(receipts) == 1


@pytest.mark.parametrize("status", [200, 204, 400])
def test_a_receipt_without_an_invoice_answers_as_the_version_does(api: Api, status: int) -> None:
    api.switch(receipt_only_status=status)
    order = api.order()
    line = api.rows(f"purchaseOrders({order['id']})/purchaseOrderLines")[0]
    api.patch(f"purchaseOrderLines({line['id']})", {"receiveQuantity": 4, "invoiceQuantity": 0})

    answer = api.action("purchaseOrders", order["id"], "receiveAndInvoice")
    after = api.get(f"purchaseOrderLines({line['id']})").json

    assert answer.status == status
    assert (after["receivedQuantity"], after["invoicedQuantity"]) == (4, 0)
    assert len(api.rows("purchaseReceipts")) == 1


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"receiveQuantity": 11}, "You cannot receive more than 10 units."),
        ({"invoiceQuantity": 11}, "You can't invoice more than 10 units."),
    ],
)
def test_order_lines_know_their_limits(api: Api, body: dict, text: str) -> None:
    order = api.order()
    line = api.rows(f"purchaseOrders({order['id']})/purchaseOrderLines")[0]

    assert text in api.patch(f"purchaseOrderLines({line['id']})", body).text


def test_a_person_receives_a_part_and_the_api_sees_it(api: Api) -> None:
    order = api.order()

    api.types("purchaseOrders", "receive", id=order["id"], quantities={"10000": 3})
    line = api.rows(f"purchaseOrders({order['id']})/purchaseOrderLines")[0]
    receipt = api.rows("purchaseReceipts?$expand=purchaseReceiptLines")[0]

    assert (line["receivedQuantity"], line["receiveQuantity"]) == (3, 7)
    assert receipt["orderNumber"] == order["number"]
    assert receipt["purchaseReceiptLines"][0]["lineType"] == "G_x002F_L_x0020_Account"


def test_a_released_order_cannot_be_changed_until_it_is_reopened(api: Api) -> None:
    order = api.order()
    api.types("purchaseOrders", "release", id=order["id"])

    refused = api.patch(f"purchaseOrders({order['id']})", {"shipToName": "X"})
    api.types("purchaseOrders", "reopen", id=order["id"])

    assert refused.code == "Application_FieldValidationException"
    assert "Status must be equal to 'Open'" in refused.text
    assert api.patch(f"purchaseOrders({order['id']})", {"shipToName": "X"}).status == 200


def test_a_paid_invoice_shows_it(api: Api) -> None:
    invoice = api.invoice()
    api.action("purchaseInvoices", invoice["id"], "post")

    api.types("purchaseInvoices", "pay", id=invoice["id"])

    assert api.get(f"purchaseInvoices({invoice['id']})").json["status"] == "Paid"
    assert api.vendor()["balance"] == 0


def test_a_credit_memo_is_written_line_by_line_and_booked_the_other_way(api: Api) -> None:
    head = {"vendorNumber": "20000", "vendorCreditMemoNumber": "CR-1"}
    nested = api.post("purchaseCreditMemos", {**head, "purchaseCreditMemoLines": [CLEANING]})
    memo = api.post("purchaseCreditMemos", head).json
    api.post(f"purchaseCreditMemos({memo['id']})/purchaseCreditMemoLines", CLEANING)

    answer = api.action("purchaseCreditMemos", memo["id"], "post")
    entries = api.rows("generalLedgerEntries")

    assert nested.status == 400
    assert answer.status == 204
    assert {e["accountNumber"]: e["creditAmount"] for e in entries}["8110"] == 100
    assert api.vendor()["balance"] == -125
    assert api.action("purchaseCreditMemos", memo["id"], "cancel").status == 204
    assert api.vendor()["balance"] == 0


def test_memo_lines_may_be_nested_where_the_instance_takes_it(api: Api) -> None:
    api.switch(deep_insert=["purchaseCreditMemoLines"])
    body = {"vendorNumber": "20000", "purchaseCreditMemoLines": [CLEANING]}

    assert api.post("purchaseCreditMemos", body).json["totalAmountExcludingTax"] == 100


def test_background_posting_leaves_a_draft_until_the_job_ran(api: Api) -> None:
    api.switch(background_posting=True)
    invoice = api.invoice()

    answer = api.action("purchaseInvoices", invoice["id"], "post")
    before = api.get(f"purchaseInvoices({invoice['id']})").json["status"]
    api.control("jobs", {})

    assert answer.status == 204
    assert before == "Draft"
    assert api.get(f"purchaseInvoices({invoice['id']})").json["status"] == "Open"


def test_a_deleted_draft_takes_its_lines_along(api: Api) -> None:
    invoice = api.invoice()
    line = api.rows(f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines")[0]

    assert api.delete(f"purchaseInvoices({invoice['id']})").status == 204
    assert api.get(f"purchaseInvoiceLines({line['id']})").status == 404


def test_a_file_is_uploaded_in_two_requests(api: Api) -> None:
    invoice = api.invoice()
    meta = {
        "parentType": "Purchase_x0020_Invoice",
        "parentId": invoice["id"],
        "fileName": "a/b.txt",
    }
    file = api.post("documentAttachments", meta).json
    path = f"documentAttachments({file['id']})/attachmentContent"
    headers = {"Content_Type": "application/octet-stream", "If_Match": file["@odata.etag"]}

    put = api.call("PATCH", path, "content", **headers)

    assert file["fileName"] == "filename.txt"
    assert put.status == 204
    assert api.get(path).body == b"content"
    assert api.rows(f"purchaseInvoices({invoice['id']})/documentAttachments")[0]["byteSize"] == 7


def test_numbers_beyond_the_database_are_refused(api: Api) -> None:
    line = {**CLEANING, "quantity": 99_999_999, "unitCost": 99_999_999_999}
    invoice = api.invoice()
    path = f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines"

    assert api.post(path, {**CLEANING, "quantity": 10**15}).code == "BadRequest"
    assert api.post(path, line).code == "Application_EvaluateException"


def test_dimensions_may_be_nested_where_the_instance_takes_it(api: Api) -> None:
    dims = [{"code": "DEPARTMENT", "valueCode": "ADM"}]
    body = {
        "vendorNumber": "20000",
        "purchaseInvoiceLines": [{**CLEANING, "dimensionSetLines": dims}],
    }
    refused = api.post("purchaseInvoices", body)
    api.switch(deep_insert=["purchaseInvoiceLines", "dimensionSetLines"])

    taken = api.post("purchaseInvoices", body)

    assert (refused.status, taken.status) == (400, 201)
    lines = api.ledger()["purchaseInvoices"][0]["lines"]
    assert lines[0]["dimensions"] == {"DEPARTMENT": "ADM"}
    assert taken.json["totalAmountIncludingTax"] == 125


@pytest.mark.parametrize(("switches", "shown"), [({}, "8110"), ({"page_field_order": True}, "")])
def test_an_instance_may_validate_in_the_order_of_the_page(
    api: Api, switches: dict, shown: str
) -> None:
    account = api.rows("accounts?$filter=number eq '8110'")[0]
    api.switch(**switches)
    line = {"lineType": "Item", "accountId": account["id"]}
    invoice = api.invoice(lines=[line])

    rows = api.rows(f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines")

    assert rows[0]["lineObjectNumber"] == shown


def test_an_instance_may_take_encoded_enum_names_only(api: Api) -> None:
    api.switch(encoded_enums_only=True)
    path = f"vendors({api.vendor()['id']})"

    assert api.patch(path, {"blocked": " "}).status == 400
    assert api.patch(path, {"blocked": "_x0020_"}).status == 200
