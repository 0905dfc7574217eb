"""The TCP side: parse a request, write an answer in one piece, and drop a line on purpose."""

import io
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

from connectors.sandboxing.messages import Headers, Request, Response

_LONGEST_LINE = 4 * 1024 * 1024
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_BODILESS = frozenset({204, 304})
_LOOK_EVERY = 0.05


class BadRequest(Exception):
    """What came in is no HTTP/1.1 request; the connection cannot go on."""


def read_request(
    stream: io.BufferedIOBase, now: float, proceed: Callable[[], None]
) -> Request | None:
    """Read one request; None where the client closed the line between two requests.

    `proceed` is called when the client waits for 100 Continue. Raises BadRequest.
    """
    line = stream.readline(_LONGEST_LINE)
    while line in (b"\r\n", b"\n"):
        line = stream.readline(_LONGEST_LINE)
    if not line:
        return None
    method, _, rest = line.decode("latin-1").strip().partition(" ")
    target, _, version = rest.rpartition(" ")
    if not version.startswith("HTTP/1.") or not target:
        raise BadRequest(f"no request line: {line[:80]!r}")
    headers = _read_headers(stream)
    if headers.get("expect", "").lower() == "100-continue":
        proceed()
    path, _, query = target.partition("?")
    return Request(
        method=method,
        path=unquote(path),
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        body=_read_body(stream, headers),
        received_at=now,
        raw_path=path,
        raw_query=query,
    )


def wants_to_stay(request: Request) -> bool:
    """Tell whether the client keeps the connection open after this answer."""
    return request.headers.get("connection", "").lower() != "close"


def encode(response: Response, *, length: int | None = None, head_only: bool = False) -> bytes:
    """Return the bytes of an answer; `length` is a Content-Length that may be a lie."""
    return encode_head(response, length=length) + (b"" if head_only else response.body)


def encode_head(response: Response, *, length: int | None = None) -> bytes:
    """Return the status line and the headers with the blank line behind them."""
    reason = _REASONS.get(response.status, "Unknown")
    lines = [f"HTTP/1.1 {response.status} {reason}", f"Date: {formatdate(usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    chunked = "Transfer-Encoding" in response.headers
    if not chunked and response.status not in _BODILESS:
        lines.append(f"Content-Length: {len(response.body) if length is None else length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", errors="replace")


class Line:
    """One TCP connection as the faults see it. All waits end when `stopping` is set."""

    def __init__(self, connection: socket.socket, stopping: threading.Event) -> None:
        self._socket = connection
        self._stopping = stopping

    def send(self, data: bytes) -> None:
        """Write everything at once."""
        self._socket.sendall(data)

    def drip(self, data: bytes, seconds: float) -> None:
        """Write byte by byte with a pause before each."""
        for at in range(len(data)):
            if self.pause(seconds):
                return
            self._socket.sendall(data[at : at + 1])

    def reset(self) -> None:
        """Close with a TCP reset: the client sees "connection reset by peer"."""
        linger_not_at_all = struct.pack("ii", 1, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not_at_all)
        self._socket.close()

    def pause(self, seconds: float) -> bool:
        """Wait; True where the sandbox is stopping."""
        return self._stopping.wait(seconds)

    def wait_until_left(self, seconds: float | None) -> None:
        """Wait until the client closes, `seconds` are over or the sandbox stops."""
        end = None if seconds is None else time.monotonic() + seconds
        while not self._stopping.is_set() and (end is None or time.monotonic() < end):
            readable, _, _ = select.select([self._socket], [], [], _LOOK_EVERY)
            if readable and not self._peek():
                return
            if readable:
                self.pause(_LOOK_EVERY)

    def _peek(self) -> bytes:
        try:
            return self._socket.recv(1, socket.MSG_PEEK)
        except OSError:
            return b""


def _read_headers(stream: io.BufferedIOBase) -> Headers:
    headers = Headers()
    while (line := stream.readline(_LONGEST_LINE)) not in (b"\r\n", b"\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise BadRequest(f"no header line: {line[:80]!r}")
        headers.add(name, value.strip())
    return headers


def _read_body(stream: io.BufferedIOBase, headers: Headers) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return _read_chunks(stream)
    length = headers.get("content-length", "0")
    if not length.isdigit():
        raise BadRequest(f"Content-Length {length!r}")
    return _read_exactly(stream, int(length))


def _read_chunks(stream: io.BufferedIOBase) -> bytes:
    chunks = []
    while size := _chunk_size(stream.readline(_LONGEST_LINE)):
        chunks.append(_read_exactly(stream, size))
        stream.readline(_LONGEST_LINE)
    while stream.readline(_LONGEST_LINE) not in (b"\r\n", b"\n", b""):
        pass
    return b"".join(chunks)


def _chunk_size(line: bytes) -> int:
    try:
        return int(line.split(b";")[0], 16)
    except ValueError as error:
        raise BadRequest(f"chunk size {line[:40]!r}") from error


def _read_exactly(stream: io.BufferedIOBase, size: int) -> bytes:
    body = stream.read(size) if size else b""
    if len(body) < size:
        raise BadRequest("the client left in the middle of the body")
    return body
