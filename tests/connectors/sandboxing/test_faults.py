"""Each kind of fault, seen from the client's side of a real socket."""

import gzip
import http.client
import json
import time
import zlib

import pytest

from connectors.sandboxing import Fault
from connectors.sandboxing.faults import KINDS, fault_from
from connectors.sandboxing.mischief import _BEHAVIOR


def count_of(server) -> int:
    return server.app.count


@pytest.mark.parametrize(("phase", "applied"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ({"kind": "status", "status": 503, "body": {"error": "down"}}, 503),
        ({"kind": "rate_limit"}, 429),
        ({"kind": "html"}, 200),
        ({"kind": "reset"}, ConnectionResetError),
        ({"kind": "hang", "seconds": 0.01}, http.client.RemoteDisconnected),
        ({"kind": "garbage"}, http.client.BadStatusLine),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_fault_strikes_before_or_after_the_effect(server, client, fault, seen, phase, applied):
    server.scenario.load(fault_from({**fault, "phase": phase}))

    if isinstance(seen, int):
        assert client.call("POST", "/count")[0] == seen
    else:
        with pytest.raises(seen) as caught:
            client.call("POST", "/count")
        assert caught.type is seen

    assert count_of(server) == applied


def test_an_html_page_comes_with_status_200(server, client):
    server.scenario.load(Fault("html"))

    status, body = client.call("GET", "/")

    assert (status, body[:15]) == (200, b"<!DOCTYPE html>")
    assert client.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("given", "sent"), [(7, "7"), ("soon", "soon"), (None, None)])
def test_retry_after_is_sent_only_where_the_script_gives_it(server, client, given, sent):
    server.scenario.load(Fault("rate_limit", retry_after=given))

    client.call("GET", "/")

    assert client.headers["Retry-After"] == sent


def test_a_postponed_effect_takes_place_when_the_client_is_long_gone(server, client):
    server.scenario.load(Fault("delay", method="POST", seconds=420))
    client.connection.timeout = 0.1

    with pytest.raises(TimeoutError):
        client.call("POST", "/count")
    client.connection.close()

    assert json.loads(client.call("GET", "/")[1])["count"] == 0
    client.control("POST", "clock", {"advance": 421})
    assert json.loads(client.call("GET", "/")[1])["count"] == 1


def test_a_postponed_effect_can_be_released_at_once(server, client):
    server.scenario.load(Fault("delay", seconds=420))
    client.connection.timeout = 0.1

    with pytest.raises(TimeoutError):
        client.call("POST", "/count")

    assert client.control("POST", "release") == {"released": 1}
    assert count_of(server) == 1


def test_a_slow_answer_is_applied_even_when_the_client_gave_up(server, client):
    server.scenario.load(Fault("slow", seconds=0.2))
    client.connection.timeout = 0.05

    with pytest.raises(TimeoutError):
        client.call("POST", "/count")
    deadline = time.monotonic() + 5
    while not server.log.entries() and time.monotonic() < deadline:
        client.control("GET", "health")

    assert count_of(server) == 1


def test_an_idle_connection_is_closed_under_its_second_request_without_effect(server, client):
    server.scenario.load(Fault("close_idle", method="POST"))
    client.call("GET", "/")

    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        client.call("POST", "/count")

    assert count_of(server) == 0


def test_a_fresh_connection_is_not_hit_by_close_idle(server, client):
    server.scenario.load(Fault("close_idle"))

    assert client.call("POST", "/count")[0] == 200


def test_close_after_answers_and_then_drops_the_connection(server, client):
    server.scenario.load(Fault("close_after"))
    assert client.call("POST", "/count")[0] == 200

    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        client.call("GET", "/")


@pytest.mark.parametrize("kind", ["cut_body", "cut_chunks"])
def test_a_cut_answer_ends_too_early(server, client, kind):
    server.scenario.load(Fault(kind))

    with pytest.raises(http.client.IncompleteRead):
        client.call("POST", "/count")

    assert count_of(server) == 1


@pytest.mark.parametrize("part", ["headers", "body"])
def test_slow_bytes_drip_one_at_a_time(server, client, part):
    server.scenario.load(Fault("slow_bytes", part=part, seconds=0.002))
    began = time.monotonic()

    status, body = client.call("GET", "/")

    assert (status, json.loads(body)["path"]) == (200, "/")
    assert time.monotonic() - began > 0.002 * len(body)


def test_wrong_gzip_cannot_be_unpacked(server, client):
    server.scenario.load(Fault("wrong_gzip"))

    _, body = client.call("GET", "/")

    assert client.headers["Content-Encoding"] == "gzip"
    with pytest.raises((zlib.error, OSError, EOFError)):
        gzip.decompress(body)


def test_a_zip_bomb_is_small_on_the_wire_and_large_unpacked(server, client):
    server.scenario.load(Fault("zip_bomb", size=4 * 1024 * 1024))

    _, body = client.call("GET", "/")

    assert len(body) < 10_000
    assert len(gzip.decompress(body)) > 4 * 1024 * 1024


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        (Fault("big_body", size=3_000_000), lambda body: len(body) > 3_000_000),
        (Fault("deep_json", size=500), lambda body: body == b"[" * 500 + b"]" * 500),
        (Fault("bom"), lambda body: body.startswith(b"\xef\xbb\xbf{")),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_odd_bodies_are_sent_whole(server, client, fault, check):
    server.scenario.load(fault)

    status, body = client.call("GET", "/")

    assert status == 200
    assert check(body)


def test_a_big_header_breaks_a_client_with_a_limit(server, client):
    server.scenario.load(Fault("big_header"))

    with pytest.raises(http.client.LineTooLong):
        client.call("GET", "/")


def test_rewrite_puts_status_and_headers_over_the_real_answer(server, client):
    server.scenario.load(Fault("rewrite", status=207, headers={"Content-Type": "text/csv"}))

    status, body = client.call("POST", "/count")

    assert (status, json.loads(body)["count"]) == (207, 1)
    assert client.headers["Content-Type"] == "text/csv"


def test_every_kind_is_carried_out_by_something():
    assert set(_BEHAVIOR) == set(KINDS)


@pytest.mark.parametrize(
    ("fault", "hit"),
    [
        ({"nth": 2}, [2]),
        ({"nth": 2, "times": 2}, [2, 3]),
        ({"times": 0}, [1, 2, 3, 4]),
        ({"method": "post"}, []),
        ({"path": "^/a$", "times": 0}, [1, 2, 3, 4]),
        ({"path": "^/b$"}, []),
        ({"query": "page=3"}, [3]),
    ],
)
def test_a_script_chooses_its_requests(server, client, fault, hit):
    server.scenario.load(fault_from({"kind": "status", "status": 500, **fault}))

    statuses = [client.call("GET", f"/a?page={page}")[0] for page in (1, 2, 3, 4)]

    assert [at for at, status in enumerate(statuses, 1) if status == 500] == hit


def test_a_script_can_look_into_the_body(server, client):
    server.scenario.load(Fault("status", content="INV-7"))

    assert client.call("POST", "/count", {"number": "INV-6"})[0] == 200
    assert client.call("POST", "/count", {"number": "INV-7"})[0] == 500


def test_the_same_seed_gives_the_same_faults(server, client):
    def statuses(seed: int) -> list[int]:
        client.control(
            "POST",
            "scenario",
            {"seed": seed, "faults": [{"kind": "status", "chance": 0.5, "times": 0}]},
        )
        return [client.call("GET", "/")[0] for _ in range(20)]

    first = statuses(1)

    assert first == statuses(1) != statuses(2)
    assert set(first) == {200, 500}


@pytest.mark.parametrize(
    "wish", [{"kind": "earthquake"}, {"kind": "reset", "when": 1}, {"kind": "reset", "path": "("}]
)
def test_a_script_that_cannot_be_obeyed_is_refused_with_the_reason(client, wish):
    assert "error" in client.control("POST", "scenario", {"faults": [wish]})
