"""How long and how large an exchange may become before we end it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from connectors.errors import UnexpectedAnswer
from connectors.http.packed import Arriving, Packed

_READ_STEP = 64 * 1024
_PLAIN_LIST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of one call. `total_seconds` ends also what keeps trickling in.

    `gzip_ratio` is decompressed to compressed bytes, applied from one megabyte on: small bodies of
    repeated text compress well and hurt nobody. A body takes several times its size while it is
    read, and a worker has to live with less than 200 MB; a list may be larger (`for_list`), since
    it is kept packed from `plain_bytes` on and read record by record.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    total_seconds: float = 120.0
    body_bytes: int = 24 * 1024 * 1024
    list_bytes: int = 64 * 1024 * 1024
    plain_bytes: int | None = None  # None: however large, a body comes as it is
    header_bytes: int = 64 * 1024
    gzip_ratio: int = 100
    json_depth: int = 64

    def within(self, seconds: float | None) -> Limits:
        """The same caps for one call that may take `seconds` in all (None: unchanged)."""
        if seconds is None:
            return self
        return replace(
            self,
            connect_seconds=min(self.connect_seconds, seconds),
            read_seconds=seconds,
            total_seconds=seconds,
        )

    def for_list(self) -> Limits:
        """The same caps for a list."""
        return replace(self, body_bytes=self.list_bytes, plain_bytes=_PLAIN_LIST)


class BodyTooLarge(UnexpectedAnswer):
    """The answer went over a cap and was not read to its end."""

    default_code = "answer_too_large"


class BodyCut(UnexpectedAnswer):
    """The answer ended before it was complete."""

    default_code = "truncated_answer"


def collect(chunks: Iterable[bytes], encoding: str, limits: Limits) -> bytes | Packed:
    """Join the chunks of a body as they come off the wire, decompressed, within the caps; what is
    over `plain_bytes` comes packed.

    Raises BodyTooLarge, BodyCut (compressed data that ends early) or UnexpectedAnswer.
    """
    coding = encoding.strip().lower()
    if coding in ("", "identity"):
        return _plain(chunks, limits)
    if coding in ("gzip", "x-gzip"):
        return _gunzip(chunks, limits)
    raise UnexpectedAnswer(f"The answer is compressed in a way we did not offer: {coding[:20]}.")


def _plain(chunks: Iterable[bytes], limits: Limits) -> bytes | Packed:
    body = Arriving(limits.plain_bytes)
    for chunk in chunks:
        body.write(chunk)
        if body.size > limits.body_bytes:
            raise _over(limits)
    return body.whole()


def _gunzip(chunks: Iterable[bytes], limits: Limits) -> bytes | Packed:
    stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
    body = Arriving(limits.plain_bytes)
    wire = 0
    try:
        for chunk in chunks:
            wire += len(chunk)
            pending = chunk
            while pending and not stream.eof:
                body.write(stream.decompress(pending, _READ_STEP))
                pending = stream.unconsumed_tail
                _check_expansion(body.size, wire, limits)
    except zlib.error as error:
        raise UnexpectedAnswer("The compressed answer is damaged.", detail=str(error)) from error
    if wire and not stream.eof:
        raise BodyCut("The compressed answer ends before its end.")
    return body.whole()


def _check_expansion(size: int, wire: int, limits: Limits) -> None:
    if size > limits.body_bytes:
        raise _over(limits)
    if size > 1024 * 1024 and size > wire * limits.gzip_ratio:
        raise BodyTooLarge(
            f"The compressed answer grows more than {limits.gzip_ratio} times; it was not read."
        )


def _over(limits: Limits) -> BodyTooLarge:
    return BodyTooLarge(f"The answer is larger than {limits.body_bytes // 1024 // 1024} MB.")
