"""Server, log, clock and control, over real sockets."""

import http.client
import json
import socket
import time
from datetime import UTC, datetime

import pytest

from connectors.sandboxing import SandboxServer
from tests.connectors.sandboxing.conftest import Client, Counter


def test_one_connection_carries_many_requests(server, client):
    for _ in range(3):
        client.call("GET", "/")

    assert {entry.connection for entry in server.log.entries()} == {1}


def test_answers_do_not_wait_for_delayed_acknowledgements(client):
    began = time.monotonic()
    for _ in range(100):
        client.call("POST", "/count", {"a": 1})

    assert time.monotonic() - began < 2, "44 ms a request where head and body travel apart"


def test_the_log_tells_who_asked_what_without_keeping_the_secret(server, client, tmp_path):
    client.call("POST", "/count?x=1", {"a": 1})

    (entry,) = server.log.entries()

    assert (entry.method, entry.path, entry.query, entry.status) == ("POST", "/count", "x=1", 200)
    assert (entry.bytes_in, entry.in_flight, entry.fault) == (8, 1, None)
    assert len(entry.auth) == 64
    assert "secret" not in json.dumps(client.control("GET", "log"))


def test_the_log_can_be_read_from_where_one_left_off(client):
    for path in ("/a", "/b", "/c"):
        client.call("GET", path)

    entries = client.control("GET", "log?since=2")["entries"]

    assert [entry["path"] for entry in entries] == ["/c"]


def test_the_log_file_has_one_line_a_request(tmp_path):
    with SandboxServer(Counter(), log_path=tmp_path / "log.jsonl") as server:
        Client(server).call("GET", "/a")

    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["path"] for line in lines] == ["/a"]


def test_control_is_neither_logged_nor_faulted(server, client):
    client.control("POST", "scenario", {"faults": [{"kind": "status", "times": 0}]})

    assert client.control("GET", "health")["name"] == "counter"
    assert server.log.entries() == []


def test_a_reset_drops_script_log_and_the_apps_own_state(server, client):
    client.control("POST", "scenario", {"faults": [{"kind": "status", "nth": 2, "times": 0}]})
    client.call("POST", "/count")

    client.control("POST", "reset")

    assert server.log.entries() == []
    assert json.loads(client.call("POST", "/count")[1])["count"] == 1


def test_an_app_that_fails_answers_500_and_the_connection_lives(client, capsys):
    assert client.call("GET", "/broken")[0] == 500
    assert client.call("GET", "/")[0] == 200
    assert "on purpose" in capsys.readouterr().err


@pytest.mark.parametrize("sent", [b"what\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n"])
def test_what_is_no_http_gets_a_400(server, sent):
    with socket.create_connection((server.host, server.port), timeout=5) as line:
        line.sendall(sent)
        assert line.recv(100).startswith(b"HTTP/1.1 400 ")


def test_a_chunked_body_and_an_encoded_path_arrive_decoded(server):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=5)
    connection.request("POST", "/caf%C3%A9", iter([b"ab", b"c"]), encode_chunked=True)

    answer = json.loads(connection.getresponse().read())
    connection.close()

    assert answer == {"count": 1, "path": "/café"}
    assert server.log.entries()[0].bytes_in == 3


def test_the_clock_can_be_shifted_frozen_and_set(server, client):
    client.control("POST", "clock", {"freeze": True, "now": "2024-02-14T10:00:00+00:00"})
    client.control("POST", "clock", {"advance": 90})

    assert server.app.clock.now() == datetime(2024, 2, 14, 10, 1, 30, tzinfo=UTC)
    assert "error" in client.control("POST", "clock", {"hurry": 1})


def test_a_stopped_server_frees_its_port_for_the_next_one():
    first = SandboxServer(Counter()).start()
    Client(first).call("GET", "/")
    first.stop()

    with SandboxServer(Counter(), port=first.port) as second:
        assert Client(second).call("GET", "/")[0] == 200


def test_an_unknown_control_is_a_404_with_its_name(client):
    assert client.control("GET", "coffee") == {"error": "no control GET /__ctl/coffee"}
