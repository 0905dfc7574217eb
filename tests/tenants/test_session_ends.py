"""Sessions end by themselves: after twelve hours, and when nobody is there who could undo harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def after(minutes: float) -> time_machine.travel:
    return time_machine.travel(START + timedelta(minutes=minutes), tick=False)


def browser_of(role: str, **flags: bool) -> Client:
    cache.clear()
    member = factories.member(factories.tenant(), role=role)
    for name, value in flags.items():
        setattr(member.user, name, value)
    member.user.save()
    client = Client()
    client.force_login(member.user, "django.contrib.auth.backends.ModelBackend")
    return client


def is_in(client: Client, **headers: str) -> bool:
    return client.get("/api/v1/me", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("role", "flags", "stays"),
    [
        ("admin", {}, False),
        ("viewer", {"is_staff": True}, False),
        ("operator", {}, True),
        ("viewer", {}, True),
    ],
)
def test_who_administers_is_logged_out_after_half_an_hour_of_nothing(role, flags, stays):
    with after(0):
        client = browser_of(role, **flags)
    with after(29.9):
        assert is_in(client)
    with after(59.8):
        assert is_in(client)
    with after(59.8 + 30):
        assert is_in(client) is stays


def test_what_a_page_asks_for_by_itself_keeps_nobody_logged_in():
    with after(0):
        client = browser_of("admin")
    for minutes in (10, 20, 29):
        with after(minutes):
            assert is_in(client, **{"HX-Request": "true"})

    with after(31):
        assert not is_in(client)


def test_nobody_stays_logged_in_longer_than_twelve_hours_whatever_is_done():
    with after(0):
        client = browser_of("operator")
    for minutes in range(25, 720, 25):
        with after(minutes):
            assert is_in(client)

    with after(720):
        assert not is_in(client)


def test_the_page_to_log_in_says_why_and_nothing_of_the_session_is_left():
    with after(0):
        client = browser_of("admin")
        former = client.session.session_key
    with after(45):
        answer = client.get("/settings/", follow=True)

    assert "nothing was done for a while" in answer.content.decode()
    assert client.session.session_key != former
