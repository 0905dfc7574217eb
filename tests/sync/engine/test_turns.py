"""Whose turn it is: how much one customer has to do delays nobody else (--long: full size)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from queue import Queue
from threading import Event
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from sync.engine import tickets
from sync.engine import work as work_module
from sync.engine.reserve import Reserve
from sync.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)

SLICE = 200  # documents that a slice gets through
A_WHILE = timedelta(minutes=10)


def line(*tenants: UUID, waiting: timedelta = timedelta(0), **values) -> list[UUID]:
    """Give each named tenant an integration that has been due for so long; returns their ids."""
    due = timezone.now() - waiting
    rows = [Ticket(tenant_id=tenant, due_at=due, **values) for tenant in tenants]
    return [row.pk for row in Ticket.objects.bulk_create(rows)]


def quiet(count: int) -> list[UUID]:
    return line(*(uuid4() for _ in range(count)))


def test_a_hundred_thousand_documents_of_one_do_not_starve_the_quiet_ones(full_size):
    [noisy] = line(uuid4(), waiting=A_WHILE)
    others = set(quiet(full_size(1000)))
    left = {noisy: full_size(100_000) // SLICE, **dict.fromkeys(others, 1)}
    served: list[UUID] = []

    while (taken := tickets.claim()) is not None:
        served.append(taken.integration_id)
        left[taken.integration_id] -= 1
        tickets.release(taken, due_at=None, more=left[taken.integration_id] > 0)

    first = len(others) + 1
    assert Counter(served[:first]) == Counter([noisy, *others])
    assert set(served[first:]) == {noisy}
    assert not any(left.values())


def test_many_integrations_of_one_take_no_more_than_its_share():
    crowded = uuid4()
    line(*[crowded] * 50, waiting=A_WHILE)
    others = quiet(6)

    held = [tickets.claim() for _ in range(8)]

    shares = Counter(each.tenant_id for each in held)
    assert shares.pop(crowded) == tickets.MAX_ACTIVE_PER_TENANT
    assert len(shares) == len(others)
    assert tickets.claim() is None

    tickets.release(held[0], due_at=None, more=False)

    assert tickets.claim().tenant_id == crowded


def test_who_waits_at_a_screen_goes_first_and_a_killed_worker_leaves_nothing_lying():
    [scheduled] = line(uuid4(), waiting=A_WHILE)
    [clicked] = line(uuid4(), interactive=True)
    [killed] = line(uuid4(), lease_until=timezone.now() - timedelta(seconds=1))
    [elsewhere] = line(uuid4(), lease_until=timezone.now() + A_WHILE)

    turns = [tickets.claim().integration_id for _ in range(3)]

    assert turns == [killed, clicked, scheduled]
    assert tickets.claim() is None
    assert elsewhere not in turns


def test_workers_that_claim_at_the_same_time_share_exactly():
    crowded = uuid4()
    mine = set(line(*[crowded] * 20, waiting=A_WHILE))
    others = set(quiet(20))

    def claim(_: int) -> UUID | None:
        try:
            taken = tickets.claim()
        finally:
            connection.close()
        return taken.integration_id if taken else None

    with ThreadPoolExecutor(8) as workers:
        taken = [each for each in workers.map(claim, range(40)) if each]

    assert len(taken) == len(set(taken))
    assert set(taken) - mine == others
    assert len(mine.intersection(taken)) == tickets.MAX_ACTIVE_PER_TENANT


@pytest.mark.parametrize(("threads", "most"), [(1, 1), (2, 1), (4, 3), (5, 4), (8, 6), (10, 8)])
def test_scheduled_work_has_four_fifths_of_the_threads_and_at_least_one(threads, most):
    kept = Reserve(threads)

    assert [kept.take() for _ in range(most + 2)] == [True] * most + [False] * 2
    kept.give_back()
    assert [kept.take(), kept.take()] == [True, False]


def test_a_thread_kept_for_people_takes_what_somebody_waits_for_and_nothing_else():
    line(uuid4(), waiting=A_WHILE)
    line(uuid4(), lease_until=timezone.now() - timedelta(seconds=1))
    [clicked] = line(uuid4(), interactive=True)

    taken = tickets.claim(interactive_only=True)

    assert (taken.integration_id, taken.interactive) == (clicked, True)
    assert tickets.claim(interactive_only=True) is None
    assert tickets.claim().interactive is False


def test_scheduled_work_leaves_a_fifth_of_the_threads_to_who_waits_at_a_screen(monkeypatch):
    """Eight threads, twenty due integrations: six are in hand, and a click is served at once."""
    kept, served, ended = Reserve(8), Queue(), Event()

    def serve(claim):
        served.put(claim.integration_id)
        assert ended.wait(30)

    monkeypatch.setattr(work_module, "reserve", lambda: kept)
    monkeypatch.setattr(work_module, "_serve", serve)
    due = set(quiet(20))

    def one() -> bool:
        try:
            return work_module.work()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        in_hand = [threads.submit(one) for _ in range(6)]
        taken = {served.get(timeout=30) for _ in in_hand}
        refused = [threads.submit(one).result(timeout=30) for _ in range(2)]
        [clicked] = line(uuid4(), interactive=True)
        click = threads.submit(one)
        first = served.get(timeout=30)
        ended.set()
        done = [each.result(timeout=30) for each in (*in_hand, click)]

    assert taken < due
    assert (refused, first, done) == ([False, False], clicked, [True] * 7)
    assert [kept.take() for _ in range(7)] == [True] * 6 + [False]


def test_the_pause_after_a_failure_grows_until_something_gets_done():
    [key] = line(uuid4(), waiting=A_WHILE)
    failures = []
    for progressed in (False, False, False, True, False):
        tickets.release_after_failure(tickets.claim(), progressed=progressed)
        failures.append(Ticket.objects.get(pk=key).failures)
        Ticket.objects.update(due_at=timezone.now() - A_WHILE)

    assert failures == [1, 2, 3, 1, 2]
