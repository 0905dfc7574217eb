"""Orders of the NAV sandbox: received, invoiced, released."""

import pytest

from tests.connectors.nav.sandbox.conftest import Api


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
