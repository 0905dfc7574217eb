"""A repeated POST gets the first answer; the key belongs to its owner."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.idempotency import Claim, Replay, claim, purge, release, request_hash, store
from tenants.models import StoredAnswer
from tenants.refusal import Clash, Refusal
from tenants.scoping import tenant_scope
from tests import factories

pytestmark = pytest.mark.django_db
ONE = request_hash("POST", "/x", b'{"a": 1, "b": 2}')


@pytest.fixture(autouse=True)
def scope():
    with tenant_scope(factories.tenant().pk):
        yield


def test_the_first_request_may_answer_and_a_repeat_gets_its_answer():
    first = claim("key:1", "k", ONE)
    store(first, 201, {"id": "7"}, {"Location": "/x/7"})

    assert first == Claim("key:1", "k")
    assert claim("key:1", "k", ONE) == Replay(201, {"id": "7"}, {"Location": "/x/7"})


def test_the_same_key_of_another_owner_is_another_key():
    claim("key:1", "k", ONE)

    assert isinstance(claim("user:1", "k", ONE), Claim)


@pytest.mark.parametrize(
    "other",
    [("POST", "/x", b'{"a": 2}'), ("POST", "/y", b'{"a": 1, "b": 2}'), ("PUT", "/x", b"")],
)
def test_another_request_under_the_same_key_is_refused(other):
    store(claim("key:1", "k", ONE), 201, {})

    with pytest.raises(Refusal) as refused:
        claim("key:1", "k", request_hash(*other))

    assert (refused.value.code, refused.value.status) == ("idempotency_key_reused", 422)


def test_the_order_of_fields_does_not_make_another_request():
    assert request_hash("POST", "/x", b'{"b":2,"a":1}') == ONE


def test_a_request_still_at_work_is_not_done_twice():
    claim("key:1", "k", ONE)

    with pytest.raises(Clash) as refused:
        claim("key:1", "k", ONE)

    assert refused.value.code == "idempotency_key_in_use"


def test_a_claim_whose_request_died_is_taken_over():
    claim("key:1", "k", ONE)
    StoredAnswer.objects.update(created_at=timezone.now() - timedelta(minutes=3))

    assert isinstance(claim("key:1", "k", ONE), Claim)


def test_a_failed_request_frees_its_key():
    release(claim("key:1", "k", ONE))

    assert isinstance(claim("key:1", "k", ONE), Claim)


def test_after_a_day_the_key_is_new():
    store(claim("key:1", "k", ONE), 201, {})
    StoredAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))

    assert isinstance(claim("key:1", "k", request_hash("POST", "/z", b"")), Claim)
    StoredAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert purge() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "new\nline"])
def test_a_strange_key_is_refused(key):
    with pytest.raises(Refusal) as refused:
        claim("key:1", key, ONE)

    assert refused.value.status == 400
