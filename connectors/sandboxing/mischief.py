"""What each fault does to one exchange. A function returns True where the line stays open."""

import gzip
import os
from collections.abc import Callable, Mapping
from typing import Protocol

from connectors.sandboxing.faults import Fault
from connectors.sandboxing.messages import Response, dumps
from connectors.sandboxing.wire import Line, encode, encode_head

_MEBI = 1024 * 1024
_PAGE = (
    b"<!DOCTYPE html><html><head><title>Sign in</title></head>"
    b"<body><h1>Please sign in</h1><p>Your session has ended.</p></body></html>"
)


class Exchange(Protocol):
    """One request under a fault; `apply` runs it (once), `note` writes the log entry (once)."""

    fault: Fault
    line: Line

    def apply(self) -> Response: ...
    def postpone(self, seconds: float) -> None: ...
    def note(self, status: int | None, size: int = 0) -> None: ...
    def send(self, response: Response) -> None: ...


def misbehave(exchange: Exchange) -> bool:
    """Carry out the exchange's fault; True where the connection goes on."""
    return _BEHAVIOR[exchange.fault.kind](exchange)


def _status(exchange: Exchange) -> bool:
    _apply_if_after(exchange)
    fault = exchange.fault
    exchange.send(_made_up(fault.status or 500, fault.body, fault.headers))
    return True


def _rate_limit(exchange: Exchange) -> bool:
    _apply_if_after(exchange)
    fault = exchange.fault
    wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    exchange.send(_made_up(fault.status or 429, fault.body, {**wait, **fault.headers}))
    return True


def _html(exchange: Exchange) -> bool:
    _apply_if_after(exchange)
    kind = {"Content-Type": "text/html; charset=utf-8"}
    exchange.send(Response(exchange.fault.status or 200, kind, _PAGE))
    return True


def _slow(exchange: Exchange) -> bool:
    _apply_if_after(exchange)
    exchange.line.pause(exchange.fault.seconds or 0)
    exchange.send(exchange.apply())
    return True


def _reset(exchange: Exchange) -> bool:
    _apply_if_after(exchange)
    exchange.note(None)
    exchange.line.reset()
    return False


def _hang(exchange: Exchange) -> bool:
    _apply_if_after(exchange)
    exchange.note(None)
    exchange.line.wait_until_left(exchange.fault.seconds)
    return False


def _delay(exchange: Exchange) -> bool:
    exchange.postpone(exchange.fault.seconds or 0)
    exchange.note(None)
    exchange.line.wait_until_left(None)
    return False


def _close_idle(exchange: Exchange) -> bool:
    exchange.note(None)
    return False


def _close_after(exchange: Exchange) -> bool:
    exchange.send(exchange.apply())
    return False


def _cut_body(exchange: Exchange) -> bool:
    whole = exchange.apply()
    kept = exchange.fault.size if exchange.fault.size is not None else len(whole.body) // 2
    exchange.note(whole.status, kept)
    part = Response(whole.status, whole.headers, whole.body[:kept])
    exchange.line.send(encode(part, length=len(whole.body)))
    return False


def _cut_chunks(exchange: Exchange) -> bool:
    whole = exchange.apply()
    chunk = b"%x\r\n%s\r\n" % (len(whole.body), whole.body)
    headers = {**whole.headers, "Transfer-Encoding": "chunked"}
    exchange.note(whole.status, len(whole.body))
    exchange.line.send(encode(Response(whole.status, headers, chunk)))
    return False


def _slow_bytes(exchange: Exchange) -> bool:
    whole, fault = exchange.apply(), exchange.fault
    pause = 1.0 if fault.seconds is None else fault.seconds
    exchange.note(whole.status, len(whole.body))
    for part, data in (("headers", encode_head(whole)), ("body", whole.body)):
        if fault.part in (part, "all"):
            exchange.line.drip(data, pause)
        else:
            exchange.line.send(data)
    return True


def _wrong_gzip(exchange: Exchange) -> bool:
    whole = exchange.apply()
    packed = gzip.compress(whole.body)
    damaged = packed[: len(packed) // 2] + b"\xff" * (len(packed) - len(packed) // 2)
    exchange.send(_packed(whole, damaged))
    return True


def _zip_bomb(exchange: Exchange) -> bool:
    whole = exchange.apply()
    mebis = max(1, (exchange.fault.size or 64 * _MEBI) // _MEBI)
    blanks = gzip.compress(b" " * _MEBI)
    exchange.send(_packed(whole, blanks * mebis + gzip.compress(whole.body)))
    return True


def _big_body(exchange: Exchange) -> bool:
    whole = exchange.apply()
    size = exchange.fault.size or 64 * _MEBI
    exchange.note(whole.status, len(whole.body) + size)
    exchange.line.send(encode(whole, length=len(whole.body) + size))
    for start in range(0, size, _MEBI):
        exchange.line.send(b" " * min(_MEBI, size - start))
    return True


def _big_header(exchange: Exchange) -> bool:
    whole = exchange.apply()
    filler = {"X-Filler": "x" * (exchange.fault.size or _MEBI)}
    exchange.send(Response(whole.status, {**whole.headers, **filler}, whole.body))
    return True


def _deep_json(exchange: Exchange) -> bool:
    whole = exchange.apply()
    depth = exchange.fault.size or 10_000
    exchange.send(Response(whole.status, whole.headers, b"[" * depth + b"]" * depth))
    return True


def _bom(exchange: Exchange) -> bool:
    whole = exchange.apply()
    exchange.send(Response(whole.status, whole.headers, b"\xef\xbb\xbf" + whole.body))
    return True


def _rewrite(exchange: Exchange) -> bool:
    whole, fault = exchange.apply(), exchange.fault
    headers = {**whole.headers, **fault.headers}
    exchange.send(Response(fault.status or whole.status, headers, whole.body))
    return True


def _garbage(exchange: Exchange) -> bool:
    _apply_if_after(exchange)
    exchange.note(None)
    exchange.line.send(b"\x15\x03\x01" + os.urandom(64))
    return False


def _apply_if_after(exchange: Exchange) -> None:
    if exchange.fault.phase == "after":
        exchange.apply()


def _made_up(status: int, body: object, headers: Mapping[str, str]) -> Response:
    if isinstance(body, str):
        return Response(status, {"Content-Type": "text/plain", **headers}, body.encode())
    default = {"error": {"code": str(status), "message": "scripted fault"}}
    data = dumps(default if body is None else body).encode()
    return Response(status, {"Content-Type": "application/json", **headers}, data)


def _packed(whole: Response, body: bytes) -> Response:
    return Response(whole.status, {**whole.headers, "Content-Encoding": "gzip"}, body)


_BEHAVIOR: Mapping[str, Callable[[Exchange], bool]] = {
    "status": _status,
    "rate_limit": _rate_limit,
    "html": _html,
    "slow": _slow,
    "reset": _reset,
    "hang": _hang,
    "delay": _delay,
    "close_idle": _close_idle,
    "close_after": _close_after,
    "cut_body": _cut_body,
    "cut_chunks": _cut_chunks,
    "slow_bytes": _slow_bytes,
    "wrong_gzip": _wrong_gzip,
    "zip_bomb": _zip_bomb,
    "big_body": _big_body,
    "big_header": _big_header,
    "deep_json": _deep_json,
    "bom": _bom,
    "rewrite": _rewrite,
    "garbage": _garbage,
}
