"""Dimensions: inheritance, dimension set lines, checks at posting (NAV contract 4.5, 4.9)."""

import pytest

from tests.connectors.nav.sandbox.conftest import COMPANY, Api


def first_line(api: Api, invoice: dict) -> str:
    rows = api.rows(f"purchaseInvoices({invoice['id']})/purchaseInvoiceLines")
    return f"purchaseInvoiceLines({rows[0]['id']})"


def values(api: Api, parent: str) -> dict[str, str]:
    return {row["code"]: row["valueCode"] for row in api.rows(f"{parent}/dimensionSetLines")}


def test_lines_inherit_the_headers_dimensions(api: Api) -> None:
    invoice = api.invoice(shortcutDimension1Code="ADM", shortcutDimension2Code="SMALL")

    assert values(api, first_line(api, invoice)) == {"DEPARTMENT": "ADM", "CUSTOMERGROUP": "SMALL"}


def test_a_changed_header_dimension_reaches_existing_lines_without_asking(api: Api) -> None:
    invoice = api.invoice(shortcutDimension1Code="ADM")

    api.patch(f"purchaseInvoices({invoice['id']})", {"shortcutDimension1Code": "SALES"})

    assert values(api, first_line(api, invoice)) == {"DEPARTMENT": "SALES"}


def test_the_key_of_a_dimension_set_line_is_the_dimension(api: Api) -> None:
    department = api.rows("dimensions?$filter=code eq 'DEPARTMENT'")[0]
    line = first_line(api, api.invoice(shortcutDimension1Code="ADM"))

    row = api.get(f"{line}/dimensionSetLines({department['id']})").json

    assert (row["valueCode"], row["parentType"]) == (
        "ADM",
        "Purchase_x0020_Invoice_x0020_Line",
    )


def test_a_dimension_that_came_by_default_cannot_be_added_again(api: Api) -> None:
    invoice = api.invoice(vendor="50000")
    line = first_line(api, invoice)
    department = api.rows(f"{line}/dimensionSetLines")[0]

    again = api.post(f"{line}/dimensionSetLines", {"code": "DEPARTMENT", "valueCode": "SALES"})
    changed = api.patch(f"{line}/dimensionSetLines({department['id']})", {"valueCode": "SALES"})

    assert "The dimension set line already exists." in again.text
    assert (changed.status, changed.json["valueCode"]) == (200, "SALES")
    assert values(api, line) == {"DEPARTMENT": "SALES"}


@pytest.mark.parametrize("parent", ["header", "line"])
def test_a_written_dimension_gives_the_header_a_new_etag(api: Api, parent: str) -> None:
    invoice = api.invoice()
    header = f"purchaseInvoices({invoice['id']})"
    path = header if parent == "header" else first_line(api, invoice)

    answer = api.post(f"{path}/dimensionSetLines", {"code": "AREA", "valueCode": "30"})

    assert answer.status == 201
    assert api.get(header).json["@odata.etag"] != invoice["@odata.etag"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"valueCode": "ADM"}, 'The "id" or "code" field must be filled in.'),
        ({"code": "AREA"}, 'The "valueId" or "valueCode" field must be filled in.'),
        ({"code": "NONE", "valueCode": "X"}, 'The "code" does not match to a Dimension.'),
        ({"code": "AREA", "valueCode": "X"}, 'The "valueCode" does not match to a Dimension Value'),
        ({"id": COMPANY, "valueCode": "X"}, 'The "id" does not match to a Dimension.'),
    ],
)
def test_dimension_set_lines_are_refused_in_the_servers_words(
    api: Api, body: dict, text: str
) -> None:
    line = first_line(api, api.invoice())

    assert text in api.post(f"{line}/dimensionSetLines", body).text


def test_dimension_set_lines_need_their_parent_in_the_path(api: Api) -> None:
    read = api.get("dimensionSetLines")
    write = api.post("dimensionSetLines", {"code": "AREA", "valueCode": "30"})

    assert "You must get to the parent first to get to the dimension set line." in read.text
    assert "You must get to the parent first to create a dimension set line." in write.text


def test_dimensions_of_posted_documents_are_read_only(api: Api) -> None:
    invoice = api.invoice()
    api.action("purchaseInvoices", invoice["id"], "post")
    body = {"code": "AREA", "valueCode": "30"}

    answer = api.post(f"purchaseInvoices({invoice['id']})/dimensionSetLines", body)

    assert "dimension set lines are read only for parent type Purchase Invoice" in answer.text


