"""Dialect pages: published services, header then lines, no posting (NAV contract 1.4)."""

import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from tests.connectors.nav.sandbox.conftest import COMPANY, Answer, Api

ROOT = "/BC/ODataV4"
HOME = f"{ROOT}/Company('CRONUS International Ltd.')"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


def make_order(api: Api, **fields: Any) -> dict[str, Any]:
    body = {"Buy_from_Vendor_No": "20000", **fields}
    answer = api.post(f"{HOME}/PurchaseOrder", body)
    assert answer.status == 201, answer.body
    return answer.json


def add_line(api: Api, order: dict[str, Any], **fields: Any) -> Answer:
    line = {"Type": "G/L Account", "No": "8110", "Quantity": 2, "Direct_Unit_Cost": 50}
    path = f"PurchaseOrder(Document_Type='Order',No='{order['No']}')/PurchaseOrderPurchLines"
    return api.post(f"{HOME}/{path}", {**line, **fields})


def test_an_order_is_written_header_first_and_carries_external_references(api: Api) -> None:
    order = make_order(api, Vendor_Order_No="V-1", Your_Reference="JAG-4711")

    line = add_line(api, order, Description="cleaning", Description_2="JAG line 1").json
    read = api.get(f"{HOME}/PurchaseOrder(Document_Type='Order',No='{order['No']}')").json

    assert (order["Document_Type"], order["No"], order["Status"]) == ("Order", "106001", "Open")
    assert (read["Vendor_Order_No"], read["Your_Reference"]) == ("V-1", "JAG-4711")
    assert (line["Line_No"], line["Document_No"], line["Line_Amount"]) == (10000, "106001", 100)
    assert line["Type"] == "G/L Account"


def test_there_is_no_deep_insert(api: Api) -> None:
    body = {"Buy_from_Vendor_No": "20000", "PurchaseOrderPurchLines": [{"No": "8110"}]}

    assert api.post(f"{HOME}/PurchaseOrder", body).status == 400


def test_there_is_no_posting_action(api: Api) -> None:
    order = make_order(api)
    path = f"{HOME}/PurchaseOrder(Document_Type='Order',No='{order['No']}')/NAV.Post"

    answer = api.post(path)

    assert (answer.status, answer.code) == (404, "BadRequest_ResourceNotFound")


def test_both_dialects_show_the_same_books(api: Api) -> None:
    make_order(api, Vendor_Invoice_No="SUP-1")
    shown = api.rows("purchaseOrders")[0]

    assert shown["number"] == "106001"
    assert api.action("purchaseOrders", shown["id"], "receiveAndInvoice").status == 400
    add_line(api, {"No": "106001"})
    assert api.action("purchaseOrders", shown["id"], "receiveAndInvoice").status == 204
    posted = api.rows(f"{HOME}/PostedPurchaseInvoice")
    assert (posted[0]["Order_No"], posted[0]["Vendor_Invoice_No"]) == ("106001", "SUP-1")


def test_lines_are_found_below_their_header_and_by_key(api: Api) -> None:
    first, second = make_order(api), make_order(api)
    for order in (first, second):
        add_line(api, order)
    key = "Document_Type='Order',Document_No='106002',Line_No=10000"

    header = f"{HOME}/PurchaseOrder(Document_Type='Order',No='106002')"
    below = api.rows(f"{header}/PurchaseOrderPurchLines")
    by_key = api.get(f"{HOME}/PurchaseOrderPurchLines({key})").json
    filtered = api.rows(f"{HOME}/PurchaseOrderPurchLines?$filter=Document_No eq '106002'")

    assert [row["Document_No"] for row in below] == ["106002"]
    assert by_key["Document_No"] == "106002"
    assert len(filtered) == 1


