"""Faults of limits, tokens, sockets and addresses, where one session is enough: F5 to F7, F9 to
F12, F33, F38, F39, F46, F54 to F57."""

from __future__ import annotations

import json
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    RateLimited,
    TemporaryError,
    UnexpectedAnswer,
)
from connectors.http.auth import BasicAuth, ClientCredentials
from connectors.http.egress import Egress, EgressRefused
from connectors.http.jsonbody import parse_json
from connectors.http.limits import Limits
from connectors.http.pagination import LinkedPages, PageFacts, PagingLoop, Position, walk
from connectors.http.permission import only_while
from connectors.http.retry_after import parse_retry_after
from connectors.http.session import Session
from connectors.http.throttle import LocalThrottle
from connectors.nav.client import Client
from connectors.nav.urls import Root
from tests.connectors.http.servers import RawServer, Seen, certificate, http, serving

QUICK = Limits(connect_seconds=2, read_seconds=1, total_seconds=1.5)
LOOPBACK = Egress("hosted", loopback_allowed=True)


@pytest.fixture
def serve():
    started: list[RawServer] = []

    def start(reply, tls=None) -> RawServer:
        started.append(RawServer(reply, tls))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def session(url: str, **options) -> Session:
    values = {"auth": BasicAuth("ann", "pw"), "limits": QUICK, "egress": LOOPBACK, **options}
    return Session(base_url=url, **values)


LIFETIMES = {
    "F5 no lifetime": "",
    "F5 lifetime as text": ', "expires_in": "300"',
    "F5 lifetime as number": ', "expires_in": 300',
}


@pytest.mark.parametrize("lifetime", LIFETIMES.values(), ids=LIFETIMES)
def test_a_token_is_renewed_a_minute_before_its_end_by_our_clock(serve, lifetime: str):
    now = [1000.0]
    server = serve(lambda *_: http(body=f'{{"access_token": "t"{lifetime}}}'.encode()))
    auth = ClientCredentials(
        token_url=server.url, client_id="c", client_secret="s", clock=lambda: now[0]
    )
    with session(server.url, auth=auth) as one:
        auth.headers(one.post_form)
        now[0] += 239
        auth.headers(one.post_form)
        before = len(server.seen)
        now[0] += 2
        auth.headers(one.post_form)

    assert (before, len(server.seen)) == (1, 2)


def test_f6_a_token_with_less_scope_than_asked_for_names_what_is_missing(serve):
    narrow = b'{"access_token": "t", "expires_in": 300, "scope": "read"}'
    server = serve(lambda *_: http(body=narrow))
    auth = ClientCredentials(
        token_url=server.url, client_id="c", client_secret="s", scope="read write"
    )

    with session(server.url, auth=auth) as one, pytest.raises(AuthenticationError) as told:
        one.get("x")

    assert (told.value.code, len(server.seen)) == ("scope_missing", 1)
    assert "write" in told.value.message


WAITS = {
    "F10 seconds": ("120", 120),
    "F10 a date to come": ("Thu, 01 Jan 1970 00:20:00 GMT", 200),
    "F10 a date in the past": ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    "F10 negative": ("-5", 0),
    "F10 thirty years": ("1000000000", 3600),
    "F10 garbage": ("soon", 15),
}


@pytest.mark.parametrize(("value", "seconds"), WAITS.values(), ids=WAITS)
def test_a_time_to_wait_is_understood_and_lies_between_nothing_and_an_hour(value, seconds):
    assert parse_retry_after(value, default=15, now=1000) == seconds


def test_f8_a_429_halves_the_rate_which_recovers_by_one_a_second_per_minute():
    now = [0.0]
    throttle = LocalThrottle(per_second=20, max_parallel=5, clock=lambda: now[0])

    throttle.limited(0)
    halved = throttle.rate
    now[0] += 120

    assert (halved, throttle.rate) == (10, pytest.approx(12))


def test_f7_fifty_workers_need_a_token_and_one_asks(serve):
    server = serve(lambda *_: http(body=b'{"access_token": "t", "expires_in": 300}'))
    auth = ClientCredentials(token_url=server.url, client_id="c", client_secret="s")
    gate = threading.Barrier(50)

    def need(_: int) -> None:
        gate.wait()
        auth.headers(one.post_form)

    with session(server.url, auth=auth) as one, ThreadPoolExecutor(50) as pool:
        list(pool.map(need, range(50)))

    assert len(server.seen) == 1


def test_f11_never_more_requests_in_flight_than_slots(serve):
    flying, most, lock = [0], [0], threading.Lock()

    def reply(*_: object) -> bytes:
        with lock:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        threading.Event().wait(0.02)
        with lock:
            flying[0] -= 1
        return http()

    server = serve(reply)
    throttle = LocalThrottle(per_second=1000, max_parallel=5)
    with session(server.url, throttle=throttle) as one, ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: one.get("x"), range(40)))

    assert most[0] <= 5


def test_f12_a_limit_lowered_to_a_tenth_is_learned_within_two_minutes():
    now = [0.0]
    throttle = LocalThrottle(per_second=20, max_parallel=5, clock=lambda: now[0], patience=0)
    refused = taken = 0
    while now[0] < 120:
        now[0] += 0.5
        try:
            with throttle.slot():
                taken += 1
        except RateLimited:
            continue
        if throttle.rate > 2:
            refused += 1
            throttle.limited(1)

    assert refused <= 12
    assert taken > 100


