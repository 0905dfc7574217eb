"""Coming in: mailed links, the second step, the switch of organizations, and no answer that tells
a stranger which addresses are known here."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants.models import Tenant, User
from tests import factories

pytestmark = pytest.mark.django_db
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NEW = "another long passphrase"
KNOWN, UNKNOWN = "known@kestrel.example", "unknown@kestrel.example"
SIGN_UP = {
    "organization": "Kestrel",
    "password": factories.PASSWORD,
    "time_zone": "UTC",
}


@pytest.fixture(autouse=True)
def fresh_limits():
    """Attempts are counted in the cache, which tests share."""
    cache.clear()


@pytest.fixture
def person():
    return factories.member(factories.tenant(), "admin").user


@pytest.fixture
def mailed(settings):
    settings.MAIL_VERIFICATION = True


def first_step(person: User) -> Client:
    client = Client()
    given = {"login": person.email, "password": factories.PASSWORD}
    answer = client.post(reverse("account_login"), given)
    assert answer.url == reverse("mfa_authenticate")
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


def test_the_second_step_takes_the_digits_of_the_app(person):
    TOTP.activate(person, SEED)
    client = first_step(person)
    assert not is_in(client)

    counter = next(iter(yield_hotp_counters_from_time()))
    digits = format_hotp_value(hotp_value(SEED, counter))
    client.post(reverse("mfa_authenticate"), {"code": digits})

    assert is_in(client)


def test_wrong_digits_let_nobody_in_and_say_so(person):
    TOTP.activate(person, SEED)
    client = first_step(person)

    answer = client.post(reverse("mfa_authenticate"), {"code": "12x456"})

    assert answer.context["form"].errors["code"]
    assert not is_in(client)


def test_a_recovery_code_lets_in_once(person):
    TOTP.activate(person, SEED)
    code = RecoveryCodes.activate(person).get_unused_codes()[0]
    client, later = first_step(person), first_step(person)

    client.post(reverse("mfa_authenticate"), {"code": code})
    later.post(reverse("mfa_authenticate"), {"code": code})

    assert is_in(client)
    assert not is_in(later)


def test_the_mailed_link_asks_for_a_click_and_then_leads_to_the_set_up(
    mailed, django_capture_on_commit_callbacks
):
    client = Client()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("signup"), {**SIGN_UP, "email": UNKNOWN})
    link = re.search(r"/signup/[\w.:-]+/", mail.outbox[-1].body)[0]

    opened = client.get(link)
    exists_before = User.objects.filter(email=UNKNOWN).exists()
    done = client.post(link, follow=True)

    assert b"<button" in opened.content
    assert not exists_before
    assert done.redirect_chain[-1][0] == reverse("setup")


def test_a_mailed_link_that_was_used_says_so(mailed, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        Client().post(reverse("signup"), {**SIGN_UP, "email": UNKNOWN})
    link = re.search(r"/signup/[\w.:-]+/", mail.outbox[-1].body)[0]
    Client().post(link)

    again = Client().post(link)

    assert again.status_code == 422
    assert again.context["problem"]


@pytest.mark.parametrize(
    ("page", "given"),
    [("signup", SIGN_UP), ("account_reset_password", {})],
)
def test_a_known_address_gets_the_answer_of_an_unknown_one(mailed, page, given):
    factories.user(KNOWN)

    answers = [
        Client().post(reverse(page), {**given, "email": email}, follow=True)
        for email in (KNOWN, UNKNOWN)
    ]

    known, unknown = (answer.content.decode() for answer in answers)
    assert answers[0].status_code == answers[1].status_code == 200
    assert without_own(known, KNOWN) == without_own(unknown, UNKNOWN)
    assert "mail" in known


def test_a_wrong_password_reads_like_an_unknown_address():
    factories.user(KNOWN)

    said = [
        Client()
        .post(reverse("account_login"), {"login": email, "password": "not this one at all"})
        .context["form"]
        .errors
        for email in (KNOWN, UNKNOWN)
    ]

    assert said[0] == said[1] != {}


def without_own(page: str, email: str) -> str:
    """Take out of a page what differs between any two requests: tokens, address, reference."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
    return page.replace(email, "")


def test_another_password_ends_the_sessions_on_other_devices(person):
    here, elsewhere = Client(), Client()
    given = {"login": person.email, "password": factories.PASSWORD}
    for client in (here, elsewhere):
        client.post(reverse("account_login"), given)
    assert is_in(elsewhere)
    changed = {"oldpassword": factories.PASSWORD, **dict.fromkeys(("password1", "password2"), NEW)}

    here.post(reverse("account_change_password"), changed)

    assert is_in(here)
    assert not is_in(elsewhere)


def test_who_belongs_to_two_organizations_switches_between_them(person):
    other = factories.tenant("Merlin Ltd")
    factories.member(other, "viewer", who=person)
    client = Client()
    client.force_login(person)

    answer = client.post(
        reverse("organization-switch"), {"organization": str(other.pk)}, follow=True
    )

    page = answer.content.decode()
    assert "You are now working in Merlin Ltd." in page
    assert answer.wsgi_request.tenant == other


def test_nobody_switches_to_an_organization_of_others(person):
    client = Client()
    client.force_login(person)

    answer = client.post(
        reverse("organization-switch"), {"organization": str(factories.tenant().pk)}
    )

    assert answer.status_code == 404


def test_the_page_of_the_second_step_says_since_when_and_counts_in_words(person):
    TOTP.activate(person, SEED)
    codes = RecoveryCodes.activate(person)
    for code in codes.get_unused_codes()[1:]:
        assert codes.validate_code(code)
    client = Client()
    client.force_login(person)

    text = client.get(reverse("mfa_index")).content.decode()

    assert re.search(r"Switched on since \d+\xa0\w{3}\xa0\d{4}\.", text)
    assert "1 code is left." in text


def test_a_wrong_password_is_named_in_the_words_of_the_page(person):
    given = {"login": person.email, "password": "not this one"}

    text = Client().post(reverse("account_login"), given).content.decode()

    assert "The mail address or the password is not right." in text


def test_a_visit_of_support_ends_at_the_same_hour_on_every_page(person):
    client = Client()
    client.force_login(person)
    until = (timezone.now() + timedelta(minutes=20)).astimezone(ZoneInfo("Europe/Berlin"))
    Tenant.objects.update(support_until=until)

    pages = [client.get(reverse(name)).content.decode() for name in ("account", "mfa_index")]

    assert all(f"until today {until:%H:%M}" in page or "tomorrow" in page for page in pages)
