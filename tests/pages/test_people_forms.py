"""Members, keys and the organization: invited, shown once, told in words."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from tenants.models import Membership
from tests import factories


def test_an_api_key_is_shown_once(admin):
    made = admin.post(reverse("api-keys"), {"name": "report", "role": "viewer"})

    key = made.context["key"]
    assert key in made.content.decode()
    assert key not in admin.get(reverse("api-keys")).content.decode()


def test_an_invitation_is_accepted_with_a_password(
    customer, admin, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(reverse("members"), {"email": "colleague@kestrel.example", "role": "operator"})
    link = re.search(r"/join/\S+", mailoutbox[-1].body)[0]
    guest = Client()

    joined = guest.post(link, {"password": "three quiet words here"}, follow=True)

    assert "You joined World Ltd." in joined.content.decode()
    with customer.scope():
        row = Membership.objects.get(user__email="colleague@kestrel.example")
        assert row.role == "operator"


def test_the_tenant_chooses_how_numbers_look(customer, admin):
    admin.post(reverse("organization"), {"name": "World Ltd", "time_zone": "UTC", "locale": "de"})

    text = admin.get(reverse("documents"), {"resource": "invoice"}).content.decode()

    assert re.search(r"\d,\d\d\N{NO-BREAK SPACE}GBP", text)


def test_who_belongs_to_nobody_is_told_so(db):
    client = Client()
    client.force_login(factories.user())

    answer = client.get("/")

    assert answer.status_code == 403
    assert "You belong to no organization" in answer.content.decode()


def test_a_page_that_does_not_exist_carries_a_reference(admin):
    answer = admin.get("/documents/none/")

    assert answer.status_code == 404
    assert answer.headers["X-Request-ID"] in answer.content.decode()


def test_the_only_administrator_is_offered_neither_another_role_nor_the_way_out(db, log_in):
    tenant = factories.tenant("Alone Ltd")
    client = log_in(tenant, "admin")
    alone = client.get(reverse("members")).content.decode()
    factories.member(tenant, "admin")
    two = client.get(reverse("members")).content.decode()

    assert ("The only administrator" in alone, alone.count(">Remove<")) == (True, 0)
    assert ("The only administrator" in two, two.count(">Remove<")) == (False, 2)


@pytest.mark.parametrize("name", ["documents", "suppliers", "reviews"])
def test_where_nothing_has_arrived_there_is_nothing_to_search(db, log_in, name):
    client = log_in(factories.tenant("New Ltd"), "admin")

    text = client.get(reverse(name)).content.decode()

    assert 'class="filters' not in text
    assert text.count('class="button main"') == 1
    assert "Go on with the set-up" in text
