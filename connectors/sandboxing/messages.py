"""What travels: requests, answers, and JSON whose numbers stay exact."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

_NUMBER_MARK = f"number-{secrets.token_hex(8)}:"
_MARKED_NUMBER = re.compile(rf'"{_NUMBER_MARK}([^"]*)"')


class Headers(dict[str, str]):
    """Header fields by name; names compare without regard to case."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """Return the field's value, or `default` where the field was not sent."""
        return super().get(name.lower(), default)

    def add(self, name: str, value: str) -> None:
        """Append one field; a repeated one is joined with a comma."""
        known = self.get(name)
        self[name.lower()] = value if known is None else f"{known}, {value}"


@dataclass(frozen=True)
class Request:
    """One request as it came in.

    `path` is percent-decoded, `raw_path` and `raw_query` are as sent; `received_at` is the
    sandbox's clock in seconds since the epoch.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    received_at: float = 0.0
    raw_path: str = ""
    raw_query: str = ""

    def param(self, name: str) -> str | None:
        """Return the first query parameter of that name, spelled exactly, or None."""
        return next((value for key, value in self.query if key == name), None)

    def json(self) -> Any:
        """Return the parsed body, fractions as Decimal; None for an empty body.

        Raises ValueError (json.JSONDecodeError, UnicodeDecodeError) for anything but JSON.
        """
        return loads(self.body) if self.body.strip() else None


@dataclass
class Response:
    """One answer. Content-Length and Date are added when it is sent."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def loads(text: bytes | str) -> Any:
    """Parse JSON; fractions become Decimal, NaN and Infinity are refused (ValueError)."""
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)


def dumps(value: Any) -> str:
    """Write JSON; a Decimal becomes a number with exactly its digits, `1.50` stays `1.50`."""
    text = json.dumps(value, default=_mark_number, ensure_ascii=False, separators=(",", ":"))
    return _MARKED_NUMBER.sub(r"\1", text) if _NUMBER_MARK in text else text


def json_response(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer with a JSON body in UTF-8; `headers` win over the content type."""
    body = dumps(value).encode("utf-8", errors="surrogatepass")
    return Response(status, {"Content-Type": "application/json", **(headers or {})}, body)


def _mark_number(value: Any) -> str:
    """Encode a Decimal as a marked string: the C encoder has no hook for raw numbers."""
    if isinstance(value, Decimal) and value.is_finite():
        return f"{_NUMBER_MARK}{value:f}"
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
