"""Secure connections: verified always, also with a customer's own authority."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.errors import ConfigurationError, TemporaryError
from connectors.http.limits import Limits
from connectors.http.session import Session
from tests.connectors.http.servers import RawServer, Seen, as_json, certificate, serving

Serve = Callable[..., RawServer]
Open = Callable[..., Session]


def test_a_certificate_that_nobody_signed_is_refused_until_its_authority_is_entered(
    serve: Serve, open_session: Open, tmp_path: Path
):
    paths = certificate(tmp_path)
    server = serve(lambda seen, _: as_json({"a": 1}), serving(paths))

    with pytest.raises(ConfigurationError) as caught:
        open_session(server.url).get("/x")
    assert caught.value.code == "tls"
    assert open_session(server.url, ca_pem=paths[0].read_text()).get("/x").json() == {"a": 1}


@pytest.mark.parametrize(("address", "days"), [("127.0.0.2", 1), ("127.0.0.1", -1)])
def test_certificates_of_another_host_or_another_time_are_refused(
    serve: Serve, open_session: Open, tmp_path: Path, address: str, days: int
):
    paths = certificate(tmp_path, address, days)
    server = serve(lambda seen, _: as_json({}), serving(paths))

    with pytest.raises(ConfigurationError) as caught:
        open_session(server.url, ca_pem=paths[0].read_text()).write("POST", "/x", body=b"1")

    assert caught.value.code == "tls"
    assert server.seen == []


def test_an_old_version_of_tls_is_refused(serve: Serve, open_session: Open, tmp_path: Path):
    paths = certificate(tmp_path)
    context = serving(paths)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLS"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    server = serve(lambda seen, _: as_json({}), context)

    with pytest.raises((ConfigurationError, TemporaryError)):
        open_session(server.url, ca_pem=paths[0].read_text()).get("/x")
    assert server.seen == []


def test_one_byte_at_a_time_ends_at_the_deadline_over_tls_too(
    serve: Serve, open_session: Open, tmp_path: Path
):
    over = threading.Event()

    def trickle(seen: Seen, connection: socket.socket) -> bytes | None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        while not over.wait(0.05):
            connection.sendall(b"x")
        return None

    paths = certificate(tmp_path)
    server = serve(trickle, serving(paths))
    limits = Limits(connect_seconds=1, read_seconds=0.5, total_seconds=0.6)
    started = time.monotonic()

    with pytest.raises(TemporaryError) as caught:
        open_session(server.url, limits=limits, ca_pem=paths[0].read_text()).get("/x")
    over.set()

    assert caught.value.code == "timeout"
    assert time.monotonic() - started < 1.5
