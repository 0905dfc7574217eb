"""JSON as other systems send it, read without losing or inventing anything.

Numbers become `Decimal` (whole ones `int`), never float. What a tolerant parser would swallow is
refused with its path: NaN and Infinity, numbers beyond any meaning, duplicate keys, NUL characters,
lone surrogates, nesting deeper than the cap.

One bad value need not stop a whole page: read leniently, it becomes a text that begins with
`REFUSED` and says why, and whoever reads that field sees it.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.errors import UnexpectedAnswer
from connectors.http.limits import BodyCut

REFUSED = "\ufffdrefused: "
_LARGEST_EXPONENT = 60
_MOST_DIGITS = 200
_SUSPICIOUS_TEXT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_WIDE, _WIDEST = re.compile(rb"[\xc4-\xef]"), re.compile(rb"[\xf0-\xf4]")
_MOST_MEMORY = 48 * 1024 * 1024
_BOMS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


class NotJson(UnexpectedAnswer):
    """The answer is something else, e.g. a log-in or error page."""

    default_code = "not_json"


class BadJson(UnexpectedAnswer):
    """JSON that must not be taken at its word; `message` names the path."""

    default_code = "json_invalid"


class TooMuch(UnexpectedAnswer):
    """JSON that would grow over our memory when read."""

    default_code = "answer_too_large"


class _Bad:
    """Stands for a value that is refused until the walk finds where it is."""

    def __init__(self, why: str) -> None:
        self.why = why


class Reader:
    """The hooks of one parse; `suspicious` tells whether a second look is needed."""

    def __init__(self, lenient: bool = False) -> None:
        self.suspicious = False
        self.lenient = lenient
        self.decoder = json.JSONDecoder(
            parse_float=self.number,
            parse_int=self.integer,
            parse_constant=self.constant,
            object_pairs_hook=self.pairs,
        )

    def checked(self, value: Any, text: str, depth: int, *, path: str = "$", level: int = 0) -> Any:
        """Return what was decoded from `text`, inside of `level` others, as it may be used.

        Raises BadJson for what is nested too deep and, unless lenient, for the first bad value.
        """
        if text.count("{") + text.count("[") > depth - level:
            _check_depth(value, depth, level)
        suspicious, self.suspicious = self.suspicious, False
        if not suspicious and not _SUSPICIOUS_TEXT.search(text):
            return value
        if self.lenient:
            return _without_bad_text(value)
        _look_closer(value, path)
        return value

    def constant(self, text: str) -> _Bad | str:
        return self.bad(f"{text} is not a number")

    def integer(self, text: str) -> int | _Bad | str:
        if len(text) > _MOST_DIGITS:
            return self.bad("a number with more digits than any amount has")
        return int(text)

    def number(self, text: str) -> Decimal | _Bad | str:
        if len(text) > _MOST_DIGITS:
            return self.bad("a number with more digits than any amount has")
        try:
            value = Decimal(text)
        except InvalidOperation:
            return self.bad(f"{text[:20]} is not a number")
        if value and abs(value.adjusted()) > _LARGEST_EXPONENT:
            return self.bad(f"{text[:20]} is beyond any meaning")
        return value

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Bad:
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        counts = Counter(key for key, _ in pairs)
        doubles = [key for key, count in counts.items() if count > 1]
        if self.lenient:
            return members | dict.fromkeys(doubles, f"{REFUSED}the key occurs twice")
        self.suspicious = True
        return _Bad(f"the key {doubles[0]!r} occurs twice")

    def bad(self, why: str) -> _Bad | str:
        if self.lenient:
            return REFUSED + why
        self.suspicious = True
        return _Bad(why)


def parse_json(
    body: bytes, content_type: str = "", *, depth: int = 64, lenient: bool = False
) -> Any:
    """Parse a body. Raises NotJson (another kind of content), BodyCut (ends early) or BadJson.

    `lenient` keeps the rest of a body with bad values; syntax and nesting stay errors.
    """
    _check_memory(body)
    text = _decode(body, content_type)
    reader = Reader(lenient)
    try:
        value = reader.decoder.decode(text)
    except json.JSONDecodeError as error:
        raise syntax_error(text, error) from error
    except RecursionError as error:
        raise too_deep(depth) from error
    return reader.checked(value, text, depth)


def require_json(start: bytes, content_type: str) -> None:
    """Raise NotJson where the beginning of a body shows that it is something else."""
    kind = content_type.partition(";")[0].strip().lower()
    first = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not first:
        raise NotJson("The answer is empty where JSON was expected.")
    if start[:2] in (bom for bom, _ in _BOMS):
        raise NotJson("The answer is UTF-16; JSON must be UTF-8.")
    if "json" not in kind and (
        kind in ("text/html", "application/xml", "text/xml") or first == b"<"
    ):
        raise NotJson(
            "The answer is a web page instead of JSON: a log-in page, a proxy or a wrong address.",
            code="html_answer",
            detail=f"content type {kind or 'absent'}",
        )


def not_utf8(at_byte: int, content_type: str) -> NotJson:
    """The error of a body whose bytes are no UTF-8."""
    declared = content_type.partition("charset=")[2].strip(' "') or "none"
    return NotJson(f"The answer is not UTF-8 (byte {at_byte}; declared charset: {declared[:20]}).")


def syntax_error(text: str, error: json.JSONDecodeError, before: int = 0) -> UnexpectedAnswer:
    """What is wrong with a text; `before` characters of the body stand before it."""
    if ends_early(text, error):
        length = before + len(text)
        return BodyCut("The JSON answer ends before its end.", detail=f"{length} characters")
    place = before + error.pos
    return BadJson(f"The answer is not valid JSON: {error.msg} at character {place}.")


def ends_early(text: str, error: json.JSONDecodeError) -> bool:
    """Whether a text is wrong only because more of it would have to follow."""
    return error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")


def too_deep(depth: int) -> BadJson:
    return BadJson(f"The answer is nested deeper than {depth} levels.")


def memory_of(text: str) -> int:
    """Estimate the bytes that a text and what is read from it take together.

    Each separator stands for a value, a member or a container (sizes of CPython, rounded up).
    """
    need = 2 * sys.getsizeof(text) + 110 * text.count(",") + 130 * text.count(":")
    return need + 190 * (text.count("{") + text.count("["))


def _check_memory(body: bytes) -> None:
    """Refuse what would take too much memory once it is read, before it does.

    The text takes one, two or four bytes per character, whatever the largest of them takes; each
    separator stands for a value, a member or a container (sizes of CPython, rounded up).
    """
    width = 1
    if not body.isascii():
        width = 4 if _WIDEST.search(body) else 2 if _WIDE.search(body) else 1
    need = len(body) * (1 + 2 * width)
    if need <= _MOST_MEMORY:
        need += 110 * body.count(b",") + 130 * body.count(b":")
        need += 190 * (body.count(b"{") + body.count(b"["))
    if need > _MOST_MEMORY:
        raise TooMuch(
            "The answer holds more than fits into memory; ask for smaller pages.",
            detail=f"{len(body)} bytes",
        )


def _decode(body: bytes, content_type: str) -> str:
    require_json(body, content_type)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(error.start, content_type) from error


def _look_closer(value: Any, path: str) -> None:
    """Find the first refused value and say where it is."""
    stack: list[tuple[str, Any]] = [(path, value)]
    while stack:
        path, node = stack.pop()
        if isinstance(node, _Bad):
            raise BadJson(f"{path}: {node.why}.")
        if isinstance(node, str):
            _check_text(path, node)
        elif isinstance(node, dict):
            for key, child in node.items():
                _check_text(f"{path} key", key)
                stack.append((f"{path}.{key}", child))
        elif isinstance(node, list):
            stack.extend((f"{path}[{index}]", child) for index, child in enumerate(node))


def _without_bad_text(node: Any) -> Any:
    if isinstance(node, str):
        why = _objection(node)
        return REFUSED + why if why else node
    if isinstance(node, dict):
        return {_key(key): _without_bad_text(child) for key, child in node.items()}
    if isinstance(node, list):
        return [_without_bad_text(child) for child in node]
    return node


def _key(key: str) -> str:
    return key if not _objection(key) else re.sub("[\x00\ud800-\udfff]", "\ufffd", key)


def _check_text(path: str, text: str) -> None:
    why = _objection(text)
    if why:
        raise BadJson(f"{path}: {why}.")


def _objection(text: str) -> str:
    if "\x00" in text:
        return "the text contains a NUL character"
    if any("\ud800" <= char <= "\udfff" for char in text):
        return "the text contains half a character (lone surrogate)"
    return ""


def _check_depth(value: Any, depth: int, level: int) -> None:
    nodes = [value] if isinstance(value, dict | list) else []
    while nodes:
        if level >= depth:
            raise too_deep(depth)
        nodes = [child for node in nodes for child in _children(node)]
        level += 1


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return [child for child in node.values() if isinstance(child, dict | list)]
    return [child for child in node if isinstance(child, dict | list)]
