"""OData behavior: paths, properties, ETags, filters, paging, expand (NAV contract 1, 5, 9)."""

import xml.etree.ElementTree as ElementTree

import pytest

from tests.connectors.nav.sandbox.conftest import BASE, COMPANY, Api

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@pytest.mark.parametrize(
    "path",
    [
        f"{BASE}/vendorLedgerEntries",
        f"{BASE}/contactInformation",
        f"/BC/api/v1.0/companies({COMPANY})/purchaseOrders",
        f"/BC/api/beta/companies({COMPANY})/purchaseOrders",
        "/BC/api/v2.0/nonsense",
    ],
)
def test_an_unknown_set_is_not_found(api: Api, path: str) -> None:
    answer = api.get(path)

    assert answer.status == 404
    assert answer.code == "BadRequest_ResourceNotFound"
    assert "Resource not found for the segment" in answer.text
    assert "  CorrelationId:  " in answer.text


def test_an_unknown_route_is_not_found(api: Api) -> None:
    answer = api.get("/BC/somewhere/else")

    assert (answer.status, answer.code) == (404, "BadRequest_NotFound")


@pytest.mark.parametrize("set_name", ["accounts", "dimensions", "purchaseReceipts"])
def test_a_write_to_a_read_only_set_is_not_allowed(api: Api, set_name: str) -> None:
    answer = api.post(set_name, {"number": "1"})

    assert (answer.status, answer.code) == (405, "BadRequest_MethodNotAllowed")


def test_a_read_only_property_is_refused(api: Api) -> None:
    answer = api.post("purchaseInvoices", {"vendorNumber": "20000", "number": "1"})

    assert (answer.status, answer.code) == (400, "BadRequest_InvalidOperation")


@pytest.mark.parametrize(
    "query", ["$filter=nothing eq 1", "$select=nothing", "$orderby=nothing", "$expand=nothing"]
)
def test_an_unknown_property_is_refused_in_a_query(api: Api, query: str) -> None:
    answer = api.get(f"vendors?{query}")

    assert (answer.status, answer.code) == (400, "BadRequest")
    assert "Could not find a property named 'nothing'" in answer.text


def test_an_unknown_query_option_is_refused(api: Api) -> None:
    answer = api.get("vendors?$fitler=number eq '20000'")

    assert (answer.status, answer.code) == (400, "BadRequest_InvalidRequestUrl")


def test_null_is_no_value_where_the_metadata_says_so(api: Api) -> None:
    answer = api.post("purchaseInvoices", {"vendorNumber": None})

    assert (answer.status, answer.code) == (400, "BadRequest")
    assert "null" in answer.text


