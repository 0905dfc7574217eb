"""The command that erases a person: says what went, what stays, and what was typed wrongly."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from sync.models import Version
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories
from tests.api import rows as make

pytestmark = pytest.mark.django_db
MAIL = "ann.jones@mill.example"


@pytest.fixture
def tenant() -> Tenant:
    found = factories.tenant()
    document = make.document(make.integration(found), reference="I-1", state="written")
    with tenant_scope(found.pk):
        Version.objects.create(
            document=document,
            number=9,
            source_version="1",
            payload={"invoicedBy": {"email": MAIL}},
            content={"_": "Invoice", "lines": [{"description": f"Ask {MAIL}", "quantity": "2"}]},
            received_at=timezone.now(),
        )
    return found


def told(tenant: Tenant, **person: str) -> str:
    out = io.StringIO()
    call_command("erase_person", tenant.slug, stdout=out, **person)
    return out.getvalue()


def test_it_erases_what_was_received_and_keeps_what_was_booked(tenant):
    said = told(tenant, mail=MAIL.upper())

    assert "done; erased: 1 versions" in said
    assert "kept, since they are what was booked: 1 versions" in said
    assert MAIL not in said
    with tenant_scope(tenant.pk):
        row = Version.objects.get(number=9)
    assert row.payload == {"invoicedBy": {"email": "[erased]"}}
    assert row.content["lines"][0]["description"] == f"Ask {MAIL}"


def test_without_a_person_it_goes_on_with_what_was_asked_for(tenant):
    told(tenant, mail=MAIL)

    assert "done" in told(tenant)


def test_another_customer_keeps_what_it_has(tenant):
    other = factories.tenant()

    assert "nothing was found" in told(other, mail=MAIL)

    with tenant_scope(tenant.pk):
        assert Version.objects.get(number=9).payload == {"invoicedBy": {"email": MAIL}}


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ({"mail": "ann"}, "--mail: A mail address"),
        ({"phone": "12345"}, "--phone: A telephone number of at least 7 digits"),
        ({"name": "Jones"}, "--name: First and last name"),
    ],
)
def test_what_would_find_too_much_is_refused(tenant, person, words):
    with pytest.raises(CommandError, match=words):
        told(tenant, **person)


def test_an_unknown_customer_is_named():
    with pytest.raises(CommandError, match="there is no customer nobody"):
        call_command("erase_person", "nobody", mail=MAIL)