def test_a_line_changes_with_its_etag(api: Api) -> None:
    order = make_order(api)
    line = add_line(api, order).json
    path = (
        f"{HOME}/PurchaseOrderPurchLines(Document_Type='Order',"
        f"Document_No='{order['No']}',Line_No=10000)"
    )

    without = api.patch(path, {"Quantity": 3}, None)
    changed = api.patch(path, {"Quantity": 3}, line["@odata.etag"])
    stale = api.patch(path, {"Quantity": 4}, line["@odata.etag"])

    assert without.code == "BadRequest_InvalidToken"
    assert (changed.status, changed.json["Line_Amount"]) == (200, 150)
    assert (stale.status, stale.code) == (409, "Request_EntityChanged")


def test_dimensions_are_columns_of_the_page(api: Api) -> None:
    order = make_order(api, Shortcut_Dimension_1_Code="ADM")

    line = add_line(api, order, ShortcutDimCode3="OFFICE").json

    assert (line["Shortcut_Dimension_1_Code"], line["ShortcutDimCode3"]) == ("ADM", "OFFICE")
    assert add_line(api, order, ShortcutDimCode3="NONE").code == "Internal_InvalidTableRelation"


def test_the_administrator_chooses_the_service_names(api: Api) -> None:
    api.switch(page_services={"Bestellung": 50})

    services = [row["name"] for row in api.rows(f"{ROOT}/")]

    assert services == ["Company", "BestellungPurchLines", "Bestellung"]
    assert api.get(f"{HOME}/PurchaseOrder").code == "BadRequest_ResourceNotFound"
    assert api.rows(f"{HOME}/Bestellung") == []


def test_metadata_tells_the_lengths_of_this_release(api: Api) -> None:
    schema = ElementTree.fromstring(api.get(f"{ROOT}/$metadata").body)
    types = {t.get("Name"): t for t in schema.iter(f"{EDM}EntityType")}
    fields = {p.get("Name"): p for p in types["PurchaseOrder"].iter(f"{EDM}Property")}
    keys = [k.get("Name") for k in types["PurchaseOrderPurchLines"].iter(f"{EDM}PropertyRef")]

    assert next(schema.iter(f"{EDM}Schema")).get("Namespace") == "NAV"
    assert fields["Vendor_Order_No"].get("MaxLength") == "35"
    assert fields["Buy_from_Vendor_Name"].get("MaxLength") == "50"
    assert fields["Due_Date"].get("Type") == "Edm.Date"
    assert keys == ["Document_Type", "Document_No", "Line_No"]


def test_names_longer_than_this_release_takes_are_refused(api: Api) -> None:
    long = "x" * 51

    assert api.post(f"{HOME}/Vendor", {"Name": long}).code == "Application_StringExceededLength"
    api.switch(page_name_length=100)
    assert api.post(f"{HOME}/Vendor", {"Name": long}).json["Name"] == long


@pytest.mark.parametrize(
    ("company", "status"),
    [
        ("Company('CRONUS International Ltd.')", 200),
        (f"Company(Id={COMPANY})", 200),
        ("Company('cronus international ltd.')", 404),
        ("Company('Nobody')", 404),
    ],
)
def test_the_company_is_named_exactly(api: Api, company: str, status: int) -> None:
    assert api.get(f"{ROOT}/{company}/Vendor").status == status


def test_an_apostrophe_in_a_company_name_is_doubled(make_api) -> None:
    api = make_api(seed={"companies": [{"name": "O'Neill"}, {"name": "Other"}]})

    assert api.get(f"{ROOT}/Company('O''Neill')/Vendor").status == 200
    assert api.get(f"{ROOT}/Vendor?company='O''Neill'").status == 200
    assert api.get(f"{ROOT}/Vendor").code == "Internal_CompanyNotFound"


def test_the_pay_to_vendor_of_a_vendor_can_be_set_here(api: Api) -> None:
    path = f"{HOME}/Vendor('20000')"

    answer = api.patch(path, {"Pay_to_Vendor_No": "50000"})

    assert answer.json["Pay_to_Vendor_No"] == "50000"
    assert api.invoice()["payToVendorNumber"] == "50000"


