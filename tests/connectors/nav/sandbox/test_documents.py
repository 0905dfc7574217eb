"""Orders, invoices and credit memos: creation, lines, posting (NAV contract 4.2 to 4.7)."""

import pytest

from tests.connectors.nav.sandbox.conftest import CLEANING, COMPANY, Api


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
