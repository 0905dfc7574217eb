"""Settings, addresses, OData words and NAV's errors: tables of cases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.base import SettingsError
from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    Conflict,
    DocumentRefused,
    NotFound,
    RateLimited,
    TemporaryError,
    UnexpectedAnswer,
    UnknownOutcome,
)
from connectors.nav import odata, texts, urls
from connectors.nav.connector import NavConnector
from connectors.nav.errors import failure
from connectors.nav.metadata import field_lengths, missing, parse_metadata, without
from connectors.nav.pages.client import wire_body as pages_body
from connectors.nav.sandbox.metadata import metadata_xml
from connectors.nav.settings import parse_secret, parse_settings

CLOUD = "https://api.businesscentral.dynamics.com/v2.0/contoso.example/Production/"
ON_PREMISES = {"base_url": "https://nav.example:7048/BC220/", "token_url": "https://id.example/t"}

# ------------------------------------------------------------------------------------ settings


def test_the_cloud_needs_its_address_only():
    found = parse_settings({"base_url": CLOUD})

    host = "https://login.microsoftonline.com"
    assert found.token_url == f"{host}/contoso.example/oauth2/v2.0/token"
    assert found.scope == "https://api.businesscentral.dynamics.com/.default"
    assert (found.dialect, found.auth, found.max_parallel) == ("auto", "oauth2", 5)
    assert (found.requests_per_5_minutes, found.timeout_seconds) == (6000, 60)
    assert found.settle_seconds == 1020


@pytest.mark.parametrize(
    ("token_url", "scope"),
    [
        (
            "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token",
            "https://api.businesscentral.dynamics.com/.default",
        ),
        ("https://id.example/t", ""),
    ],
)
def test_on_premises_entra_is_asked_for_the_audience_that_servers_take(token_url, scope):
    assert parse_settings({**ON_PREMISES, "token_url": token_url}).scope == scope


@pytest.mark.parametrize(
    "address",
    [
        "https://nav.example:7048/BC220",
        "https://nav.example:7048/BC220/",
        "https://nav.example:7048/BC220/api/v2.0/",
        "https://nav.example:7048/BC220/api/v2.0",
        "https://nav.example:7048/BC220/ODataV4/",
    ],
)
def test_the_api_path_may_stand_in_the_address_or_not(address):
    assert parse_settings({**ON_PREMISES, "base_url": address}).base_url == (
        "https://nav.example:7048/BC220/"
    )


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no address": ({}, "base_url"),
    "no server": ({"base_url": "https:///BC/"}, "base_url"),
    "another scheme": ({"base_url": "ftp://nav.example/BC"}, "base_url"),
    "credentials in the address": ({"base_url": "https://a:b@nav.example/BC"}, "base_url"),
    "a query": ({"base_url": "https://nav.example/BC/?tenant=x"}, "base_url"),
    "a port that is none": ({"base_url": "https://nav.example:x/BC/"}, "base_url"),
    "no token address outside the cloud": ({"base_url": "https://nav.example/BC"}, "token_url"),
    "a cloud address without tenant": (
        {"base_url": "https://api.businesscentral.dynamics.com/v2.0/Production/"},
        "token_url",
    ),
    "unknown field": ({**ON_PREMISES, "color": "red"}, "color"),
    "unknown dialect": ({**ON_PREMISES, "dialect": "soap"}, "dialect"),
    "unknown page": ({**ON_PREMISES, "page_services": {"items": "x"}}, "page_services.items"),
    "a number as text": ({**ON_PREMISES, "max_parallel": "5"}, "max_parallel"),
    "no currency": ({**ON_PREMISES, "local_currency": "pound"}, "local_currency"),
    "a list as text": ({**ON_PREMISES, "shortcut_dimensions": "A, B"}, "shortcut_dimensions"),
    "nine dimensions": ({**ON_PREMISES, "shortcut_dimensions": ["A"] * 9}, "shortcut_dimensions"),
    "no requests at all": ({**ON_PREMISES, "max_parallel": 0}, "max_parallel"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_wrong_settings_name_their_field(case):
    raw, path = case

    with pytest.raises(SettingsError) as caught:
        NavConnector.parse(raw, None)

    assert list(caught.value.fields) == [path]


SECRETS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "nothing": ("oauth2", {}, ["client_id", "client_secret"]),
    "user for a client": (
        "oauth2",
        {"username": "u", "password": "p"},
        ["client_id", "client_secret"],
    ),
    "client for a user": (
        "basic",
        {"client_id": "c", "client_secret": "s"},
        ["username", "password"],
    ),
    "blank": ("oauth2", {"client_id": "c", "client_secret": " "}, ["client_secret"]),
    "unknown": ("basic", {"username": "u", "password": "p", "pin": "1"}, ["pin"]),
}


@pytest.mark.parametrize("case", SECRETS.values(), ids=SECRETS)
def test_a_secret_must_fit_the_way_of_logging_in(case):
    auth, secret, paths = case

    with pytest.raises(SettingsError) as caught:
        parse_secret(secret, parse_settings({**ON_PREMISES, "auth": auth}))

    assert sorted(caught.value.fields) == sorted(paths)


def test_a_wrong_secret_is_named_beside_wrong_settings():
    with pytest.raises(SettingsError) as caught:
        NavConnector.parse({"base_url": "x", "auth": "basic"}, {"username": "ann"})

    assert set(caught.value.fields) == {"base_url", "secret.password"}


def test_parsed_settings_parse_again_to_the_same():
    told = {"local_currency": "gbp", "shortcut_dimensions": ["department", ""]}
    once = NavConnector.parse({"base_url": CLOUD, **told}, None)

    assert (once["local_currency"], once["shortcut_dimensions"]) == ("GBP", ["DEPARTMENT", ""])
    assert NavConnector.parse(once, None) == once


def test_connections_of_one_client_id_share_their_budget():
    secret = {"client_id": "c", "client_secret": "s"}
    principal = NavConnector.principal({"base_url": CLOUD}, secret)

    assert (principal.user, principal.per_second, principal.max_parallel) == ("c", 19.6, 5)


# ------------------------------------------------------------------------------------ addresses

GUID = "824820a2-508c-ed11-aada-000d3a298ab3"


def test_keys_are_quoted_in_one_place():
    assert urls.company(GUID, "vendors") == f"companies({GUID})/vendors"
    assert urls.record("journals", GUID, "journalLines") == f"journals({GUID})/journalLines"
    assert urls.text_key("O'Neill & Co") == "'O''Neill%20%26%20Co'"


@pytest.mark.parametrize("key", ["", "x", "1) or (1 eq 1", f"{GUID}/x", f"'{GUID}'", None])
def test_what_is_no_record_id_makes_no_path(key):
    with pytest.raises(ValueError):
        urls.company(key)


def test_a_multitenant_servers_tenant_goes_with_every_request():
    root = urls.Root("api/v2.0/", "a b")

    assert root.params({"$top": "1"}) == {"$top": "1", "tenant": "a b"}
    assert root.with_tenant("api/v2.0/$batch") == "api/v2.0/$batch?tenant=a%20b"


# ------------------------------------------------------------------------------------ OData

LITERALS = {
    "text": ("A-17", "'A-17'"),
    "a quote": ("O'Neill", "'O''Neill'"),
    "an attack": ("x' or number ne '", "'x'' or number ne '''"),
    "unicode": ("Müller 株", "'Müller 株'"),
    "a day": (date(2026, 1, 1), "2026-01-01"),
    "an instant": (datetime(2026, 1, 1, 9, 0, 0, 123456, UTC), "2026-01-01T09:00:00.123Z"),
    "an instant elsewhere": (
        datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=2))),
        "2026-01-01T07:00:00.000Z",
    ),
    "a decimal": (Decimal("1E+2"), "100"),
    "a number": (5, "5"),
    "a truth": (True, "true"),
}


@pytest.mark.parametrize("case", LITERALS.values(), ids=LITERALS)
def test_filter_literals_are_escaped(case):
    value, text = case
    assert odata.literal(value) == text


@pytest.mark.parametrize("value", ["a\x00b", "a\nb", "\ud800", 1.5, None])
def test_what_has_no_literal_is_refused(value):
    with pytest.raises(ValueError):
        odata.literal(value)


def test_alternatives_stand_in_brackets_beside_another_condition():
    vendors = odata.any_of("vendorNumber", ["1", "2"])

    assert odata.both(vendors, "status eq 'Draft'") == (
        "(vendorNumber eq '1' or vendorNumber eq '2') and status eq 'Draft'"
    )


ENUMS = {
    "G/L Account": "G_x002F_L_x0020_Account",
    "": "_x0020_",
    "Non-Inventory": "Non_x002D_Inventory",
    "Charge (Item)": "Charge_x0020__x0028_Item_x0029_",
    "Draft": "Draft",
}


@pytest.mark.parametrize("name", ENUMS)
def test_enum_words_travel_encoded_and_are_read_in_both_forms(name):
    assert odata.encode_enum(name) == ENUMS[name]
    assert odata.decode_enum(ENUMS[name]) == name
    assert odata.decode_enum(name) == name


def test_empty_values_are_none():
    assert odata.parse_date("0001-01-01") is None
    assert odata.parse_date("") is None
    assert odata.parse_instant("0001-01-01T00:00:00Z") is None
    assert odata.is_blank_id(urls.ZERO_GUID)
    assert odata.parse_date("2026-01-10") == date(2026, 1, 10)
    assert odata.parse_instant("2026-01-10T09:00:00Z") == datetime(2026, 1, 10, 9, tzinfo=UTC)


@pytest.mark.parametrize("value", ["10/01/2026", "2026-13-01"])
def test_a_date_that_is_none_is_an_unexpected_answer(value):
    with pytest.raises(UnexpectedAnswer):
        odata.parse_date(value)


BODIES = {
    "decimals exactly": ({"a": Decimal("19.990"), "b": Decimal("1E+3")}, '{"a":19.990,"b":1000}'),
    "28 digits": ([Decimal("1234567890123456789.123456789")], "[1234567890123456789.123456789]"),
    "order kept": ({"z": 1, "a": {"y": None, "b": [True]}}, '{"z":1,"a":{"y":null,"b":[true]}}'),
    "unicode": ({"n": 'Müller "株"'}, '{"n":"Müller \\"株\\""}'),
}


@pytest.mark.parametrize("case", BODIES.values(), ids=BODIES)
def test_bodies_are_written_exactly(case):
    body, text = case
    assert odata.dumps(body).decode() == text


@pytest.mark.parametrize("value", [1.5, Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_amount_is_never_written(value):
    with pytest.raises(ValueError):
        odata.dumps({"amount": value})


def test_stored_decimals_become_numbers_and_other_text_stays():
    stored = {"number": "0010", "lines": [{"quantity": "2.50", "description": "2.50"}]}

    assert odata.wire_body(stored) == {
        "number": "0010",
        "lines": [{"quantity": Decimal("2.50"), "description": "2.50"}],
    }


CODES = {" a-17 ": "A-17", "straße": "STRAßE", "ñandú": "ÑANDÚ", "": ""}


@pytest.mark.parametrize("text", CODES)
def test_codes_are_upper_case_without_blanks_around(text):
    assert odata.code(text) == CODES[text]


def test_a_key_of_our_own_that_is_too_long_keeps_its_start_and_gets_a_tail():
    first, second = texts.own_key("A" * 30 + "1", 20), texts.own_key("A" * 30 + "2", 20)

    assert len(first) == len(second) == 20
    assert first != second
    assert first == texts.own_key("A" * 30 + "1", 20)
    assert texts.own_key("short", 20) == "short"


@pytest.mark.parametrize("number", ["", "   ", "x" * 36])
def test_somebody_elses_number_is_refused_rather_than_cut(number):
    with pytest.raises(ValueError):
        texts.foreign_code(number, 35, "external_number")


def test_texts_become_one_line_without_control_characters():
    assert texts.shorten("a\x00b\tc\ud800 \n d", 10) == "a b c d"
    assert texts.shorten("abcdefghij", 5) == "abcd…"


# ------------------------------------------------------------------------------------ errors

W, R = True, False
D = "Application_DialogException"
ERRORS: dict[str, tuple[bool, int, Any, type[Exception]]] = {
    "AL error on a write": (W, 400, D, DocumentRefused),
    "AL error on a read: no rights": (R, 400, D, ConfigurationError),
    "too long": (W, 400, "Application_StringExceededLength", DocumentRefused),
    "table relation": (W, 400, "Internal_InvalidTableRelation", DocumentRefused),
    "unknown code": (W, 400, "Unknown", DocumentRefused),
    "read-only property": (W, 400, "BadRequest_InvalidOperation", DocumentRefused),
    "duplicate key, 400": (W, 400, "Internal_EntityWithSameKeyExists", Conflict),
    "duplicate key, 409": (W, 409, "Internal_EntityWithSameKeyExists", Conflict),
    "stale version": (W, 409, "Request_EntityChanged", Conflict),
    "no version": (W, 400, "BadRequest_InvalidToken", Conflict),
    "record gone, 404": (W, 404, "Internal_RecordNotFound", NotFound),
    "record gone, 400": (R, 400, "Internal_RecordNotFound", NotFound),
    "record gone, 409": (R, 409, "Internal_RecordNotFound", NotFound),
    "no such segment": (R, 404, "BadRequest_ResourceNotFound", NotFound),
    "no such company": (R, 404, "Internal_CompanyNotFound", ConfigurationError),
    "switched off": (R, 405, "BadRequest_MethodNotAllowed", ConfigurationError),
    "switched off, no body": (R, 405, None, ConfigurationError),
    "no such action": (W, 501, "BadRequest_MethodNotImplemented", ConfigurationError),
    "no such action, 400": (W, 400, "BadRequest_MethodNotImplemented", ConfigurationError),
    "credentials": (W, 401, "Authentication_InvalidCredentials", AuthenticationError),
    "credentials, gateway": (W, 401, None, AuthenticationError),
    "rights": (W, 403, "Authorization_RequestDenied", ConfigurationError),
    "rights, gateway": (R, 403, None, ConfigurationError),
    "a gateway in the way of a write": (W, 403, None, UnknownOutcome),
    "too many": (W, 429, None, RateLimited),
    "token host": (R, 400, "entra", AuthenticationError),
    "skip token": (R, 400, "SkipTokenIsNoLongerValid", TemporaryError),
    "server error, read": (R, 500, "Internal_ServerError", TemporaryError),
    "server error, write": (W, 500, "Internal_ServerError", UnknownOutcome),
    "server error with a code of refusal": (W, 500, D, UnknownOutcome),
    "tenant away, write": (W, 503, "Internal_TenantUnavailable", UnknownOutcome),
    "gateway, write": (W, 504, None, UnknownOutcome),
    "timeout, write": (W, 408, D, UnknownOutcome),
    "bare 400, write": (W, 400, None, UnknownOutcome),
    "bare 404, write": (W, 404, None, UnknownOutcome),
    "bare 409, write": (W, 409, None, UnknownOutcome),
    "redirect, write": (W, 302, None, UnknownOutcome),
    "redirect, read": (R, 302, None, ConfigurationError),
    "bare 400, read": (R, 400, None, UnexpectedAnswer),
    "bad filter": (R, 400, "BadRequest", UnexpectedAnswer),
}


@pytest.mark.parametrize("case", ERRORS.values(), ids=ERRORS)
def test_status_and_code_decide_what_happens_next(case):
    write, status, code, kind = case
    body: Any = {"error": {"code": code, "message": "text"}} if code else None
    if code == "entra":
        body = {"error": "invalid_client", "error_description": "AADSTS7000215"}

    error = failure(status, body, write=write)

    assert type(error) is kind
    assert error.status == status


def test_navs_words_are_shown_without_the_correlation_id_which_is_kept():
    text = "The vendor cannot be found.  CorrelationId:  7b4d0c34-0000-4a4e-9f00-b8e1e4c5a001."
    error = failure(400, {"error": {"code": D, "message": text}}, write=True)

    assert (error.code, error.message) == (D, "The vendor cannot be found.")
    assert error.request_id == "7b4d0c34-0000-4a4e-9f00-b8e1e4c5a001"


@pytest.mark.parametrize("status", [200, 201, 204])
def test_success_is_no_error(status):
    assert failure(status, None, write=True) is None


# ------------------------------------------------------------------------------------ metadata

EDMX = b"""<?xml version="1.0"?><edmx:Edmx Version="4.0" xmlns:edmx="x"><edmx:DataServices>
<Schema Namespace="Microsoft.NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="vendor"><Property Name="number" Type="Edm.String" MaxLength="12"/>
<Property Name="displayName" Type="Edm.String"/>
<NavigationProperty Name="currency" Type="Microsoft.NAV.currency"/></EntityType>
<EntityType Name="purchaseInvoice"><Property Name="id" Type="Edm.Guid"/></EntityType>
<Action Name="post" IsBound="true">
<Parameter Name="bindingParameter" Type="Microsoft.NAV.purchaseInvoice"/></Action>
<EntityContainer Name="NAV"><EntitySet Name="vendors" EntityType="Microsoft.NAV.vendor"/>
<EntitySet Name="purchaseInvoices" EntityType="Microsoft.NAV.purchaseInvoice"/>
</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""


