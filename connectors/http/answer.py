"""What came back from another system, and what an observer is told about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from connectors.errors import TemporaryError, UnexpectedAnswer, UnknownOutcome
from connectors.http.jsonbody import parse_json
from connectors.http.jsonrows import parse_rows
from connectors.http.limits import BodyCut
from connectors.http.packed import Packed

_REQUEST_ID_HEADERS = (
    "request-id",
    "x-request-id",
    "x-correlation-id",
    "ms-correlation-x",
    "x-ms-correlation-id",
    "traceparent",
)
_SECRET_PARAMETERS = ("token", "secret", "password", "key", "signature", "code")


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer, whatever its status."""

    status: int
    headers: Mapping[str, str]  # names in any case
    content: bytes | Packed  # packed: a long list that was asked for as one
    url: str
    duration_ms: int
    request_id: str = ""
    write: bool = False
    json_depth: int = 64

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "") or ""

    @property
    def is_packed(self) -> bool:
        return isinstance(self.content, Packed)

    @property
    def body(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else b"".join(self.content)

    def plain_json(self, *, lenient: bool = False) -> Any:
        """The parsed body; raises UnexpectedAnswer whatever the request was.

        In a packed one a long list comes as `[Rows]`; see `jsonrows`.
        """
        if isinstance(self.content, Packed):
            return parse_rows(
                self.content, self.content_type, depth=self.json_depth, lenient=lenient
            )
        return parse_json(self.content, self.content_type, depth=self.json_depth, lenient=lenient)

    def json(self, *, lenient: bool = False) -> Any:
        """The parsed body with Decimal numbers; `lenient` as in `parse_json`.

        A body that cannot be read leaves the outcome of a write unknown (UnknownOutcome); on a
        read a body that was cut raises TemporaryError, anything else UnexpectedAnswer.
        """
        try:
            return self.plain_json(lenient=lenient)
        except UnexpectedAnswer as error:
            facts: dict[str, Any] = {
                "detail": error.detail,
                "status": self.status,
                "request_id": self.request_id,
            }
            if self.write:
                raise UnknownOutcome(error.message, **facts) from error
            if isinstance(error, BodyCut):
                raise TemporaryError(error.message, code=error.code, **facts) from error
            error.status, error.request_id = self.status, self.request_id
            raise


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request for audit and metrics; the address carries no secret."""

    method: str
    url: str
    status: int | None  # None: no complete answer
    duration_ms: int
    bytes_out: int
    bytes_in: int
    request_id: str = ""
    purpose: str = "api"  # or "token"
    error: str = ""  # class of the error without an answer


def request_id_of(headers: Mapping[str, str]) -> str:
    """The other system's id of a request, cut to 100 characters."""
    return next((headers[name][:100] for name in _REQUEST_ID_HEADERS if headers.get(name)), "")


def presentable(url: str) -> str:
    """The address with the values of secret-looking parameters hidden."""
    parts = urlsplit(url)
    if not parts.query:
        return url
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if not any(_is_secret(name) for name, _ in pairs):
        return url
    shown = [(name, "***" if _is_secret(name) else value) for name, value in pairs]
    query = urlencode(shown, quote_via=quote, safe="$*,:()'")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _is_secret(name: str) -> bool:
    folded = name.lower()
    if folded.startswith("$"):
        return False
    return any(word in folded for word in _SECRET_PARAMETERS)