def test_an_unknown_property_is_refused_in_a_body(api: Api) -> None:
    answer = api.post("vendors", {"displayName": "A", "payToVendorNumber": "20000"})

    assert (answer.status, answer.code) == (400, "BadRequest")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"displayName": "x" * 101}, "Application_StringExceededLength"),
        ({"displayName": 5}, "BadRequest"),
        ({"blocked": "Nonsense"}, "Unknown"),
        ({"currencyId": "not-a-guid"}, "Application_InvalidGUID"),
        ({"paymentTermsId": COMPANY}, "Application_DialogException"),
        ({"country": "XX"}, "Internal_InvalidTableRelation"),
        ("not json", "BadRequest"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(api: Api, body: object, code: str) -> None:
    answer = api.post("vendors", body)

    assert (answer.status, answer.code) == (400, code)
    assert len(api.rows("vendors")) == 5


def test_a_currency_code_is_cut_and_not_refused(api: Api) -> None:
    answer = api.post("vendors", {"displayName": "A", "currencyCode": "EUROPEANMONEY"})

    assert 'The "currencyCode" does not match to a Currency.' in answer.text


def test_empty_values_have_their_own_form(api: Api) -> None:
    vendor = api.post("vendors", {"displayName": "New"}).json
    order = api.order()

    assert vendor["blocked"] == "_x0020_"
    assert vendor["currencyId"] == "00000000-0000-0000-0000-000000000000"
    assert vendor["currencyCode"] == "GBP"
    assert order["requestedReceiptDate"] == "0001-01-01"
    assert order["shipToName"] == ""


@pytest.mark.parametrize("name", ["Payment", "All", " ", "_x0020_"])
def test_enum_names_are_taken_in_both_forms(api: Api, name: str) -> None:
    answer = api.patch(f"vendors({api.vendor()['id']})", {"blocked": name})

    assert answer.status == 200
    assert answer.json["blocked"] == (name if name.isalpha() else "_x0020_")


@pytest.mark.parametrize("match", [None, "", "garbage"])
def test_a_patch_without_a_usable_if_match_is_refused(api: Api, match: str | None) -> None:
    answer = api.patch(f"vendors({api.vendor()['id']})", {"city": "Leeds"}, match)

    assert (answer.status, answer.code) == (400, "BadRequest_InvalidToken")


def test_a_stale_etag_is_a_conflict(api: Api) -> None:
    vendor = api.vendor()
    path, etag = f"vendors({vendor['id']})", vendor["@odata.etag"]

    first = api.patch(path, {"city": "Leeds"}, etag)
    second = api.patch(path, {"city": "York"}, etag)

    assert first.status == 200
    assert (second.status, second.code) == (409, "Request_EntityChanged")
    assert api.vendor()["city"] == "Leeds"


def test_a_changed_line_gives_its_header_a_new_etag(api: Api, clock) -> None:
    invoice = api.invoice()
    path = f"purchaseInvoices({invoice['id']})"
    line = api.rows(f"{path}/purchaseInvoiceLines")[0]
    clock.advance(1)

    api.patch(f"purchaseInvoiceLines({line['id']})", {"quantity": 2}, line["@odata.etag"])
    after = api.get(path).json

    assert after["@odata.etag"] != invoice["@odata.etag"]
    assert after["lastModifiedDateTime"] > invoice["lastModifiedDateTime"]
    assert after["totalAmountExcludingTax"] == 200


def test_a_get_may_change_the_etag_where_the_instance_recalculates(api: Api) -> None:
    api.switch(get_changes_etag=True)
    invoice = api.invoice()

    read = api.get(f"purchaseInvoices({invoice['id']})").json

    assert read["@odata.etag"] != invoice["@odata.etag"]
    assert api.get(f"purchaseInvoices({invoice['id']})").json == read


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        ("number eq '20000'", ["20000"]),
        ("number ge '40000'", ["40000", "50000"]),
        ("number eq '20000' or number eq '50000'", ["20000", "50000"]),
        ("country eq 'GB' and not (number eq '20000')", ["40000", "50000"]),
        ("startswith(displayName,'Wide')", ["40000"]),
        ("contains(displayName,'o') and country ne 'GB'", []),
        ("endswith(email,'contoso.com') and number lt '20000'", ["10000"]),
        ("tolower(displayName) eq 'nod publishers'", ["50000"]),
        ("blocked eq ' ' and currencyCode eq 'EUR'", ["30000"]),
        ("currencyCode eq 'GBP'", ["20000", "40000", "50000"]),
        ("blocked eq '_x0020_' and city eq 'Surrey'", ["20000"]),
        ("displayName eq 'O''Neill'", []),
        ("lastModifiedDateTime ge 2020-01-01T00:00:00Z and number gt '30000'", ["40000", "50000"]),
        ("lastModifiedDateTime gt 2027-01-01T00:00:00.000Z", []),
        ("balance eq 0 and number le '10000'", ["10000"]),
    ],
)
def test_filters_choose_rows(api: Api, condition: str, numbers: list[str]) -> None:
    rows = api.rows(f"vendors?$filter={condition}&$select=number")

    assert [row["number"] for row in rows] == numbers


