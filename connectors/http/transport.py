"""The one place where sockets are made.

An adapter for requests whose connections go only to addresses that `Egress` checked (the original
name stays for SNI, certificate and Host), send each request in one piece, and obey one deadline for
the whole call, however slowly the other side trickles. The library repeats nothing by itself.
"""

from __future__ import annotations

import functools
import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import certifi
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.retry import Retry

from connectors.http.egress import Egress
from connectors.http.limits import Limits


@dataclass(slots=True)
class Call:
    """One request on the wire: its deadline, and how far it came."""

    limits: Limits
    ends_at: float = field(init=False)
    sent: bool = False  # the first byte of the request may have left
    reused: bool = False  # it went over a kept connection
    answered: bool = False  # the first byte of the answer arrived

    def __post_init__(self) -> None:
        self.ends_at = time.monotonic() + self.limits.total_seconds

    def patience(self, silence: float) -> float:
        """Seconds the next socket operation may take; raises TimeoutError at the deadline."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the whole call is over")
        return min(silence, left)


_current: ContextVar[Call | None] = ContextVar("call", default=None)


@contextmanager
def calling(limits: Limits) -> Iterator[Call]:
    """Open the books for one request; the sockets it uses read the deadline from here."""
    call = Call(limits)
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)


def _before_read(sock: socket.socket) -> None:
    call = _current.get()
    if call is not None:
        sock.settimeout(call.patience(call.limits.read_seconds))


class _Socket(socket.socket):
    """A plain socket that looks at the deadline before each read."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        _before_read(self)
        return _noted(super().recv_into(*args, **kwargs))


class _TlsSocket(ssl.SSLSocket):
    """The same for TLS, where a read also waits for the rest of its record."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        _before_read(self)
        return _noted(super().recv_into(*args, **kwargs))


def _noted(count: int) -> int:
    call = _current.get()
    if call is not None and count:
        call.answered = True
    return count


class _CappedHead:
    """Reads status line and headers; ends an answer whose head never ends."""

    def __init__(self, stream: Any, cap: int) -> None:
        self._stream = stream
        self._left = cap

    def readline(self, limit: int = -1) -> bytes:
        line = self._stream.readline(limit)
        self._left -= len(line)
        if self._left < 0:
            raise http.client.HTTPException("the headers of the answer are too large")
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Response(http.client.HTTPResponse):
    def begin(self) -> None:
        call = _current.get()
        stream = self.fp
        self.fp = _CappedHead(stream, call.limits.header_bytes if call else 64 * 1024)
        try:
            super().begin()
        finally:
            if isinstance(self.fp, _CappedHead):
                self.fp = stream


class _Checked:
    """What both kinds of connections add: checked addresses and one write per request."""

    response_class = _Response

    def __init__(self, *args: Any, egress: Egress, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._egress = egress
        self._pieces: list[bytes] | None = None

    def _new_conn(self) -> socket.socket:
        call = _current.get()
        ends_at = time.monotonic() + (call.limits.connect_seconds if call else 10.0)
        failure: OSError | None = None
        for address in self._egress.addresses(self.host, self.port):
            try:
                return _connect(address, self.port, ends_at)
            except TimeoutError as error:
                raise ConnectTimeoutError(self, f"no answer from {self.host}") from error
            except OSError as error:
                failure = error
        raise NewConnectionError(self, str(failure)) from failure

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Collect head and body, then send them in one piece.

        A process that is paused between two sends would deliver half a request now and half
        later; one send of a body below the socket's buffer leaves no such gap.
        """
        call = _current.get()
        if call is not None:
            call.reused = self.sock is not None
        self._pieces = []
        try:
            super().request(*args, **kwargs)
            whole = b"".join(self._pieces)
        finally:
            self._pieces = None
        self.send(whole)

    def send(self, data: Any) -> None:
        if self._pieces is not None:
            self._pieces.append(bytes(data))
            return
        if self.sock is None:
            self.connect()
        call = _current.get()
        if call is not None:
            self.sock.settimeout(call.patience(call.limits.read_seconds))
            call.sent = True
        super().send(data)


class _PlainConnection(_Checked, HTTPConnection):
    pass


class _TlsConnection(_Checked, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class CheckedAdapter(HTTPAdapter):
    """Mount this for both schemes; `ca_pem` adds an authority of the customer's own."""

    def __init__(self, egress: Egress, *, connections: int = 8, ca_pem: str | None = None) -> None:
        self._egress = egress
        self._ca_pem = ca_pem
        super().__init__(
            pool_connections=4,
            pool_maxsize=connections,
            max_retries=Retry(0, read=False, redirect=False, respect_retry_after_header=False),
        )

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self._context = tls_context(self._ca_pem)
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": functools.partial(_PlainPool, egress=self._egress),
            "https": functools.partial(_TlsPool, egress=self._egress),
        }

    def build_connection_pool_key_attributes(
        self, request: PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        host, _ = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"ssl_context": self._context, "cert_reqs": "CERT_REQUIRED"}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave the pool alone: our context holds the authorities and always verifies."""


@functools.cache
def tls_context(ca_pem: str | None = None) -> ssl.SSLContext:
    """TLS 1.2 or newer with verification; raises ssl.SSLError for an unreadable authority."""
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_pem:
        context.load_verify_locations(cadata=ca_pem)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _TlsSocket
    return context


def _connect(address: str, port: int, ends_at: float) -> socket.socket:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time for connecting is over")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = _Socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(left)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect((address, port))
    except BaseException:
        sock.close()
        raise
    return sock
