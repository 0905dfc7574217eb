"""What a read and a write make of everything that can go wrong on the wire."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable
from decimal import Decimal

import pytest

from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    RateLimited,
    TemporaryError,
    UnexpectedAnswer,
    UnknownOutcome,
)
from connectors.http.answer import Exchange
from connectors.http.limits import Limits
from connectors.http.session import Session
from tests import ports
from tests.connectors.http.servers import RawServer, Reply, Seen, as_json, http

Serve = Callable[[Reply], RawServer]
Open = Callable[..., Session]


def always(answer: bytes | None) -> Reply:
    return lambda seen, connection: answer


def reset(seen: Seen, connection: socket.socket) -> bytes | None:
    """Drop the line the hard way after the request was read."""
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    return None


def silence(seen: Seen, connection: socket.socket) -> bytes | None:
    connection.settimeout(20)
    connection.recv(1)
    return None


CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Type: application/json\r\n\r\n{"


def cut(seen: Seen, connection: socket.socket) -> bytes | None:
    connection.sendall(CUT)
    return None


def test_numbers_arrive_as_decimals_and_paths_are_appended(serve: Serve, open_session: Open):
    server = serve(always(http(body=b'{"price": 0.1, "count": 3}')))

    answer = open_session(server.url + "/base/").get("/items", params={"flt": "a>=b;c"})

    assert answer.json() == {"price": Decimal("0.1"), "count": 3}
    assert server.seen[0].target == "/base/items?flt=a%3E%3Db%3Bc"


def test_head_and_body_of_a_write_leave_in_one_piece(serve: Serve, open_session: Open):
    server = serve(always(http(201)))

    open_session(server.url).write("POST", "/x", body=b"y" * 20_000)

    assert server.seen[0].body == b"y" * 20_000
    assert server.seen[0].pieces == 1


@pytest.mark.parametrize(
    ("reply", "on_read", "on_write"),
    [
        (reset, TemporaryError, UnknownOutcome),
        (cut, TemporaryError, UnknownOutcome),
        (silence, TemporaryError, UnknownOutcome),
        (always(None), TemporaryError, UnknownOutcome),
        (always(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000), UnexpectedAnswer, UnknownOutcome),
        (always(http(429, Retry_After="7")), RateLimited, RateLimited),
        (always(http(500)), TemporaryError, None),
        (always(http(408)), TemporaryError, None),
        (always(http(503)), TemporaryError, None),
        (always(http(503, Retry_After="3")), RateLimited, None),
        (always(http(401)), AuthenticationError, AuthenticationError),
        (always(http(407)), ConfigurationError, None),
        (always(http(404)), None, None),
        (always(http(302, Location="http://127.0.0.1:1/")), ConfigurationError, None),
    ],
)
def test_each_fault_has_its_own_name_on_reads_and_writes(
    serve: Serve,
    open_session: Open,
    reply: Reply,
    on_read: type[ConnectorError] | None,
    on_write: type[ConnectorError] | None,
):
    server = serve(reply)
    quick = Limits(connect_seconds=1, read_seconds=0.3, total_seconds=1)

    assert _failure(lambda s: s.get("/x"), open_session(server.url, limits=quick)) is on_read
    del server.seen[:]
    write = open_session(server.url, limits=quick)
    assert _failure(lambda s: s.write("POST", "/x", body=b"1"), write) is on_write
    assert len(server.seen) == 1


def _failure(act: Callable[[Session], object], session: Session) -> type[Exception] | None:
    """The class of the taxonomy that came out, whatever finer class it was."""
    named = (UnknownOutcome, RateLimited, TemporaryError, AuthenticationError, ConfigurationError)
    try:
        act(session)
    except ConnectorError as error:
        return next((kind for kind in named if isinstance(error, kind)), UnexpectedAnswer)
    return None


def test_a_write_to_a_closed_port_was_certainly_not_applied(open_session: Open):
    with ports.reserve() as held, pytest.raises(TemporaryError) as caught:
        open_session(f"http://127.0.0.1:{ports.number(held)}").write("POST", "/x", body=b"1")

    assert caught.value.code == "unreachable"


@pytest.mark.parametrize("part", ["head", "body"])
def test_one_byte_at_a_time_ends_at_the_deadline(serve: Serve, open_session: Open, part: str):
    over = threading.Event()

    def trickle(seen: Seen, connection: socket.socket) -> bytes | None:
        text = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n"
        if part == "body":
            connection.sendall(text + b"\r\n")
        else:
            connection.sendall(text)
        while not over.wait(0.05):
            connection.sendall(b"x")
        return None

    server = serve(trickle)
    session = open_session(
        server.url, limits=Limits(connect_seconds=1, read_seconds=0.5, total_seconds=0.6)
    )
    started = time.monotonic()

    with pytest.raises(TemporaryError) as caught:
        session.get("/x")
    over.set()

    assert caught.value.code == "timeout"
    assert time.monotonic() - started < 1.5


def test_silence_is_borne_no_longer_than_the_whole_call_may_take(serve: Serve, open_session: Open):
    session = open_session(serve(silence).url, limits=Limits(read_seconds=30, total_seconds=30))
    started = time.monotonic()

    with pytest.raises(TemporaryError):
        session.get("/x", timeout=0.3)

    assert time.monotonic() - started < 2


def test_a_read_limit_beyond_the_deadline_changes_nothing(serve: Serve, open_session: Open):
    session = open_session(serve(silence).url, limits=Limits(read_seconds=30, total_seconds=0.3))
    started = time.monotonic()

    with pytest.raises(TemporaryError):
        session.get("/x")

    assert time.monotonic() - started < 2


def test_a_kept_connection_that_the_server_closed_is_no_trouble_for_a_read(
    serve: Serve, open_session: Open
):
    closing = {"after": 1}

    def once(seen: Seen, connection: socket.socket) -> bytes | None:
        closing["after"] -= 1
        return http() if closing["after"] >= 0 or len(server.seen) > 2 else None

    server = serve(once)
    session = open_session(server.url)

    session.get("/first")
    session.get("/second")

    assert [seen.target for seen in server.seen] == ["/first", "/second", "/second"]


def test_a_kept_connection_that_breaks_never_sends_a_write_twice(serve: Serve, open_session: Open):
    def first_only(seen: Seen, connection: socket.socket) -> bytes | None:
        return http() if seen.method == "GET" else None

    server = serve(first_only)
    session = open_session(server.url)
    session.get("/first")

    with pytest.raises(UnknownOutcome):
        session.write("POST", "/second", body=b"1")

    assert [seen.method for seen in server.seen] == ["GET", "POST"]


def test_bodies_are_capped_in_size_and_in_growth(serve: Serve, open_session: Open):
    bomb = gzip.compress(b"\x00" * 20_000_000)
    large, zipped = http(body=b"x" * 70_000), http(body=bomb, Content_Encoding="gzip")
    server = serve(lambda seen, _: zipped if seen.target == "/bomb" else large)
    session = open_session(server.url, limits=Limits(body_bytes=65_536))

    for path in ("/bomb", "/large"):
        with pytest.raises(UnexpectedAnswer) as caught:
            session.get(path)
        assert caught.value.code == "answer_too_large"

    roomy = open_session(server.url)
    with pytest.raises(UnexpectedAnswer, match="grows more than 100 times"):
        roomy.get("/bomb")


def test_gzip_is_read_and_gzip_that_ends_early_is_no_data(serve: Serve, open_session: Open):
    whole = gzip.compress(b'{"a": 1}')
    server = serve(
        lambda seen, _: http(
            body=whole[:-4] if seen.target == "/cut" else whole, Content_Encoding="gzip"
        )
    )
    session = open_session(server.url)

    assert session.get("/ok").json() == {"a": 1}
    with pytest.raises(UnexpectedAnswer, match="ends before its end"):
        session.get("/cut")


def test_reads_follow_redirects_at_home_and_only_there(serve: Serve, open_session: Open):
    canary = serve(always(http()))

    def reply(seen: Seen, connection: socket.socket) -> bytes:
        if seen.target == "/near":
            return http(302, Location="/there")
        if seen.target == "/far":
            return http(307, Location=canary.url + "/steal")
        if seen.target == "/round":
            return http(302, Location="/round")
        return as_json({"at": seen.target})

    session = open_session(serve(reply).url)

    assert session.get("/near").json() == {"at": "/there"}
    for path in ("/far", "/round"):
        with pytest.raises(ConfigurationError) as caught:
            session.get(path)
        assert caught.value.code == "redirect_refused"
    assert canary.seen == []


def test_links_to_other_places_and_climbing_paths_are_refused(serve: Serve, open_session: Open):
    server = serve(always(http()))
    session = open_session(server.url + "/root")

    session.get(server.url + "/base/next?page=2")
    for path in (
        "http://127.0.0.1:1/x",
        server.url.replace("http", "https"),
        "/../x",
        "/a/%2e%2e/b",
    ):
        with pytest.raises(ConfigurationError):
            session.get(path)

    assert [seen.target for seen in server.seen] == ["/base/next?page=2"]


def test_the_observer_is_told_everything_but_secrets(serve: Serve, open_session: Open):
    server = serve(lambda seen, _: http(X_Request_Id="r-1") if "ok" in seen.target else None)
    told: list[Exchange] = []
    session = open_session(server.url, observer=told.append)

    session.get("/ok", params={"secureToken": "abc", "$skiptoken": "p2"})
    with pytest.raises(TemporaryError):
        session.get("/no")

    assert told[0].url == f"{server.url}/ok?secureToken=***&$skiptoken=p2"
    assert (told[0].status, told[0].request_id, told[0].bytes_in) == (200, "r-1", 2)
    assert (told[1].status, told[1].error) == (None, "ConnectionError")


@pytest.mark.parametrize(
    ("body", "kind", "on_read", "code"),
    [
        (b"<html>log in</html>", "text/html", UnexpectedAnswer, "html_answer"),
        (b"<html>log in</html>", "application/json; x", UnexpectedAnswer, "json_invalid"),
        (b'{"a": [1, 2', "application/json", TemporaryError, "truncated_answer"),
        (b"", "application/json", UnexpectedAnswer, "not_json"),
    ],
)
def test_what_is_not_json_is_never_data(
    serve: Serve, open_session: Open, body: bytes, kind: str, on_read: type[Exception], code: str
):
    session = open_session(serve(always(http(body=body, content_type=kind))).url)

    with pytest.raises(on_read) as caught:
        session.get("/x").json()
    assert caught.value.code == code
    with pytest.raises(UnknownOutcome):
        session.write("POST", "/x", body=b"1").json()


def test_an_invalid_content_type_header_disturbs_nobody(serve: Serve, open_session: Open):
    session = open_session(serve(always(http(body=b'{"a":1}', content_type="; charset=UTF-8"))).url)

    assert session.get("/x").json() == {"a": 1}