def test_dimensions_reach_the_ledger_entries(api: Api) -> None:
    invoice = api.invoice(shortcutDimension1Code="ADM")
    api.action("purchaseInvoices", invoice["id"], "post")

    entries = api.rows("generalLedgerEntries?$expand=dimensionSetLines")

    cost = next(entry for entry in entries if entry["accountNumber"] == "8110")
    assert [row["valueCode"] for row in cost["dimensionSetLines"]] == ["ADM"]


def test_an_unknown_shortcut_code_is_refused_at_once(api: Api) -> None:
    answer = api.post(
        "purchaseInvoices", {"vendorNumber": "20000", "shortcutDimension1Code": "NOPE"}
    )

    assert answer.code == "Internal_InvalidTableRelation"


def test_a_blocked_dimension_value_is_refused_only_at_posting(api: Api) -> None:
    api.types("dimensionValues", "patch", key={"code": "ADM"}, values={"blocked": True})
    invoice = api.invoice(shortcutDimension1Code="ADM")

    answer = api.action("purchaseInvoices", invoice["id"], "post")

    assert "Dimension Value DEPARTMENT - ADM is blocked." in answer.text


def test_a_blocked_combination_is_refused_at_posting(api: Api) -> None:
    rule = {"dimension1": "DEPARTMENT", "dimension2": "CUSTOMERGROUP"}
    api.setup(dimensionCombinations=[rule])
    invoice = api.invoice(shortcutDimension1Code="ADM", shortcutDimension2Code="SMALL")

    answer = api.action("purchaseInvoices", invoice["id"], "post")

    assert "Dimensions DEPARTMENT and CUSTOMERGROUP can't be used concurrently." in answer.text


MANDATORY = [
    ("vendors", "20000", "Vendor 20000"),
    ("accounts", "8110", "G/L Account 8110"),
]


@pytest.mark.parametrize(("set_name", "number", "owner"), MANDATORY)
def test_a_mandatory_dimension_is_asked_for_at_posting(
    api: Api, set_name: str, number: str, owner: str
) -> None:
    rule = {"code": "DEPARTMENT", "postingValidation": "Code Mandatory"}
    api.types(set_name, "default_dimension", key={"number": number}, values=rule)
    without, with_it = api.invoice("A"), api.invoice("B", shortcutDimension1Code="ADM")

    refused = api.action("purchaseInvoices", without["id"], "post")

    assert f"Dimension Value Code for the Dimension Code DEPARTMENT for {owner}." in refused.text
    assert api.action("purchaseInvoices", with_it["id"], "post").status == 204


def test_an_accounts_default_wins_over_the_header_on_its_line(api: Api) -> None:
    rule = {"code": "DEPARTMENT", "valueCode": "PROD"}
    api.types("accounts", "default_dimension", key={"number": "8110"}, values=rule)

    invoice = api.invoice(shortcutDimension1Code="ADM")

    assert values(api, first_line(api, invoice)) == {"DEPARTMENT": "PROD"}


def test_default_dimensions_are_listed_by_way_of_their_card_alone(api: Api) -> None:
    rule = {"code": "DEPARTMENT", "postingValidation": "Code Mandatory"}
    api.types("vendors", "default_dimension", key={"number": "10000"}, values=rule)

    [card] = api.rows("vendors?$filter=number eq '10000'&$expand=defaultDimensions")

    assert [row["dimensionCode"] for row in card["defaultDimensions"]] == ["DEPARTMENT"]
    assert api.rows(f"vendors({card['id']})/defaultDimensions") == card["defaultDimensions"]
    assert api.rows(f"defaultDimensions?$filter=parentId eq {card['id']}")
    for path in ("defaultDimensions", "defaultDimensions?$filter=parentType eq 'Vendor'"):
        refused = api.get(path)
        assert refused.code == "Application_DialogException"
        assert refused.text.startswith("You must get to the parent first")


def test_vendor_default_dimensions_are_written_by_id(api: Api) -> None:
    vendor = api.vendor()
    dimension = api.rows("dimensions?$filter=code eq 'AREA'&$expand=dimensionValues")[0]
    value = dimension["dimensionValues"][1]
    path = f"vendors({vendor['id']})/defaultDimensions"
    body = {"dimensionId": dimension["id"], "dimensionValueId": value["id"]}

    made = api.post(path, body)
    again = api.post(path, body)

    assert (made.json["dimensionCode"], made.json["dimensionValueCode"]) == ("AREA", "30")
    assert made.json["parentType"] == "Vendor"
    assert again.code == "Internal_EntityWithSameKeyExists"
    assert api.post(path, {**body, "dimensionCode": "AREA"}).code == "BadRequest_InvalidOperation"
