"""What all workers share of access tokens, across processes and threads."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from connectors.errors import AuthenticationError, TemporaryError
from connectors.http.tokens import Token
from connectors.models import AccessToken
from connectors.outside import NetworkInTransaction
from connectors.tokens import DatabaseTokenStore
from tenants.ids import new_id
from tenants.scoping import tenant_scope
from tests import factories
from tests.connectors.threads import in_threads

KEY = "k" * 64


def token(value: str, lifetime: float = 300) -> Token:
    now = time.time()
    return Token(value, refresh_at=now + lifetime - 60, expires_at=now + lifetime)


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
