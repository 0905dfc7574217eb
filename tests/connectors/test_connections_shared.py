"""What all workers share: tokens, slots and budget, across processes and threads."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from connectors.errors import AuthenticationError, RateLimited, TemporaryError
from connectors.http.answer import Exchange
from connectors.http.tokens import Token
from connectors.models import AccessToken, PrincipalBudget, PrincipalSlot
from connectors.outside import NetworkInTransaction
from connectors.registry import Principal
from connectors.throttle import DatabaseThrottle
from connectors.tokens import DatabaseTokenStore
from tenants.ids import new_id
from tenants.scoping import tenant_scope
from tests import factories

KEY = "k" * 64


def token(value: str, lifetime: float = 300) -> Token:
    now = time.time()
    return Token(value, refresh_at=now + lifetime - 60, expires_at=now + lifetime)


def in_threads(count: int, work: Callable[[int], object]) -> list[object]:
    """Run `work` in threads of their own database connections; exceptions are results."""
    together = threading.Barrier(count)

    def call(number: int) -> object:
        try:
            together.wait(10)
            return work(number)
        except Exception as error:
            return error
        finally:
            database.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


class Endpoint:
    """A token address that counts, and answers slowly enough for others to come meanwhile."""

    def __init__(self, error: Exception | None = None) -> None:
        self.calls = 0
        self.error = error
        self._lock = threading.Lock()

    def fetch(self) -> Token:
        with self._lock:
            self.calls += 1
            number = self.calls
        threading.Event().wait(0.15)
        if self.error:
            raise self.error
        return token(f"fresh-{number}")


@pytest.fixture
def stores():
    """Return a function that makes stores of one connection, as many processes would have."""
    connection = factories.connection(factories.tenant())
    return lambda: DatabaseTokenStore(connection.tenant_id, connection.pk)


@pytest.mark.django_db(transaction=True)
def test_sixteen_workers_with_one_revoked_token_ask_once(stores):
    endpoint = Endpoint()
    revoked = stores().renew(KEY, None, lambda: token("revoked-token"))

    got = in_threads(16, lambda _: stores().renew(KEY, revoked, endpoint.fetch))

    assert endpoint.calls == 1
    assert {one.value for one in got} == {"fresh-1"}


@pytest.mark.django_db(transaction=True)
def test_a_refusal_reaches_all_who_waited_for_it_and_is_asked_for_once(stores):
    endpoint = Endpoint(AuthenticationError("Refused.", code="invalid_client", status=401))

    got = in_threads(8, lambda _: stores().renew(KEY, None, endpoint.fetch))

    assert endpoint.calls == 1
    assert {type(one) for one in got} == {AuthenticationError}
    assert {(one.code, one.status) for one in got} == {("invalid_client", 401)}


@pytest.mark.django_db(transaction=True)
def test_the_fetch_runs_outside_of_any_transaction(stores):
    def fetch() -> Token:
        assert not database.in_atomic_block
        return token("a-new-token")

    assert stores().renew(KEY, None, fetch).value == "a-new-token"


@pytest.mark.django_db
def test_a_token_is_shared_sealed_and_read_back(stores):
    fetched = stores().renew(KEY, None, lambda: token("opaque-token-1"))

    assert stores().current(KEY) == fetched
    connection_id = stores()._connection_id
    with tenant_scope(stores()._tenant_id):
        row = AccessToken.objects.get(connection=connection_id)
    assert b"opaque-token-1" not in bytes(row.token)
    assert row.generation == 1


@pytest.mark.django_db
def test_a_known_token_costs_no_query(stores, django_assert_num_queries):
    store = stores()
    store.renew(KEY, None, lambda: token("opaque-token-1"))

    with django_assert_num_queries(0):
        assert store.current(KEY).value == "opaque-token-1"


@pytest.mark.django_db
def test_a_token_near_its_end_is_looked_up_again(stores):
    store, other = stores(), stores()
    ending = store.renew(KEY, None, lambda: token("ending-token", lifetime=30))
    other.renew(KEY, ending, lambda: token("newer-token"))

    assert store.current(KEY).value == "newer-token"


@pytest.mark.django_db
def test_a_replaced_token_is_taken_over_without_a_fetch(stores):
    old = stores().renew(KEY, None, lambda: token("first-token"))
    stores().renew(KEY, old, lambda: token("second-token"))

    assert stores().renew(KEY, old, lambda: pytest.fail("asked again")).value == "second-token"


@pytest.mark.django_db
def test_another_secret_has_a_token_of_its_own(stores):
    stores().renew(KEY, None, lambda: token("first-token"))

    assert stores().current("other") is None


@pytest.mark.django_db
def test_the_lease_of_a_worker_that_died_runs_out(stores):
    store = stores()
    with tenant_scope(store._tenant_id):
        AccessToken.objects.create(
            connection_id=store._connection_id,
            key=KEY,
            lease_owner=new_id(),
            lease_until=timezone.now() - timedelta(seconds=1),
        )

    assert store.renew(KEY, None, lambda: token("after-the-lease")).value == "after-the-lease"


@pytest.mark.django_db
def test_who_fetched_too_slowly_overwrites_nothing(stores):
    def overtaken() -> Token:
        store = stores()
        with tenant_scope(store._tenant_id):
            AccessToken.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        store.renew(KEY, None, lambda: token("the-quicker-one"))
        return token("the-slower-one")

    assert stores().renew(KEY, None, overtaken).value == "the-slower-one"
    assert stores().current(KEY).value == "the-quicker-one"


@pytest.mark.django_db
def test_a_fault_of_ours_frees_the_lease(stores):
    with pytest.raises(ZeroDivisionError):
        stores().renew(KEY, None, lambda: 1 / 0)

    assert stores().renew(KEY, None, lambda: token("next-token")).value == "next-token"


@pytest.mark.django_db
def test_an_outage_shared_is_an_outage(stores):
    error = TemporaryError("Away.", code="token_away")
    with pytest.raises(TemporaryError):
        stores().renew(KEY, None, Endpoint(error).fetch)

    assert stores().renew(KEY, None, lambda: token("back-again")).value == "back-again"


@pytest.mark.django_db
def test_no_token_is_asked_for_inside_a_transaction(stores):
    store = stores()

    with tenant_scope(store._tenant_id), pytest.raises(NetworkInTransaction):
        store.renew(KEY, None, lambda: pytest.fail("asked"))


# Slots and budget


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
