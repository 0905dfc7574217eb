"""The second pair of eyes sees what it should: each request breaks the contract at one place."""

from __future__ import annotations

import json

import pytest

from connectors.sandboxing.messages import Headers, Request
from tests.connectors.nav.strict.requests import breaches

COMPANY = "companies(6d0ae05b-0d14-4a5a-8f3c-0d9cf6ba5b21)"
ID = "11111111-2222-3333-4444-555555555555"
FOR_ALL = {
    "Authorization": "Bearer x",
    "Accept": "application/json",
    "Accept-Language": "en-US",
}


def _type_of(body: object) -> dict[str, str]:
    return {} if body is None else {"Content-Type": "application/json"}


def sent(method: str, inside: str, body: object = None, query: str = "", **headers: str) -> list:
    fields = Headers()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in (FOR_ALL | _type_of(body) | named).items():
        fields.add(name, value)
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    path = f"/BC/api/v2.0/{inside}"
    return breaches(
        Request(method, path, headers=fields, body=text.encode(), raw_path=path, raw_query=query)
    )


def in_batch(*operations: dict, **headers: str) -> list:
    requests = [
        {"id": str(n), "headers": FOR_ALL | _type_of(1), **each}
        for n, each in enumerate(operations)
    ]
    return sent("POST", "$batch", {"requests": requests}, **headers)


def test_requests_that_keep_to_the_contract_pass():
    order = {
        "vendorNumber": "10000",
        "orderDate": "2026-01-10",
        "purchaseOrderLines": [
            {"lineType": "Comment", "description": "PO 7"},
            {"lineType": "Account", "lineObjectNumber": "6110", "quantity": 2.5},
        ],
    }
    lines = f"{COMPANY}/purchaseOrders({ID})/purchaseOrderLines"
    by_number = "$filter=(vendorInvoiceNumber%20eq%20'O''1'%20or%20vendorInvoiceNumber%20eq%20'2')"
    since = "%20and%20lastModifiedDateTime%20gt%202026-01-01T00:00:00.000Z"

    assert sent("POST", f"{COMPANY}/purchaseOrders", order) == []
    assert sent("GET", lines, query="$expand=dimensionSetLines&tenant=default") == []
    assert sent("GET", f"{COMPANY}/purchaseInvoices", query=by_number + since) == []
    assert sent("PATCH", f"{COMPANY}/vendors({ID})", {"blocked": "_x0020_"}, If_Match="*") == []
    assert sent("POST", f"{COMPANY}/purchaseInvoices({ID})/Microsoft.NAV.post") == []
    assert in_batch({"method": "POST", "url": f"{COMPANY}/purchaseOrders", "body": order}) == []


@pytest.mark.parametrize(
    ("method", "inside", "body", "word"),
    [
        ("POST", "vendors", {"nickname": "x"}, "no property nickname"),
        ("POST", "vendors", {"balance": 1}, "balance is read-only"),
        ("POST", "vendors", {"phoneNumber": None}, "null"),
        ("POST", "vendors", {"displayName": "x" * 101}, "longer than 100"),
        ("POST", "vendors", {"blocked": " "}, "no member in wire form"),
        ("POST", "vendors", {"paymentTermsId": "1M(8D)"}, "no record id"),
        ("POST", "purchaseOrders", {"orderDate": "2026-01-10"}, "vendorId or vendorNumber"),
        ("POST", "purchaseOrders", {"currencyCode": "", "vendorNumber": "1"}, "before vendorNum"),
        ("POST", "purchaseInvoices", {"vendorNumber": "1", "vendorId": ID}, "at once"),
        ("POST", "purchaseInvoices", {"vendorNumber": "1", "dueDate": "10.1.2026"}, "no day"),
        ("POST", "purchaseInvoices", {"vendorNumber": "1", "paymentTermsId": ID}, "no property"),
        ("POST", "purchaseOrders", '{"vendorNumber": "1", "discountAmount": 1E+2}', "plain JSON"),
        (
            "POST",
            "purchaseCreditMemos",
            {"vendorNumber": "1", "purchaseCreditMemoLines": []},
            "no property purchaseCreditMemoLines",
        ),
        (
            "POST",
            f"purchaseInvoices({ID})/purchaseInvoiceLines",
            {"lineType": "Account", "lineObjectNumber": "1", "unitOfMeasureCode": "PCS"},
            "a unit on a line",
        ),
        (
            "POST",
            f"purchaseInvoices({ID})/purchaseInvoiceLines",
            {"lineObjectNumber": "1", "lineType": "Account"},
            "before lineType",
        ),
        ("POST", "purchaseInvoiceLines", {"lineType": "Comment"}, "without its parent"),
        ("PATCH", f"vendors({ID})", {"blocked": 1}, "no text"),
        ("GET", "journalLines", None, "without its parent"),
        ("GET", f"dimensionSetLines({ID})", None, "without its parent"),
        ("POST", "accounts", {"number": "1"}, "does not take POST"),
        ("PATCH", f"vendors({ID})", {"city": "Leeds"}, "If-Match is missing"),
        ("GET", "vendorLedgerEntries", None, "has no vendorLedgerEntries"),
        ("POST", f"purchaseOrders({ID})/Microsoft.NAV.post", None, "has no action post"),
        ("GET", f"vendors('{ID}')", None, "no record id"),
    ],
)
def test_a_breach_is_named(method, inside, body, word):
    found = sent(method, f"{COMPANY}/{inside}", body)

    assert any(word in each for each in found), found


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("$filter=number%20eq%20'1'%20or%20displayName%20eq%20'1'", "distinct fields"),
        ("$filter=paymentTermsId%20eq%20'1'", "paymentTermsId compared with text"),
        ("$filter=blocked%20eq%20'G/L%20Account'", "no member of blocked"),
        ("$filter=number%20eq%20'123456789012345678901'", "too long for number"),
        ("$filter=number%20in%20('1')", "compared by nothing known"),
        ("$filter=number+eq+'1'", "percent-encoded"),
        ("$search=x", "$search is unknown"),
        ("$expand=payments", "nothing to expand"),
        ("$select=id,payments", "$select names payments"),
        (f"$filter={'number%20eq%20%271%27%20or%20' * 160}number%20eq%20'1'", "letters"),
    ],
)
def test_a_breach_of_a_query_is_named(query, word):
    found = sent("GET", f"{COMPANY}/vendors", query=query)

    assert any(word in each for each in found), found


def test_breaches_of_a_batch_are_named():
    one = {"method": "POST", "url": f"{COMPANY}/vendors", "body": {"displayName": "x"}}

    assert "a batch of 101 operations" in in_batch(*[one] * 101)
    assert any("not relative" in each for each in in_batch({**one, "url": f"/{COMPANY}/vendors"}))
    assert any("read-only" in each for each in in_batch({**one, "body": {"balance": 1}}))
    assert any("Isolation" in each for each in in_batch(one, Isolation="serializable"))
    assert "Data-Access-Intent on a write" in in_batch(one, Data_Access_Intent="ReadOnly")
    assert "operations without ids of their own" in in_batch({**one, "id": "7"}, {**one, "id": "7"})