def published(*hidden: str) -> bytes:
    """Return the metadata of our sandbox without some properties, named as `type.property`."""
    text = metadata_xml("v2.0", frozenset(), False).decode()
    for each in hidden:
        kind, _, name = each.partition(".")
        head, mark, rest = text.partition(f'<EntityType Name="{kind}">')
        text = head + mark + rest.replace(f'Name="{name}"', 'Name="gone"', 1)
    return text.encode()


def test_properties_that_an_instance_lacks_are_named_before_anything_is_sent():
    old = parse_metadata(
        published(
            "purchaseOrder.pricesIncludeTax",
            "purchaseInvoiceLine.dimensionSetLines",
            "purchaseInvoice.shortcutDimension2Code",
        )
    )

    assert (missing(parse_metadata(published())), without(parse_metadata(published()))) == ({}, {})
    assert missing(old) == {
        "purchase_orders": ["purchaseOrders.pricesIncludeTax"],
        "invoices": ["purchaseInvoiceLines.dimensionSetLines"],
    }
    assert list(without(old)) == ["purchaseInvoices.shortcutDimension2Code"]


def test_metadata_tells_sets_lengths_and_actions():
    found = parse_metadata(EDMX)

    assert (found.namespace, found.has("vendors"), found.has("accounts")) == (
        "Microsoft.NAV",
        True,
        False,
    )
    assert found.length("vendors", "number") == 12
    assert found.can("purchaseInvoices", "post")
    assert not found.can("vendors", "post")
    assert field_lengths(found)["vendor.number"] == 12
    assert field_lengths(found)["vendor.name"] == 100


def test_what_is_missing_is_named():
    lacking = missing(parse_metadata(EDMX))

    assert "vendors.taxRegistrationNumber" in lacking["suppliers"]
    assert "journals" in lacking["invoices"]


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'


@pytest.mark.parametrize("body", [BOMB, b"<html><body>log in</body></html>", b"{}", b""])
def test_what_is_no_metadata_is_refused(body):
    with pytest.raises(UnexpectedAnswer):
        parse_metadata(body)


def test_this_folder_asks_neither_the_sandbox_nor_another_connector():
    folder = Path(odata.__file__).parent
    for path in folder.glob("*.py"):
        text = path.read_text()
        assert "nav.sandbox" not in text, path.name
        assert "connectors.jaggaer" not in text, path.name


def test_members_go_out_in_navs_order_whatever_order_a_database_gave_them_back_in():
    stored = {"orderDate": "2026-01-10", "currencyCode": "EUR", "vendorNumber": "20000"}
    line = {"Type": "G/L Account", "No": "8210", "Line_No": 20000}

    assert list(odata.wire_body(stored)) == ["vendorNumber", "orderDate", "currencyCode"]
    assert list(pages_body(dict(sorted(line.items())))) == ["Line_No", "Type", "No"]
