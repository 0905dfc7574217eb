"""Signing up: errors at their fields, and what is guessed so that it need not be asked."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tenants.organizations import organization_of

SIGN_UP = {
    "email": "ap@kestrel.example",
    "password": "three quiet words here",
    "time_zone": "Europe/Berlin",
}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("password", "short", "at least 12 characters"),
        ("email", "no address", "valid email"),
    ],
)
def test_sign_up_says_at_the_field_what_is_wrong(db, field, value, words):
    answer = Client().post(reverse("signup"), {**SIGN_UP, field: value})

    said = " ".join(answer.context["form"].errors.get(field, []))
    assert answer.status_code == 422
    assert words in said


def test_sign_up_leads_to_the_set_up(db):
    client = Client()

    answer = client.post(reverse("signup"), SIGN_UP, follow=True)

    assert answer.redirect_chain[-1][0] == reverse("setup")
    assert "Connect JAGGAER" in answer.content.decode()


@pytest.mark.parametrize(
    ("zone", "kept"), [("Asia/Tokyo", "Asia/Tokyo"), ("Mars/Olympus", "UTC"), ("", "UTC")]
)
def test_sign_up_guesses_the_organization_and_takes_the_zone_of_the_browser(db, zone, kept):
    client = Client()

    page = client.post(reverse("signup"), {**SIGN_UP, "time_zone": zone}, follow=True)

    tenant = page.wsgi_request.tenant
    assert (tenant.name, tenant.time_zone) == ("Kestrel", kept)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("ap@kestrel.example", "Kestrel"),
        ("ap@mail.north-sea-ports.co.uk", "North Sea Ports"),
        ("maria.weber@gmail.com", "Maria Weber"),
        ("ap@localhost", "Ap"),
        ("", "My organization"),
    ],
)
def test_an_organization_is_named_after_its_mail(address, name):
    assert organization_of(address) == name
