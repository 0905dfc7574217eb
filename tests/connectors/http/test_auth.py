"""Tokens: both forms, their lifetimes, renewal, and every way a token address can fail."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    RateLimited,
    TemporaryError,
)
from connectors.http.answer import Answer
from connectors.http.auth import BasicAuth, ClientCredentials
from connectors.http.session import Session
from connectors.http.tokens import MemoryTokenStore, Token
from tests.connectors.http.servers import RawServer, Reply, as_json, http, token_answer

Serve = Callable[[Reply], RawServer]
Open = Callable[..., Session]


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def credentials(token_url: str = "http://127.0.0.1:1/token", **more: Any) -> ClientCredentials:
    return ClientCredentials(
        token_url=token_url, client_id="client", client_secret="hush-hush", **more
    )


def answering(body: bytes, status: int = 200, **headers: str) -> Callable[..., Answer]:
    return lambda url, form, sent: Answer(status, headers, body, url, 1)


@pytest.mark.parametrize(
    ("body", "value", "lifetime"),
    [
        (b'{"access_token":"t","expires_in":300}', "t", 300),
        (b'{"access_token":"t","expires_in":"240"}', "t", 240),
        (b'{"access_token":"t"}', "t", 300),
        (b'{"access_token":"t","expires_in":"soon"}', "t", 300),
        (b'{"access_token":"t","expires_in":86400}', "t", 3600),
        (b'{"token":"old","expire_in":120000,"resource":"x"}', "old", 120),
        (b'{"token":"old","expire_in":86399911}', "old", 3600),
    ],
)
def test_both_token_forms_and_odd_lifetimes_are_understood(
    body: bytes, value: str, lifetime: float
):
    token = credentials(clock=Clock()).fetch(answering(body))

    assert token.value == value
    assert token.expires_at == 1_000_000 + lifetime
    assert token.refresh_at == token.expires_at - min(60, lifetime / 4)


@pytest.mark.parametrize(
    ("status", "body", "expected", "code"),
    [
        (401, b'{"error":"invalid_client"}', AuthenticationError, "invalid_client"),
        (401, b"", AuthenticationError, "invalid_client"),
        (400, b'{"error":"unauthorized_client"}', AuthenticationError, "invalid_client"),
        (400, b'{"error":"invalid_scope"}', ConfigurationError, "token_url"),
        (404, b"<html>", ConfigurationError, "token_url"),
        (302, b"", ConfigurationError, "token_url"),
        (503, b"<html>", TemporaryError, "token_away"),
        (200, b"<html>log in</html>", TemporaryError, "token_away"),
        (429, b"", RateLimited, "rate_limited"),
        (200, b'{"hello": 1}', ConfigurationError, "token_missing"),
        (200, b'{"access_token":"t","expires_in":0}', AuthenticationError, "token_expired"),
    ],
)
def test_each_failure_of_a_token_address_says_who_must_act(
    status: int, body: bytes, expected: type[ConnectorError], code: str
):
    with pytest.raises(expected) as caught:
        credentials().fetch(answering(body, status))

    assert (caught.value.code, type(caught.value)) == (code, expected)
    assert "hush-hush" not in f"{caught.value.message}{caught.value.detail}"


def test_fewer_rights_than_asked_for_are_named():
    auth = credentials(scope="read write")

    with pytest.raises(AuthenticationError, match="missing: write"):
        auth.fetch(answering(b'{"access_token":"t","scope":"read other"}'))
    assert auth.fetch(answering(b'{"access_token":"t","scope":"write read more"}')).value == "t"


@pytest.mark.parametrize("style", ["body", "basic"])
def test_the_secret_travels_where_the_server_wants_it(serve: Serve, open_session: Open, style: str):
    server = serve(lambda seen, _: token_answer())
    auth = credentials(server.url + "/token", client_auth=style, extra_params={"audience": "x"})

    open_session(server.url, auth=auth).get("/a")

    form, header = server.seen[0].body.decode(), server.seen[0].header("Authorization")
    assert "grant_type=client_credentials" in form
    assert "audience=x" in form
    assert ("client_secret=hush-hush" in form) is (style == "body")
    assert header.startswith("Basic ") is (style == "basic")
    assert server.seen[1].header("Authorization") == "Bearer first"


class Realm:
    """A server that hands out numbered tokens and accepts only the newest."""

    def __init__(self, refuse_always: bool = False, status: int = 401) -> None:
        self.issued = 0
        self.refuse_always = refuse_always
        self.status = status
        self.lock = threading.Lock()

    def __call__(self, seen: Any, connection: Any) -> bytes:
        with self.lock:
            if seen.target == "/token":
                self.issued += 1
                return token_answer(f"t{self.issued}")
            good = seen.header("Authorization") == f"Bearer t{self.issued}"
        return http() if good and not self.refuse_always else http(self.status)


def stored(auth: ClientCredentials, value: str) -> None:
    """Let the store hold a token that the server does not know (any more)."""
    auth.tokens.renew(auth.key, None, lambda: Token(value, 4e9, 4e9))


def test_sixteen_threads_with_a_revoked_token_cause_one_token_request(
    serve: Serve, open_session: Open
):
    realm = Realm()
    server = serve(realm)
    auth = credentials(server.url + "/token")
    stored(auth, "revoked")
    session = open_session(server.url, auth=auth, connections=16)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: session.get(f"/{n}").status, range(16)))

    assert answers == [200] * 16
    assert realm.issued == 1


def test_who_comes_late_with_a_stale_token_gets_the_one_that_replaced_it():
    store = MemoryTokenStore()
    old, new = Token("old", 1, 2), Token("new", 1, 2)
    store.renew("key", None, lambda: old)
    store.renew("key", old, lambda: new)

    assert store.renew("key", old, lambda: Token("needless", 1, 2)) is new


def test_a_failing_fetch_reaches_every_thread_that_waited_for_it():
    store, gate, fetches = MemoryTokenStore(), threading.Event(), []

    def fetch() -> Token:
        fetches.append(1)
        gate.wait(5)
        raise TemporaryError("away")

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(store.renew, "key", None, fetch) for _ in range(8)]
        while not all(future.running() for future in waiting):
            pass
        gate.set()
        failures = [future.exception() for future in waiting]

    assert all(isinstance(failure, TemporaryError) for failure in failures)
    assert len(fetches) < 8


@pytest.mark.parametrize(
    ("status", "expected"), [(401, AuthenticationError), (403, ConfigurationError)]
)
def test_a_second_refusal_ends_it(
    serve: Serve, open_session: Open, status: int, expected: type[ConnectorError]
):
    realm = Realm(refuse_always=True, status=status)
    server = serve(realm)
    auth = credentials(server.url + "/token", reauth_statuses=frozenset({401, 403}))

    with pytest.raises(expected):
        open_session(server.url, auth=auth).write("POST", "/x", body=b"1")

    calls = [seen.target for seen in server.seen]
    assert calls == ["/token", "/x", "/token", "/x"]


def test_wrong_basic_credentials_are_tried_once(serve: Serve, open_session: Open):
    server = serve(lambda seen, _: http(401))

    with pytest.raises(AuthenticationError):
        open_session(server.url, auth=BasicAuth("ann", "wrong")).get("/x")

    assert len(server.seen) == 1


def test_the_running_token_is_used_to_its_end_while_the_token_address_is_away():
    clock, asked = Clock(), []
    auth = credentials(clock=clock)
    good = answering(b'{"access_token":"t","expires_in":400}')

    def away(*_: Any) -> Answer:
        asked.append(clock.now)
        return Answer(503, {}, b"", "", 1)

    assert auth.headers(good) == {"Authorization": "Bearer t"}
    clock.now += 350
    for _ in range(3):
        assert auth.headers(away) == {"Authorization": "Bearer t"}
    clock.now += 60
    with pytest.raises(TemporaryError):
        auth.headers(away)

    assert len(asked) == 2


def test_a_token_is_renewed_a_minute_before_its_end():
    clock = Clock()
    auth = credentials(clock=clock)
    auth.headers(answering(b'{"access_token":"a","expires_in":300}'))
    fresh = answering(b'{"access_token":"b","expires_in":300}')

    clock.now += 239
    assert auth.headers(fresh) == {"Authorization": "Bearer a"}
    clock.now += 2
    assert auth.headers(fresh) == {"Authorization": "Bearer b"}


def test_a_new_secret_never_meets_the_token_of_the_old_one():
    store = MemoryTokenStore()
    one = credentials(tokens=store)
    other = ClientCredentials(
        token_url=one.token_url, client_id="client", client_secret="other", tokens=store
    )

    one.headers(answering(b'{"access_token":"mine"}'))

    assert other.headers(answering(b'{"access_token":"theirs"}'))["Authorization"].endswith(
        "theirs"
    )


def test_secrets_are_absent_from_what_objects_show():
    shown = f"{credentials()!r} {BasicAuth('ann', 'hush-hush')!r} {Token('hush-hush', 1, 2)!r}"

    assert "hush-hush" not in shown


def test_a_plain_403_is_an_answer_where_it_is_not_a_refusal(serve: Serve, open_session: Open):
    server = serve(lambda seen, _: as_json({"error": "no"}, 403))

    assert open_session(server.url).get("/x").status == 403
