"""Connections: what follows from an address, what is asked for, what a check sends."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from connectors.models import Connection
from connectors.secrets import unseal_secret
from connectors.services import connection_create
from connectors.web.forms import SettingsForm, usual_token_url


@pytest.mark.parametrize(
    ("base", "token"),
    [
        (
            "https://acme.eu.api.jaggaer.com/j1p/api/public",
            "https://acme.eu.api.jaggaer.com/auth/realms/J1p-integrations/protocol/openid-connect"
            "/token",
        ),
        (
            "https://acme.bravosolution.co.uk/esop/jint/api/public/",
            "https://acme.bravosolution.co.uk/esop/jint/api/public/v1/tokens",
        ),
        ("https://gateway.example/jaggaer", ""),
        ("acme", ""),
    ],
)
def test_the_token_address_of_jaggaer_follows_from_its_api_address(base, token):
    assert usual_token_url(base) == token


def test_a_token_address_that_does_not_follow_is_asked_for(admin):
    given = {"base_url": "https://gateway.example/api", "client_id": "me", "client_secret": "s"}

    answer = admin.post(reverse("connection-new", args=["jaggaer"]), given)

    assert answer.status_code == 422
    assert "Enter it as JAGGAER gave it" in answer.context["form"].errors["token_url"][0]
    assert "<details open>" in answer.content.decode()


@pytest.mark.parametrize(
    ("more", "auth"),
    [({}, "basic"), ({"token_url": "https://id.example/token"}, "oauth2")],
)
def test_on_premises_a_key_logs_in_unless_a_token_address_is_named(customer, admin, more, auth):
    given = {"base_url": "https://erp.example:7048/BC/", "client_id": "me", "client_secret": "s"}

    admin.post(reverse("connection-new", args=["nav"]), {**given, **more})

    with customer.scope():
        made = Connection.objects.order_by("-created_at").first()
        assert made.settings.get("auth", "oauth2") == auth
        assert made.settings.get("token_url") == more.get("token_url")


def test_a_client_id_of_entra_logs_in_on_premises_by_the_organizations_own_domain(customer, log_in):
    person = log_in(customer.tenant, "admin")
    given = {
        "base_url": "https://erp.example:7048/BC/",
        "client_id": "6b6c4f0e-8f5e-4a39-9d53-0a4d5e6f7a81",
        "client_secret": "s",
    }

    person.post(reverse("connection-new", args=["nav"]), given)

    with customer.scope():
        made = Connection.objects.order_by("-created_at").first()
        assert made.settings.get("auth", "oauth2") == "oauth2"
        token_url = "https://login.microsoftonline.com/kestrel.example/oauth2/v2.0/token"
        assert made.settings["token_url"] == token_url


def test_an_address_in_the_cloud_needs_no_token_address(admin):
    cloud = "https://api.businesscentral.dynamics.com/v2.0/kestrel.example/production/"

    page = admin.get(reverse("connection-new", args=["nav"]), {"base_url": cloud})

    assert "in the cloud" in page.content.decode()
    assert "token_url" not in page.context["form"].fields


def test_an_address_in_the_cloud_without_its_tenant_takes_the_domain_of_the_person(customer, admin):
    given = {"base_url": "https://api.businesscentral.dynamics.com/v2.0/Production/"}

    page = admin.get(reverse("connection-new", args=["nav"]), given)
    secret = {"client_id": "me", "client_secret": "s"}
    admin.post(reverse("connection-new", args=["nav"]), {**given, **secret})

    assert "in the cloud" in page.content.decode()
    with customer.scope():
        made = Connection.objects.order_by("-created_at").first()
        token_url = "https://login.microsoftonline.com/kestrel.example/oauth2/v2.0/token"
        assert made.settings["token_url"] == token_url


def test_a_server_on_premises_asks_for_its_log_in(admin):
    page = admin.get(reverse("connection-new", args=["nav"]), {"base_url": "https://erp:7048/BC/"})

    assert "token_url" in page.context["form"].fields


def test_a_wrong_address_is_named_at_its_field_and_the_secret_is_not_sent_back(admin):
    answer = admin.post(
        reverse("connection-new", args=["jaggaer"]),
        {
            "base_url": "https://user:pw@j1p.example/api",
            "token_url": "https://id.example/token",
            "client_id": "me",
            "client_secret": "very-secret",
        },
    )

    assert answer.status_code == 422
    assert answer.context["form"].errors["base_url"]
    assert "very-secret" not in answer.content.decode()


@pytest.mark.parametrize(
    ("more", "status"),
    [({}, 422), ({"client_id": "me", "client_secret": "new"}, 302)],
)
def test_another_log_in_or_host_is_changed_together_with_its_credentials(
    customer, admin, more, status
):
    with customer.scope():
        made = connection_create(
            kind="nav",
            name="NAV by key",
            settings={"base_url": "https://erp.example:7048/BC/", "auth": "basic"},
            secret={"username": "me", "password": "key"},
        )
    page = reverse("connection-edit", args=[made.pk])
    given = {"name": "NAV", "base_url": "https://other.example:7048/BC/", "auth": ""}

    answer = admin.post(page, {**given, "token_url": "https://id.example/t", **more})

    assert answer.status_code == status
    with customer.scope():
        kept = Connection.objects.get(pk=made.pk)
        if status == 302:
            assert kept.settings["base_url"] == given["base_url"]
            assert unseal_secret(kept) == {"client_id": "me", "client_secret": "new"}
        else:
            assert answer.context["form"].errors["client_secret"]
            assert unseal_secret(kept) == {"username": "me", "password": "key"}


def test_a_check_sends_its_findings_and_keeps_them(customer, admin):
    id = customer.integration.ledger_id

    answer = admin.post(reverse("connection-check", args=[id]))

    text = answer.content.decode()
    assert sum(b'class="badge' in piece for piece in answer.pieces) > 3  # one by one
    assert re.search(r"nav \d+ works", text)
    assert text.rstrip().endswith("</html>")
    with customer.scope():
        assert Connection.objects.get(pk=id).health == "ok"


def test_a_list_among_the_settings_is_typed_with_commas():
    now = {"base_url": "https://nav.example/BC/", "shortcut_dimensions": ["DEPARTMENT", "AREA"]}
    shown = SettingsForm("nav", now).initial
    typed = {name: value for name, value in shown.items() if value is not None}

    form = SettingsForm("nav", now, {**typed, "name": "NAV", "local_currency": "GBP"})

    assert shown["shortcut_dimensions"] == "DEPARTMENT, AREA"
    assert form.is_valid(), form.errors
    assert form.settings()["shortcut_dimensions"] == ["DEPARTMENT", "AREA"]
    assert form.settings()["local_currency"] == "GBP"
