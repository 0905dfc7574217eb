"""A JSON answer too large for memory, read one record after another.

What stands around its lists is read as ever; a long list becomes one element, `Rows`, which read
its objects anew each time they are asked for. The whole text is checked first, so that of a body
that ends early or is no JSON nothing is used. Each value is checked as `jsonbody` checks a body.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from connectors.errors import UnexpectedAnswer
from connectors.http.jsonbody import (
    Reader,
    TooMuch,
    ends_early,
    memory_of,
    not_utf8,
    require_json,
    syntax_error,
    too_deep,
)
from connectors.http.packed import Packed

_STEP = 64 * 1024  # characters read at a time; a list whose text is shorter is read at once
_MOST_MEMORY = 16 * 1024 * 1024  # of one record, and of all that stands around the lists
_MOST_ROWS = 100_000  # each leaves something in memory with whoever reads it
_LONGEST_TOKEN = 16  # what a cut may fall into, other than a text: a number's end, an escape
_MEMBER = 300  # bytes that a member takes besides its value
_BLANKS = re.compile(r"[ \t\n\r]*")


class Rows:
    """The objects of one long list; `others` counts its elements that are none."""

    def __init__(self, text: _Text, place: int, path: str, level: int, objects: int, others: int):
        self._text, self._place, self._path, self._level = text, place, path, level
        self._objects, self.others = objects, others

    def __len__(self) -> int:
        return self._objects

    def __iter__(self) -> Iterator[dict[str, Any]]:
        window = self._text.window(self._place)
        for value, _ in self._text.elements(window, self._path, self._level):
            if isinstance(value, dict):
                yield value


def parse_rows(
    body: Packed, content_type: str = "", *, depth: int = 64, lenient: bool = False
) -> Any:
    """Parse a packed body as `parse_json` does a plain one; a long list that is in no other list
    comes as `[Rows]`. Raises also TooMuch for a record that does not fit into memory."""
    require_json(next((block for block in body if block.strip()), b""), content_type)
    text = _Text(body, content_type, depth, lenient)
    window = text.window()
    value = _Outside(text, window).node("$", 0)
    window.end()
    return value


def rows_of(found: Any) -> Rows | None:
    """Return the rows that stand in place of a long list, None for any other value."""
    is_long = isinstance(found, list) and len(found) == 1 and isinstance(found[0], Rows)
    return found[0] if is_long else None


class _Text:
    """A body and how its values are read."""

    def __init__(self, body: Packed, content_type: str, depth: int, lenient: bool) -> None:
        self._body, self._content_type = body, content_type
        self.depth, self.lenient = depth, lenient

    def window(self, place: int = 0) -> _Window:
        """Return a new window on the text that begins at a character."""
        window = _Window(_characters(self._body, self._content_type), self.depth)
        window.skip_to(place)
        return window

    def elements(self, window: _Window, path: str, level: int) -> Iterator[tuple[Any, str]]:
        """Yield the elements of the list that begins here, each with its text; they lie inside of
        `level` lists and objects."""
        reader = Reader(self.lenient)
        for at, _ in enumerate(window.items("]")):
            if at >= _MOST_ROWS:
                raise TooMuch(f"A list of the answer holds more than {_MOST_ROWS} records.")
            value, text = window.value(reader)
            place = f"{path}[{at}]"
            yield reader.checked(value, text, self.depth, path=place, level=level), text


class _Outside:
    """Walks what stands around the lists."""

    def __init__(self, text: _Text, window: _Window) -> None:
        self._text, self._window = text, window
        self._left = _MOST_MEMORY

    def node(self, path: str, level: int) -> Any:
        """Read the value that begins here, inside of so many others."""
        first = self._window.peek()
        if first not in ("{", "["):
            return self._scalar(path)
        if level >= self._text.depth:
            raise too_deep(self._text.depth)
        return self._object(path, level) if first == "{" else self._list(path, level)

    def _scalar(self, path: str) -> Any:
        reader = Reader(self._text.lenient)
        value, text = self._window.value(reader)
        self._take(memory_of(text))
        return reader.checked(value, text, self._text.depth, path=path)

    def _object(self, path: str, level: int) -> Any:
        reader, pairs, names = Reader(self._text.lenient), [], []
        for _ in self._window.items("}"):
            if self._window.peek() not in ('"', ""):
                raise self._window.wrong("Expecting property name enclosed in double quotes")
            name, written = self._window.value(reader)
            names.append(written)
            self._window.step(":")
            pairs.append((name, self.node(f"{path}.{name}", level + 1)))
            self._take(_MEMBER + memory_of(written))
        members, depth = reader.pairs(pairs), self._text.depth
        return reader.checked(members, "".join(names), depth, path=path)

    def _list(self, path: str, level: int) -> list[Any]:
        """Read a list whole as long as it is short, else only check and count what it holds."""
        place, left = self._window.place, self._left
        kept: list[Any] | None = []
        count = objects = 0
        for value, text in self._text.elements(self._window, path, level + 1):
            count += 1
            objects += isinstance(value, dict)
            if kept is not None and self._window.place - place <= _STEP:
                self._take(memory_of(text))
                kept.append(value)
            else:
                kept = None
        if kept is not None:
            return kept
        self._left = left
        return [Rows(self._text, place, path, level + 1, objects, count - objects)]

    def _take(self, memory: int) -> None:
        self._left -= memory
        if self._left < 0:
            raise _over("What stands around the lists of the answer")


class _Window:
    """The part of a text that is being read; what lies before it is forgotten."""

    def __init__(self, characters: Iterator[str], depth: int) -> None:
        self._characters = characters
        self._depth = depth
        self._text, self._at = "", 0
        self._before = 0  # characters forgotten

    @property
    def place(self) -> int:
        """The character of the whole text where the window stands."""
        return self._before + self._at

    def skip_to(self, place: int) -> None:
        while self._before + len(self._text) < place:
            self._at = len(self._text)
            self._more()
        self._at = place - self._before

    def peek(self) -> str:
        """Step over blanks; returns the character that follows, nothing at the end."""
        while True:
            self._at = _BLANKS.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def step(self, wanted: str) -> str:
        """Step over one of the wanted characters and return it."""
        found = self.peek()
        if not found or found not in wanted:
            raise self.wrong(f"Expecting {' or '.join(map(repr, wanted))}")
        self._at += 1
        return found

    def items(self, close: str) -> Iterator[None]:
        """Step from one item of a list or object to the next; stands before each."""
        self.step("[{")
        if self.peek() == close:
            self.step(close)
            return
        while True:
            self.peek()
            yield
            if self.step(f",{close}") == close:
                return

    def value(self, reader: Reader) -> tuple[Any, str]:
        """Read the value that begins here; returns it and its text."""
        while True:
            try:
                value, end = reader.decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                near = error.pos >= len(self._text) - _LONGEST_TOKEN
                if not (near or ends_early(self._text, error)) or not self._more():
                    raise syntax_error(self._text, error, self._before) from error
            except RecursionError as error:
                raise too_deep(self._depth) from error
            else:
                if end < len(self._text) or not self._more():
                    text = self._text[self._at : end]
                    self._at = end
                    return value, text

    def end(self) -> None:
        """Raise BadJson where something follows."""
        if self.peek():
            raise self.wrong("Extra data")

    def wrong(self, what: str) -> UnexpectedAnswer:
        return syntax_error(
            self._text, json.JSONDecodeError(what, self._text, self._at), self._before
        )

    def _more(self) -> bool:
        """Forget what was read and read on, as much again as is left; False at the end."""
        left = self._text[self._at :]
        if len(left) > _STEP and memory_of(left) > _MOST_MEMORY:
            raise _over("A record of the answer")
        parts, missing = [], max(_STEP, len(left))
        while missing > 0 and (part := next(self._characters, "")):
            parts.append(part)
            missing -= len(part)
        if not parts:
            return False
        self._before += self._at
        self._text, self._at = "".join((left, *parts)), 0
        return True


def _characters(body: Iterable[bytes], content_type: str) -> Iterator[str]:
    """Yield the text of a body in parts, none of them empty."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    before = 0
    for block, is_last in chain(((block, False) for block in body), [(b"", True)]):
        waiting = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, is_last)
        except UnicodeDecodeError as error:
            raise not_utf8(before - waiting + error.start, content_type) from error
        before += len(block)
        if text:
            yield text


def _over(what: str) -> TooMuch:
    most = _MOST_MEMORY // 1024 // 1024
    return TooMuch(f"{what} takes more than {most} MB of memory; it was not read.")
