"""Envelope, paging, filters, list form against detail form."""

from urllib.parse import quote

import pytest

from connectors.jaggaer.sandbox import sample
from tests.connectors.jaggaer.sandbox.conftest import id_of, items_of

INVOICES = "/ji/v1/invoices"


def pages(customer, path: str, page: int) -> list[list[str]]:
    """Read a list as the contract says: advance by what was returned."""
    found, start = [], 1
    while True:
        answer = customer.get(f"{path}?start={start}")
        assert answer["startAt"] == start
        if not answer["returnedRecords"]:
            return found
        found.append([id_of(item) for item in items_of(answer)])
        start += answer["returnedRecords"]


@pytest.mark.parametrize(("size", "count"), [(1, 7), (7, 12), (100, 230)])
@pytest.mark.parametrize("path", [INVOICES, "/ja/v1/companyprofiles"])
def test_every_record_comes_exactly_once_whatever_the_page_size(app, customer, size, count, path):
    app.switch(page_size=size, fill=count)

    found = pages(customer, path, size)

    assert [len(page) for page in found[:-1]] == [size] * (len(found) - 1)
    ids = [key for page in found for key in page]
    assert len(ids) == len(set(ids)) == count
    assert ids == sorted(ids, key=int)


def test_records_come_by_id_and_not_by_last_update(app, customer):
    app.switch(fill=60)

    stamps = [item["header"]["lastUpdate"] for item in items_of(customer.get(INVOICES))]

    assert stamps != sorted(stamps)


@pytest.mark.parametrize(
    ("path", "wrapper", "code", "message"),
    [
        ("/ji/v1/invoices", ("jiinvoiceList", "jiinvoice"), 0, ""),
        ("/ji/v1/purchaseorders", ("jipurchaseOrderList", "jipurchaseOrder"), 0, ""),
        ("/ji/v1/suppliers", ("jisupplierList", "jisupplier"), 0, ""),
        ("/ja/v1/companyprofiles", ("returnCompanyData",), "0", "OK"),
        ("/ji/v1/invoices/", ("jiinvoiceList", "jiinvoice"), 0, ""),
    ],
)
def test_each_list_has_its_envelope(customer, path, wrapper, code, message):
    answer = customer.get(path)

    assert (answer["returnCode"], answer["returnMessage"]) == (code, message)
    assert (answer["totRecords"], answer["returnedRecords"], answer["startAt"]) == (3, 3, 1)
    for name in wrapper:
        answer = answer[name]
    assert len(answer) == 3


@pytest.mark.parametrize(
    ("collection", "key", "gone"),
    [
        ("invoices", "2526304", {"terms", "remitTo", "billTo", "customFieldValueSetList"}),
        ("purchaseorders", "771204", {"terms", "shipTo", "billTo"}),
    ],
)
def test_lists_are_header_only_and_details_are_bare(customer, collection, key, gone):
    detail = customer.get(f"/ji/v1/{collection}/{key}")
    (listed,) = (
        item for item in items_of(customer.get(f"/ji/v1/{collection}")) if id_of(item) == key
    )

    assert set(detail) == {"header", "lineList"}
    assert set(listed) == {"header"}
    assert gone <= set(detail["header"]) - set(listed["header"])
    assert "contactInfoList" in detail["header"]["supplier"]
    assert "contactInfoList" not in listed["header"]["supplier"]


def test_amounts_keep_their_digits(customer):
    customer.control(
        "POST",
        "records",
        {"collection": "invoices", "id": 2526304, "patch": {"header": {"total": {"value": 1}}}},
    )
    _, _, body = customer.raw("GET", f"{INVOICES}/2526304")

    assert b'"value":1}' in body
    assert b'"currentTax":102.5,' in body


def test_company_profiles_are_thin_without_comp(customer):
    thin = items_of(customer.get("/ja/v1/companyprofiles"))[0]
    full = items_of(customer.get("/ja/v1/companyprofiles?comp=USER;SSO_CODE"))[0]

    assert set(thin) == {"returnCompanyInfo"}
    assert "ssoCodeData" not in thin["returnCompanyInfo"]
    assert set(full) == {"returnCompanyInfo", "returnSubUser"}
    assert full["returnCompanyInfo"]["ssoCodeData"] == "KLS"


