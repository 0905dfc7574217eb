"""Vendors of the NAV sandbox: numbered, blocked, renamed, and what that means to documents."""

import pytest

from tests.connectors.nav.sandbox.conftest import Api


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
