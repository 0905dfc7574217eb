"""What all workers share of a user at another system: slots and budget, across all threads."""

import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from connectors.errors import RateLimited
from connectors.http.answer import Exchange
from connectors.models import PrincipalBudget, PrincipalSlot
from connectors.outside import NetworkInTransaction
from connectors.registry import Principal
from connectors.throttle import DatabaseThrottle
from tenants.ids import new_id
from tenants.scoping import tenant_scope
from tests import factories
from tests.connectors.threads import in_threads


def principal(**values) -> Principal:
    return Principal(
        **{"host": "nav.example", "user": str(new_id()), "per_second": 1000, "max_parallel": 2}
        | values
    )


def exchange(status: int | None, purpose: str = "api") -> Exchange:
    return Exchange("GET", "https://nav.example", status, 1, 0, 0, purpose=purpose)


class Clock:
    """Counts the waiting instead of waiting."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def use(throttle: DatabaseThrottle, times: int = 1) -> None:
    for _ in range(times):
        with throttle.slot():
            pass


@pytest.mark.django_db(transaction=True)
def test_no_more_requests_are_on_their_way_than_the_principal_allows():
    who, lock, running, most = principal(max_parallel=3), threading.Lock(), [0], [0]

    def work(_: int) -> None:
        throttle = DatabaseThrottle(who)
        for _ in range(3):
            with throttle.slot():
                with lock:
                    running[0] += 1
                    most[0] = max(most[0], running[0])
                threading.Event().wait(0.02)
                with lock:
                    running[0] -= 1

    got = in_threads(10, work)

    assert got == [None] * 10
    assert most[0] == 3


@pytest.mark.django_db
def test_tenants_with_the_same_user_share_and_others_do_not():
    one, same = principal(user="Me", max_parallel=1), principal(user="me", max_parallel=1)
    impatient = {"patience": 0.05}

    with DatabaseThrottle(one).slot():
        with pytest.raises(RateLimited) as refused:
            use(DatabaseThrottle(same, **impatient))
        use(DatabaseThrottle(principal(user="you"), **impatient))
    use(DatabaseThrottle(same, **impatient))

    assert refused.value.code == "own_budget"


@pytest.mark.django_db
def test_who_allows_fewer_requests_at_a_time_keeps_to_that():
    user = str(new_id())
    generous, modest = principal(user=user, max_parallel=3), principal(user=user, max_parallel=1)
    use(DatabaseThrottle(generous))

    with DatabaseThrottle(modest).slot(), pytest.raises(RateLimited):
        use(DatabaseThrottle(modest, patience=0.05))


@pytest.mark.django_db
def test_a_slot_of_a_worker_that_died_comes_back():
    who = principal(max_parallel=1)
    use(DatabaseThrottle(who))
    PrincipalSlot.objects.update(owner=new_id(), lease_until=timezone.now() - timedelta(seconds=1))

    use(DatabaseThrottle(who, patience=0.05))


@pytest.mark.django_db
def test_the_budget_of_a_second_is_not_overdrawn():
    clock = Clock()
    throttle = DatabaseThrottle(principal(per_second=2), patience=0.1, sleep=clock.sleep)

    with pytest.raises(RateLimited) as refused:
        use(throttle, 20)

    assert refused.value.code == "own_budget"
    assert refused.value.retry_after >= 1


@pytest.mark.django_db
def test_what_the_other_side_asks_to_wait_is_told_to_all_and_never_slept():
    who, clock = principal(), Clock()
    use(DatabaseThrottle(who))
    DatabaseThrottle(who).limited(120)

    with pytest.raises(RateLimited) as refused:
        use(DatabaseThrottle(who, sleep=clock.sleep))

    assert 100 < refused.value.retry_after <= 120
    assert clock.slept == []


@pytest.mark.django_db
def test_a_worker_that_has_taken_requests_from_the_budget_waits_too():
    who = principal(per_second=20)
    first = DatabaseThrottle(who)
    use(first)
    use(first)  # nineteen more lie ready with it
    DatabaseThrottle(who).limited(120)

    with pytest.raises(RateLimited) as refused:
        use(first)

    assert 100 < refused.value.retry_after <= 120


@pytest.mark.django_db
def test_each_429_halves_the_rate_and_quiet_minutes_give_it_back():
    who = principal(per_second=20)
    throttle = DatabaseThrottle(who)
    use(throttle)
    throttle.limited(0)
    throttle.limited(0)
    assert PrincipalBudget.objects.get().rate == pytest.approx(5)

    PrincipalBudget.objects.update(counted_at=timezone.now() - timedelta(minutes=5))
    use(throttle)

    assert PrincipalBudget.objects.get().rate == pytest.approx(10, abs=0.1)


@pytest.mark.django_db
def test_five_failures_in_a_row_open_the_circuit_for_everybody():
    who = principal()
    throttle = DatabaseThrottle(who)
    use(throttle)
    for status in [500, None, 503, None]:
        throttle.seen(exchange(status))
    use(DatabaseThrottle(who))
    for status in [504]:
        throttle.seen(exchange(status))

    with pytest.raises(RateLimited) as refused:
        use(DatabaseThrottle(who))

    assert refused.value.code == "circuit_open"
    PrincipalBudget.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    use(DatabaseThrottle(who))


@pytest.mark.django_db
def test_one_success_closes_the_circuit_and_token_calls_do_not_count():
    throttle = DatabaseThrottle(principal())
    use(throttle)
    for _ in range(20):
        throttle.seen(exchange(None, purpose="token"))
        throttle.seen(exchange(500))
        throttle.seen(exchange(404))

    assert PrincipalBudget.objects.get().failures == 0
    use(throttle)


@pytest.mark.django_db
@pytest.mark.parametrize("requests", [0, 200])
def test_a_tenth_of_the_requests_may_be_repetitions_and_a_few_always(requests: int):
    who = principal()
    use(DatabaseThrottle(who), requests)
    one, other = DatabaseThrottle(who), DatabaseThrottle(who)
    use(one, requests)

    refused: RateLimited | None = None
    allowed = 0
    while refused is None:
        try:
            (one if allowed % 2 else other).repeat()
            allowed += 1
        except RateLimited as error:
            refused = error

    assert 10 + requests * 0.1 <= allowed <= 10 + 2 * requests * 0.1 + 1
    assert (refused.code, refused.retry_after) == ("retry_budget", 6)


@pytest.mark.django_db
def test_repetitions_come_back_by_time_up_to_a_few_a_minute():
    throttle = DatabaseThrottle(principal())
    for _ in range(10):
        throttle.repeat()
    PrincipalBudget.objects.update(retries_at=timezone.now() - timedelta(seconds=31))

    for _ in range(5):
        throttle.repeat()
    with pytest.raises(RateLimited):
        throttle.repeat()

    PrincipalBudget.objects.update(retries_at=timezone.now() - timedelta(hours=31))
    for _ in range(10):
        throttle.repeat()
    with pytest.raises(RateLimited):
        throttle.repeat()


@pytest.mark.django_db
def test_no_request_is_sent_inside_a_transaction():
    with tenant_scope(factories.tenant().pk), pytest.raises(NetworkInTransaction):
        use(DatabaseThrottle(principal()))


@pytest.mark.django_db
def test_a_request_costs_two_statements(django_assert_max_num_queries):
    throttle = DatabaseThrottle(principal())
    use(throttle, 2)

    with django_assert_max_num_queries(21):
        use(throttle, 10)


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["connectors_principalbudget", "connectors_principalslot"])
def test_slots_and_budgets_are_not_written_to_the_log(table):
    with database.cursor() as cursor:
        cursor.execute("select relpersistence from pg_class where relname = %s", [table])
        assert cursor.fetchone() == ("u",)


@pytest.mark.django_db
def test_the_names_of_principals_are_not_stored():
    use(DatabaseThrottle(principal(user="client-4711")))

    assert "4711" not in PrincipalBudget.objects.get().principal
