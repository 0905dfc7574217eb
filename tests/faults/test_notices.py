"""Faults of the ledger's notifications: F58 to F60, at the address that it really calls."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.journeys.small import type_in
from tests.sync.webhooks.conftest import (  # noqa: F401  fixtures
    address,
    asked,
    at_nav,
    change,
    customer,
    eventually,
    subscriptions,
    told,
)
from tests.sync.webhooks.test_notifications import call, early_runs, note, queue, woken
from tests.sync.webhooks.test_subscriptions import look_again
from tests.world import control

pytestmark = pytest.mark.django_db(transaction=True)

WRONG = {
    "F58 forged for another company": {"resource": "api/v2.0/companies(x)/vendors(y)"},
    "F58 wrong clientState": {"clientState": "wrong"},
    "F58 huge": {"filler": "y" * (9 * 1024 * 1024)},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_a_notice_that_is_not_the_ledgers_has_no_effect_and_learns_nothing(asked, changes):  # noqa: F811
    answer = call(asked, note(asked, **changes))

    assert (answer.status_code, answer.content) == (202, b"")
    assert (woken(asked), subscriptions(asked)["vendors"].notices) == ({}, 0)


def test_f58_a_notice_to_an_unknown_subscription_has_no_effect(asked):  # noqa: F811
    answer = call(asked, note(asked), token="x" * 43)

    assert (answer.status_code, answer.content, woken(asked)) == (202, b"", {})


def test_f58_a_notice_that_is_replayed_makes_no_second_poll(asked):  # noqa: F811
    same = note(asked)
    call(asked, same)
    queue(asked)
    call(asked, same)
    queue(asked)

    assert early_runs(asked) == ["suppliers"]
    assert subscriptions(asked)["vendors"].notices == 1


def test_f58_ten_thousand_in_a_second_make_one_debounced_poll(asked, full_size):  # noqa: F811
    count = max(200, full_size(10_000) // 50)
    known = note(asked)
    path = f"/webhooks/nav/{address(asked).token}"

    def send(start: int) -> set[int]:
        client = Client()
        seen = ({**known, "lastModifiedDateTime": _moment(n)} for n in range(start, count, 4))
        bodies = (json.dumps({"value": [each]}) for each in seen)
        try:
            return {client.post(path, body, "application/json").status_code for body in bodies}
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as senders:
        answers = set().union(*senders.map(send, range(4)))
    queue(asked)
    queue(asked)

    assert answers == {202}
    assert early_runs(asked) == ["suppliers"]


def test_f59_a_collection_notice_makes_the_flow_poll(asked):  # noqa: F811
    one = note(asked)
    everything = one["resource"].rpartition("(")[0]
    call(asked, note(asked, resource=everything, changeType="collection"))
    queue(asked)

    assert early_runs(asked) == ["suppliers"]


def test_f59_a_lost_notice_is_made_good_by_polling(told):  # noqa: F811
    control(told.nav, "switches", {"notifications_lost": True})
    type_in(told, "vendors", "patch", key={"number": "20000"}, values={"blocked": "All"})
    [run] = told.run("suppliers")

    assert run.state == "succeeded"
    assert subscriptions(told)["vendors"].notices == 0


def test_f59_a_subscription_is_renewed_before_its_third_day_and_made_again_when_deleted(told):  # noqa: F811
    first = subscriptions(told)["vendors"]
    change(told, "vendors", renew_at=timezone.now() - timedelta(seconds=1))
    told.nav.app.clock.advance(3600)
    look_again(told)
    renewed = subscriptions(told)["vendors"]
    control(told.nav, "subscriptions/drop", {})
    look_again(told)

    assert first.renew_at < first.created_at + timedelta(days=3)
    assert (renewed.remote_id, renewed.expires_at > first.expires_at) == (first.remote_id, True)
    assert len(at_nav(told)) == 2


@pytest.mark.parametrize("word", ["<script>alert(1)</script>", "a+b&c", '"><img src=x>'])
def test_f60_a_handshake_is_echoed_as_plain_text_and_nothing_else(asked, word):  # noqa: F811
    path = f"/webhooks/nav/{address(asked).token}"
    answer = Client().post(f"{path}?{_query(word)}")
    elsewhere = Client().post(f"/webhooks/nav/unknown?{_query(word)}")

    assert (answer.status_code, answer.content.decode()) == (200, word)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert (elsewhere.status_code, elsewhere.content) == (202, b"")


def _query(word: str) -> str:
    from urllib.parse import urlencode

    return urlencode({"validationToken": word})


def _moment(n: int) -> str:
    return f"2026-01-01T00:{n % 60:02}:00.{n:06}Z"