@pytest.mark.parametrize(
    ("path", "flt", "found"),
    [
        ("ji/v1/invoices", "invoiceId==2526305", ["2526305"]),
        ("ji/v1/invoices", "invoiceNumber==I00002", ["2526305"]),
        ("ji/v1/invoices", "invoiceNumber=in=(I00001,I00003)", ["2526304", "2526306"]),
        ("ji/v1/invoices", "invoiceId>=2526305;invoiceId<=2526305", ["2526305"]),
        ("ji/v1/invoices", "supplier.supplierNumber==006105;invoiceNumber==I9", []),
        ("ji/v1/invoices", "lastUpdate>=2024-02-14T20:36:57Z", ["2526305", "2526306"]),
        ("ji/v1/invoices", "lastUpdate>=2024-02-14T21:12:56.973Z", ["2526305", "2526306"]),
        ("ji/v1/invoices", "lastUpdate>=2024-02-14T21:12:56.974Z", ["2526306"]),
        ("ji/v1/invoices", "lastUpdate<=2024-02-14T22:12:56.973+01:00", ["2526304", "2526305"]),
        ("ji/v1/invoices", "lastUpdate>=20240214211257", ["2526306"]),
        ("ji/v1/suppliers", "erpNumber==006105", ["u1511507"]),
        ("ja/v1/companyprofiles", "BRAVOID==9143;TYPE==SELLER", ["9143"]),
        ("ja/v1/companyprofiles", "extUniqueCode==US-DUNS-123456790", ["9143"]),
        ("ja/v1/companyprofiles", "LASTMODTIME>=20240214214956", ["9144"]),
        ("ja/v1/companyprofiles", "SUBUSERLOGIN==ann", ["9142", "9143", "9144"]),
    ],
)
def test_filters_select(customer, path, flt, found):
    assert customer.ids(flt, path) == found


def test_a_filter_may_be_sent_raw_as_well_as_encoded(customer):
    flt = "invoiceId>=2526305;invoiceNumber==I00002"

    raw, encoded = (
        customer.get(f"{INVOICES}?flt={flt}"),
        customer.get(f"{INVOICES}?flt={quote(flt)}"),
    )

    assert raw == encoded
    assert raw["totRecords"] == 1


@pytest.mark.parametrize(
    ("path", "flt", "message"),
    [
        ("invoices", "lastupdate>=2024-01-01", "112(lastupdate)"),
        ("invoices", "lastUpdate>=yesterday", "124(lastUpdate)"),
        ("invoices", "invoiceId~2", "124(invoiceId~2)"),
        ("invoices", "invoiceNumber=in=I00001", "124(I00001)"),
    ],
)
def test_a_filter_that_is_not_understood_is_an_error_with_status_200(customer, path, flt, message):
    answer = customer.get(f"/ji/v1/{path}?flt={quote(flt)}")

    assert (answer["returnCode"], answer["returnMessage"]) == (2, message)
    assert "jiinvoiceList" not in answer


@pytest.mark.parametrize("start", ["0", "-1", "x"])
def test_the_first_record_is_number_one(customer, start):
    assert customer.get(f"{INVOICES}?start={start}")["returnCode"] == 2


def test_customer_fields_are_filtered_with_deflt(customer):
    customer.control(
        "POST",
        "records",
        [
            {
                "collection": "invoices",
                "id": 2526305,
                "patch": {
                    "header": {
                        "customFieldValueSetList": {
                            "customFieldValueSet": [
                                {
                                    "name": "EXPORT",
                                    "customFieldValueList": {"customFieldValue": [{"value": "1"}]},
                                }
                            ]
                        }
                    }
                },
            }
        ],
    )

    answer = customer.get(f"{INVOICES}?deFlt=EXPORT==1")

    assert [id_of(item) for item in items_of(answer)] == ["2526305"]
    assert customer.get("/ja/v1/companyprofiles?deFlt=SIZE==SMALL")["totRecords"] == 3
    assert customer.get("/ja/v1/companyprofiles?deFlt=SIZE==BIG")["totRecords"] == 0


def test_what_is_not_there_is_a_404(customer):
    assert customer.get(f"{INVOICES}/1") == 404
    assert customer.get("/ji/v1/requisitions") == 404
    assert customer.raw("POST", INVOICES, b"{}")[0] == 405


def test_a_sample_number_can_be_used_as_an_own_record():
    assert sample("invoices", 7)["header"]["invoiceId"] == 2526310