@pytest.mark.parametrize(
    "condition",
    [
        "number eq 'A' or displayName eq 'B'",
        "number eq",
        "number in ('A','B')",
        "startswith(tolower(displayName),'a')",
        "id eq 'text'",
        "number eq '20000' and",
        "(number eq '20000'",
    ],
)
def test_filters_the_server_cannot_read_are_refused(api: Api, condition: str) -> None:
    assert api.get(f"vendors?$filter={condition}").status == 400


def test_a_filter_value_longer_than_its_field_is_refused(api: Api) -> None:
    answer = api.get(f"vendors?$filter=number eq '{'1' * 21}'")

    assert answer.code == "Application_FilterErrorException"


def test_schema_version_2_1_knows_in_and_nested_functions(api: Api) -> None:
    rows = api.rows("vendors?$schemaversion=2.1&$filter=number in ('10000','30000')")
    nested = api.rows("vendors?$schemaversion=2.1&$filter=startswith(tolower(displayName),'wide')")

    assert [row["number"] for row in rows] == ["10000", "30000"]
    assert [row["number"] for row in nested] == ["40000"]


def test_the_instant_of_a_change_is_found_with_its_milliseconds(api: Api) -> None:
    stamp = api.invoice()["lastModifiedDateTime"]

    assert len(api.rows(f"purchaseInvoices?$filter=lastModifiedDateTime eq {stamp}")) == 1
    assert len(api.rows(f"purchaseInvoices?$filter=lastModifiedDateTime ge {stamp}")) == 1
    assert len(api.rows(f"purchaseInvoices?$filter=lastModifiedDateTime gt {stamp}")) == 0


@pytest.mark.parametrize(
    "query",
    [
        "vendors?$select=number",
        "vendors?$orderby=number desc",
        "vendors?$orderby=lastModifiedDateTime",
        "vendors?$orderby=lastModifiedDateTime desc",
        "vendors?$orderby=country desc,displayName",
        "vendors?$filter=country eq 'GB'&$orderby=displayName",
        "vendors?$filter=lastModifiedDateTime gt 2020-01-01T00:00:00Z",
        "vendors?$top=4",
        "vendors?$skip=1&$top=3",
    ],
)
def test_pages_follow_the_next_link_without_loss_or_repetition(api: Api, query: str) -> None:
    whole = [row["@odata.etag"] for row in api.rows(query)]
    seen, link = [], f"{BASE}/{query}"

    while link:
        page = api.get(link, Prefer="odata.maxpagesize=2").json
        seen += [row["@odata.etag"] for row in page["value"]]
        link = page.get("@odata.nextLink", "").removeprefix(api.server.url)

    assert len(page["value"]) <= 2
    assert seen == whole


def test_the_server_sets_the_largest_page(make_api) -> None:
    api = make_api(switches={"page_size": 2})

    page = api.get("vendors", Prefer="odata.maxpagesize=1000").json

    assert len(page["value"]) == 2
    assert "aid=FIN&$skiptoken=" in page["@odata.nextLink"]


def test_an_old_skip_token_is_refused(api: Api, clock) -> None:
    api.switch(skiptoken_lifetime=60, page_size=2)
    link = api.get("vendors").json["@odata.nextLink"].removeprefix(api.server.url)
    clock.advance(61)
    api.token = api.new_token()

    assert api.get(link).code == "SkipTokenIsNoLongerValid"


def test_count_does_not_depend_on_the_page(api: Api) -> None:
    answer = api.get("vendors?$count=true&$top=1&$filter=country eq 'GB'").json

    assert (answer["@odata.count"], len(answer["value"])) == (3, 1)
    assert api.get("vendors/$count").body == b"5"


def test_expand_goes_two_levels_deep(api: Api) -> None:
    invoice = api.invoice(shortcutDimension1Code="ADM")
    query = "$expand=purchaseInvoiceLines($expand=dimensionSetLines;$select=sequence),vendor"

    shown = api.get(f"purchaseInvoices({invoice['id']})?{query}").json

    line = shown["purchaseInvoiceLines"][0]
    assert shown["vendor"]["number"] == "20000"
    assert line["sequence"] == 10000
    assert "quantity" not in line
    assert line["dimensionSetLines"][0]["valueCode"] == "ADM"


