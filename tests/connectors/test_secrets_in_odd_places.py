"""Secrets typed where they would lie in the open are refused; those quoted back are dotted."""

from __future__ import annotations

import copy
import json

import pytest

from audit.redaction import remember
from connectors.base import SettingsError
from connectors.errors import ChangedInLedger, ConnectorError, DocumentRefused, RateLimited
from connectors.jaggaer.settings import default_profile
from connectors.jaggaer.settings import parse_settings as parse_jaggaer
from connectors.nav.settings import parse_settings as parse_nav

HOST = "https://api.example"
JAGGAER = {"base_url": f"{HOST}/api", "token_url": f"{HOST}/token"}
HIDDEN = "hunter2-hidden"


@pytest.mark.parametrize("field", ["base_url", "token_url"])
@pytest.mark.parametrize(
    "address",
    [
        f"https://user:{HIDDEN}@api.example/token",
        f"https://{HIDDEN}@api.example/token",
        f"{HOST}/token?client_secret={HIDDEN}",
        f"{HOST}/token?a=1&api_key={HIDDEN}",
    ],
)
@pytest.mark.parametrize("parse", [parse_nav, parse_jaggaer])
def test_an_address_with_credentials_in_it_is_not_kept(parse, field, address):
    with pytest.raises(SettingsError) as refused:
        parse({**JAGGAER, field: address})

    assert field in refused.value.fields
    assert HIDDEN not in json.dumps(refused.value.fields)


def test_a_token_address_may_have_other_parameters():
    address = f"{HOST}/token?resource=https%3A%2F%2Ferp.example"

    assert parse_nav({"base_url": f"{HOST}/BC/", "token_url": address}).token_url == address


def profile(place: str, value: object) -> dict:
    """Return the default profile with one value put where a path leads."""
    changed = copy.deepcopy(dict(default_profile()))
    node = changed
    *steps, last = place.split("/")
    for step in steps:
        node = node.setdefault(step, {})
    node[last] = value
    return changed


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("connection/headers", {"X-Api-Key": HIDDEN}),
        ("connection/headers", {"X-Access-Token": HIDDEN}),
        ("connection/token/extraParams", {"client_assertion": HIDDEN}),
        ("connection/token/url", f"https://u:{HIDDEN}@api.example/token"),
        ("connection/token/url", f"{HOST}/token?client_secret={HIDDEN}"),
        ("connection/apiBaseUrl", f"https://u:{HIDDEN}@api.example/api"),
        ("resources/invoices/list/params", {"apikey": HIDDEN}),
    ],
)
def test_a_profile_with_credentials_in_it_is_not_kept(place, value):
    with pytest.raises(SettingsError) as refused:
        parse_jaggaer({**JAGGAER, "profile": profile(place, value)})

    told = json.dumps(refused.value.fields)
    assert "belong into the connection's secret" in told
    assert HIDDEN not in told


def test_a_header_may_carry_the_client_secret_by_its_placeholder():
    headers = {"X-Api-Key": "${JAGGAER_CLIENT_SECRET}", "X-Tenant": "WVU"}

    assert parse_jaggaer({**JAGGAER, "profile": profile("connection/headers", headers)})


@pytest.mark.parametrize("form", ["{}", "token={}", "refused: client abc with secret '{}'"])
@pytest.mark.parametrize(
    "error",
    [
        lambda text: DocumentRefused(text, detail=text),
        lambda text: ConnectorError(text, detail=text),
        lambda text: RateLimited(text, retry_after=1, detail=text),
        lambda text: ChangedInLedger(text, differences=[], detail=text),
    ],
)
def test_what_another_system_quotes_of_our_secrets_is_dotted_in_every_error(error, form):
    remember(HIDDEN)

    raised = error(form.format(HIDDEN))

    assert HIDDEN not in f"{raised} {raised!r} {raised.message} {raised.detail} {raised.args}"