def test_local_currency_stays_blank_on_pages(api: Api) -> None:
    rows = {row["No"]: row for row in api.rows(f"{HOME}/Vendor?$filter=Currency_Code eq ''")}

    assert sorted(rows) == ["20000", "40000", "50000"]
    assert rows["20000"]["Payment_Terms_Code"] == "CM"
    assert rows["20000"]["Blocked"] == " "


def test_pages_follow_next_links_too(api: Api) -> None:
    seen, link = [], f"{HOME}/Vendor?$select=No"
    while link:
        page = api.get(link, Prefer="odata.maxpagesize=2").json
        seen += [row["No"] for row in page["value"]]
        link = page.get("@odata.nextLink", "").removeprefix(api.server.url)

    assert seen == ["10000", "20000", "30000", "40000", "50000"]


def test_a_purchase_journal_line_of_type_invoice_is_checked_like_one(api: Api) -> None:
    journal = api.types("journals", "insert", values={
        "code": "PURCH", "templateDisplayName": "PURCHASES"})  # fmt: skip
    line = {"Journal_Batch_Name": "PURCH", "Document_Type": "Invoice", "Account_Type": "Vendor",
            "Account_No": "20000", "Amount": -100, "External_Document_No": "A-17",
            "Bal_Account_No": "8110"}  # fmt: skip
    for place in (1, 2):
        made = api.post(f"{HOME}/PurchaseJournal", {**line, "Document_No": f"P{place}"})
        posted = api.action("journals", journal["id"], "post")

    assert made.json["Journal_Template_Name"] == "PURCHASES"
    assert made.json["Bal_Account_No"] == "8110"
    assert "Purchase Invoice A-17 already exists for this vendor." in posted.text
    assert len(api.rows(f"{HOME}/VendorLedgerEntries?$filter=Vendor_No eq '20000'")) == 1
    assert api.rows(f"{HOME}/GeneralJournal") == []


def test_open_and_paid_invoices_are_seen_in_the_vendors_entries(api: Api) -> None:
    invoice = api.invoice("A-17")
    api.action("purchaseInvoices", invoice["id"], "post")
    query = f"{HOME}/VendorLedgerEntries?$filter=External_Document_No eq 'A-17'"
    before = api.rows(query)[0]

    api.types("purchaseInvoices", "pay", id=invoice["id"])
    after = api.rows(query)[0]

    assert (before["Document_Type"], before["Open"], before["Remaining_Amount"]) == (
        "Invoice",
        True,
        -125,
    )
    assert (after["Open"], after["Remaining_Amount"]) == (False, 0)


def test_read_only_pages_and_controls_refuse_writes(api: Api) -> None:
    order = {"Buy_from_Vendor_No": "20000", "Status": "Released"}

    assert api.post(f"{HOME}/VendorLedgerEntries", {"Vendor_No": "1"}).status == 405
    assert api.post(f"{HOME}/PurchaseOrder", order).code == "BadRequest_InvalidOperation"
    assert api.post(f"{HOME}/PurchaseOrder", {"Nothing": 1}).code == "BadRequest"


def test_blocked_accounts_and_values_are_visible(api: Api) -> None:
    api.types("dimensionValues", "patch", key={"code": "ADM"}, values={"blocked": True})

    accounts = api.rows(f"{HOME}/GLAccountList?$filter=Blocked eq true")
    values = api.rows(f"{HOME}/DimensionValues?$filter=Dimension_Code eq 'DEPARTMENT'")

    assert [row["No"] for row in accounts] == ["8420"]
    assert {row["Code"]: row["Blocked"] for row in values}["ADM"] is True


def test_dates_and_amounts_are_filtered_by_their_type(api: Api) -> None:
    make_order(api, Document_Date="2026-01-10", Due_Date="2026-02-01")

    by_date = api.rows(f"{HOME}/PurchaseOrder?$filter=Due_Date le 2026-02-01&$orderby=Due_Date")

    assert [row["Document_Date"] for row in by_date] == ["2026-01-10"]
    assert api.get(f"{HOME}/PurchaseOrder?$filter=Due_Date le 5").status == 400
