"""What is entered for a connection to NAV, and the addresses that are made of it."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import SettingsError
from connectors.nav import urls
from connectors.nav.connector import NavConnector
from connectors.nav.settings import parse_secret, parse_settings

CLOUD = "https://api.businesscentral.dynamics.com/v2.0/contoso.example/Production/"
ON_PREMISES = {"base_url": "https://nav.example:7048/BC220/", "token_url": "https://id.example/t"}


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
        "https://nav.example:7048/BC220/api/beta/",
        "https://nav.example:7048/BC220/api/v1.0",
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
    "a blank in the address": ({**ON_PREMISES, "base_url": "https://nav.example/B C/"}, "base_url"),
    "brackets in it": ({**ON_PREMISES, "base_url": "https://nav.example/<BC>"}, "base_url"),
    "half a percent code": ({**ON_PREMISES, "base_url": "https://nav.example/BC%2/"}, "base_url"),
    "a blank in the token address": (
        {**ON_PREMISES, "token_url": "https://id.example/a token"},
        "token_url",
    ),
    "a token address without host": ({**ON_PREMISES, "token_url": "https://"}, "token_url"),
    "a quote in the scope": ({**ON_PREMISES, "scope": 'a "b"'}, "scope"),
    "a line break in the scope": ({**ON_PREMISES, "scope": "a\nb"}, "scope"),
    "a blank in the tenant": ({**ON_PREMISES, "tenant": "of us"}, "tenant"),
    "a slash in a service": (
        {**ON_PREMISES, "page_services": {"vendor": "a/b"}},
        "page_services.vendor",
    ),
    "a blank in a service": (
        {**ON_PREMISES, "page_services": {"vendor": "Vendor Card"}},
        "page_services.vendor",
    ),
    "no requests at all": ({**ON_PREMISES, "max_parallel": 0}, "max_parallel"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_wrong_settings_name_their_field(case):
    raw, path = case

    with pytest.raises(SettingsError) as caught:
        NavConnector.parse(raw, None)

    assert list(caught.value.fields) == [path]


def test_letters_of_any_language_and_blanks_around_settings_do_no_harm():
    found = parse_settings(
        {
            "base_url": " https://nav.example:7048/NAVærø%20X/\n",
            "token_url": "https://id.example/t?b=1 ",
            "scope": " api://nav/.default offline ",
            "page_services": {"vendor": " Leverandør_1-A.b\n"},
        }
    )

    assert found.base_url == "https://nav.example:7048/NAVærø%20X/"
    assert (found.token_url, found.scope) == (
        "https://id.example/t?b=1",
        "api://nav/.default offline",
    )
    assert found.page_services == {"vendor": "Leverandør_1-A.b"}


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