@pytest.mark.parametrize(
    "facts",
    [PageFacts(1, next="/again"), PageFacts(0, next="/empty")],
    ids=["F38 a link to itself", "F38 empty pages that go on"],
)
def test_paging_without_progress_is_stopped(facts: PageFacts):
    places = iter(range(100))

    def read(_: Position) -> tuple[PageFacts, int]:
        link = facts.next if facts.count else f"{facts.next}{next(places)}"
        return PageFacts(facts.count, next=link), 0

    with pytest.raises(PagingLoop):
        list(walk(LinkedPages(), read))


def test_f39_a_link_to_another_host_is_refused_and_sees_no_token(serve):
    canary, home = serve(lambda *_: http()), serve(lambda *_: http())

    with session(home.url) as one, pytest.raises(EgressRefused):
        one.get(f"{canary.url}/next")

    assert canary.seen == []


def test_f38_a_list_whose_next_link_leads_to_itself_is_left_after_proof(serve):
    """Through the ledger's own client: each page says that there is one more, the same."""

    def reply(seen: Seen, _: object) -> bytes:
        link = f"{server.url}{seen.target}"
        return http(body=json.dumps({"value": [{"id": "1"}], "@odata.nextLink": link}).encode())

    server = serve(reply)
    with session(server.url) as one, pytest.raises(PagingLoop):
        Client(one, Root("")).rows("vendors")

    assert len(server.seen) <= 3


def test_f55_a_redirect_at_home_is_followed_by_a_read_and_not_by_a_write(serve):
    def reply(seen: Seen, _: object) -> bytes:
        return http(302, location="/there") if seen.target == "/here" else http()

    server = serve(reply)
    with session(server.url) as one:
        read, written = one.get("here"), one.write("POST", "here", body=b"{}")

    assert (read.status, written.status) == (200, 302)
    assert [seen.target for seen in server.seen] == ["/here", "/there", "/here"]


@pytest.mark.parametrize("status", [301, 302, 307, 308], ids=lambda status: f"F55 {status}")
def test_redirects_are_followed_at_home_by_reads_alone(serve, status: int):
    canary = serve(lambda *_: http())
    away = serve(lambda *_: http(status, location=f"{canary.url}/x"))

    with session(away.url) as one:
        with pytest.raises(ConfigurationError):
            one.get("a")
        written = one.write("POST", "a", body=b"{}")

    assert written.status == status
    assert canary.seen == []


def test_f54_a_certificate_that_nobody_signed_is_refused_until_its_authority_is_known(
    serve, tmp_path: Path
):
    paths = certificate(tmp_path)
    server = serve(lambda *_: http(), serving(paths))

    with session(server.url) as one, pytest.raises(ConfigurationError) as refused:
        one.get("x")
    with session(server.url, ca_pem=paths[0].read_text()) as other:
        answer = other.get("x")

    assert (refused.value.code, answer.status) == ("tls", 200)


CERTIFICATES = {
    "F54 expired": ("127.0.0.1", -1, None),
    "F54 of another host": ("127.0.0.2", 1, None),
    "F54 TLS 1.1": ("127.0.0.1", 1, ssl.TLSVersion.TLSv1_1),
}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(("address", "days", "most"), CERTIFICATES.values(), ids=CERTIFICATES)
def test_a_certificate_that_is_not_right_is_refused_although_its_authority_is_known(
    serve, tmp_path: Path, address: str, days: int, most: ssl.TLSVersion | None
):
    paths = certificate(tmp_path, address, days)
    context = serving(paths)
    if most is not None:
        context.minimum_version, context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, most
    server = serve(lambda *_: http(), context)

    refused = pytest.raises((ConfigurationError, TemporaryError))
    with session(server.url, ca_pem=paths[0].read_text()) as one, refused:
        one.get("x")

    assert server.seen == []


def test_f56_the_connection_goes_to_the_address_that_was_checked(serve):
    """The name leads elsewhere as soon as it was looked up once."""
    server, asked = serve(lambda *_: http()), []

    def resolve(*_: object) -> list[str]:
        asked.append(1)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.9.9.9"]

    egress = Egress(loopback_allowed=True, resolver=resolve)
    with session(f"http://nav.localhost:{server.port}", egress=egress) as one:
        answer = one.get("x")

    assert (answer.status, len(asked)) == (200, 1)
    assert server.seen[0].header("Host") == f"nav.localhost:{server.port}"


def test_f56_an_answer_with_one_private_address_refuses_the_name():
    both = Egress("hosted", resolver=lambda *_: ["93.184.216.34", "10.0.0.1"])

    with pytest.raises(EgressRefused):
        both.addresses("both.example", 443)


def test_f57_a_proxy_that_asks_for_a_log_in_is_named(serve):
    server = serve(lambda seen, _: http(407) if isinstance(seen, Seen) else None)

    with session(server.url) as one, pytest.raises(ConfigurationError) as told:
        one.get("x")

    assert told.value.code == "proxy"


@pytest.mark.parametrize(
    "body",
    [b'{"a": NaN}', b'{"a": 1, "a": 2}', b'{"a": "\\ud800"}', b'{"a": "\\u0000"}', b'{"a": 1e400}'],
    ids=["F33 NaN", "F33 equal keys", "F46 lone surrogate", "F46 NUL", "F33 1e400"],
)
def test_what_json_must_not_smuggle_in_is_refused(body: bytes):
    with pytest.raises(UnexpectedAnswer):
        parse_json(body)


def test_nothing_leaves_once_the_lease_might_end_before_the_answer(serve):
    server = serve(lambda *_: http())
    asked: list[float] = []

    with (
        session(server.url) as one,
        only_while(lambda seconds: bool(asked.append(seconds))),
        pytest.raises(TemporaryError) as refused,
    ):
        one.write("POST", "a", body=b"{}")

    assert (refused.value.code, asked, server.seen) == ("lease", [1.5], [])
