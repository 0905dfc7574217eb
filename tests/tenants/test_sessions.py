"""Where a person is logged in: every browser is listed to them alone, and ended by them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEvent
from tenants.browsers import browser_words
from tenants.models import BrowserSession
from tenants.scoping import tenant_scope
from tenants.services.sessions import session_digest, sessions_end, sessions_forget
from tests import factories

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return factories.member(factories.tenant(), "viewer")


def browser_of(user, name=FIREFOX) -> Client:
    """Log in in a browser of that name, and look at a page."""
    client = Client(headers={"User-Agent": name})
    client.force_login(user)
    assert client.get(reverse("account")).status_code == 200
    return client


def listed(client: Client) -> list[tuple[str, bool]]:
    return [(words, here) for _, words, here in client.get(reverse("sessions")).context["rows"]]


def is_in(client: Client) -> bool:
    return client.get(reverse("account")).status_code == 200


def test_each_browser_is_listed_and_this_one_is_marked(member):
    here = browser_of(member.user)
    browser_of(member.user, EDGE)

    assert sorted(listed(here)) == [("Edge on Windows", False), ("Firefox on Linux", True)]


def test_one_browser_is_logged_out_and_the_trail_says_so(member):
    here, other = browser_of(member.user), browser_of(member.user, EDGE)
    row = BrowserSession.objects.get(browser=EDGE)

    here.post(reverse("session-end", args=[row.pk]))

    assert is_in(here)
    assert not is_in(other)
    assert listed(here) == [("Firefox on Linux", True)]
    with tenant_scope(member.tenant.pk):
        assert AuditEvent.objects.get(action="member.session_ended").actor == (
            f"user:{member.user.pk}"
        )


def test_every_other_browser_is_logged_out_at_once(member):
    here, others = browser_of(member.user), [browser_of(member.user, EDGE) for _ in range(3)]

    said = here.post(reverse("sessions-end"), follow=True).content.decode()

    assert "3 other browsers were logged out." in said
    assert is_in(here)
    assert not any(is_in(one) for one in others)


def test_nobody_sees_or_ends_the_sessions_of_another_person(member):
    mine = browser_of(member.user)
    colleague = factories.member(member.tenant, "admin").user
    theirs = browser_of(colleague, EDGE)
    row = BrowserSession.objects.get(user=member.user)

    assert theirs.post(reverse("session-end", args=[row.pk])).status_code == 404
    assert listed(theirs) == [("Edge on Windows", True)]
    assert is_in(mine)


@pytest.mark.parametrize("how", ["password", "everywhere", "log out"])
def test_a_session_that_is_worth_nothing_is_not_listed(member, how):
    other = browser_of(member.user, EDGE)
    if how == "password":
        member.user.set_password("other quiet words there")
        member.user.save()
    elif how == "everywhere":
        sessions_end(member.user)
        member.user.refresh_from_db()
    else:
        other.post(reverse("account_logout"))

    assert listed(browser_of(member.user)) == [("Firefox on Linux", True)]


def test_what_is_kept_opens_nothing(member):
    client = browser_of(member.user)
    row = BrowserSession.objects.get()

    key = client.session.session_key
    assert bytes(row.key_digest) == session_digest(key)
    assert key.encode() not in bytes(row.key_digest) + bytes(row.proof_digest)


def test_being_seen_costs_one_statement_every_few_minutes(member):
    client = browser_of(member.user)
    began = BrowserSession.objects.get()

    client.get(reverse("account"))
    assert BrowserSession.objects.get().seen_at == began.seen_at

    cache.clear()
    client.get(reverse("account"))
    assert BrowserSession.objects.get().seen_at > began.seen_at
    assert BrowserSession.objects.get().began_at == began.began_at


def test_what_ended_long_ago_is_forgotten(member):
    browser_of(member.user)
    BrowserSession.objects.update(seen_at=timezone.now() - timedelta(days=3))
    browser_of(member.user, EDGE)

    sessions_forget()

    assert BrowserSession.objects.get().browser == EDGE


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (EDGE, "Edge on Windows"),
        (SAFARI, "Safari on iPhone"),
        ("curl/8.0", "A program"),
        ("", "A program"),
        ("Something (Windows NT 10.0)", "A browser on Windows"),
    ],
)
def test_a_browser_is_named_in_words(name, words):
    assert browser_words(name) == words