def test_a_deep_insert_answers_without_children(api: Api) -> None:
    assert "purchaseInvoiceLines" not in api.invoice()

    api.switch(deep_insert_returns_children=True)

    assert len(api.invoice("INV-2")["purchaseInvoiceLines"]) == 1


@pytest.mark.parametrize(
    "scope",
    [
        "vendors?company=CRONUS International Ltd.",
        f"vendors?company={COMPANY}",
        f"companies({COMPANY})/vendors",
        "vendors",
    ],
)
def test_a_company_is_named_by_path_or_parameter(api: Api, scope: str) -> None:
    assert len(api.rows(f"/BC/api/v2.0/{scope}")) == 5
    assert len(api.rows(f"/v2.0/contoso.com/Production/api/v2.0/{scope}")) == 5


def test_an_unknown_company_is_not_found(api: Api) -> None:
    answer = api.get("/BC/api/v2.0/companies(00000000-0000-0000-0000-000000000001)/vendors")

    assert (answer.status, answer.code) == (404, "Internal_CompanyNotFound")


def test_a_multitenant_server_wants_its_tenant_and_keeps_it_in_next_links(api: Api) -> None:
    api.switch(required_tenant="default", page_size=2)

    assert api.get("vendors").status == 404
    page = api.get("vendors?tenant=default").json

    assert "tenant=default" in page["@odata.nextLink"]
    assert api.get(page["@odata.nextLink"].removeprefix(api.server.url)).status == 200


def test_metadata_describes_what_the_instance_publishes(api: Api) -> None:
    api.switch(hidden=["purchaseReceipts", "purchaseInvoices.post"])

    schema = ElementTree.fromstring(api.get("/BC/api/v2.0/$metadata").body)
    types = {t.get("Name"): t for t in schema.iter(f"{EDM}EntityType")}
    fields = {p.get("Name"): p for p in types["purchaseInvoice"].iter(f"{EDM}Property")}
    actions = [p.get("Type") for p in schema.iter(f"{EDM}Parameter")]

    assert fields["vendorInvoiceNumber"].get("MaxLength") == "35"
    assert fields["status"].get("Type") == "Microsoft.NAV.invoiceEntityAggregateStatus"
    assert "purchaseReceipt" not in types
    assert "Microsoft.NAV.purchaseInvoice" not in actions
    assert "Microsoft.NAV.journal" in actions
    assert api.get("purchaseReceipts").status == 404


def test_api_services_switched_off_answer_405(api: Api) -> None:
    api.switch(api_enabled=False)

    assert api.get("vendors").status == 405


def test_a_write_with_read_only_intent_is_refused(api: Api) -> None:
    answer = api.post("vendors", {"displayName": "A"}, Data_Access_Intent="ReadOnly")

    assert answer.status == 400
    assert api.get("vendors", Data_Access_Intent="ReadOnly").status == 200


def test_missing_permission_comes_as_400(api: Api) -> None:
    api.switch(denied_sets=["purchaseOrders"])

    answer = api.get("purchaseOrders")

    assert (answer.status, answer.code) == (400, "Application_DialogException")
    assert "You do not have permissions to read Purchase Orders." in answer.text


@pytest.mark.parametrize("status", [400, 409])
def test_a_duplicate_key_has_its_code_whatever_the_status(api: Api, status: int) -> None:
    api.switch(duplicate_key_status=status)

    answer = api.post("vendors", {"number": "20000", "displayName": "Again"})

    assert (answer.status, answer.code) == (status, "Internal_EntityWithSameKeyExists")


def test_code_fields_are_upper_case_and_found_in_any_case(api: Api) -> None:
    invoice = api.invoice("inv-7a")

    found = api.rows("purchaseInvoices?$filter=vendorInvoiceNumber eq 'inv-7a'")

    assert invoice["vendorInvoiceNumber"] == "INV-7A"
    assert [row["id"] for row in found] == [invoice["id"]]
