"""The path language of profiles (JAGGAER contract 11.1), compiled once.

`a.b` member; `a[]` every element (absent: none, a lone object: one); `a[k=v|w]` elements whose `k`
equals one of the values, case folded; a leading `$.` starts at the record instead of the node; `.`
is the node itself. Of several alternatives the first that yields a non-empty scalar wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Spec = str | Sequence[str]

_STEP = re.compile(r"(?P<name>[^.\[\]$]+)(?P<index>\[(?P<inside>[^\[\]]*)\])?(?:\.|$)")


class PathError(ValueError):
    """The text is not a path of this language."""


class Path:
    """One compiled path with its alternatives."""

    __slots__ = ("_ways", "text")

    def __init__(self, spec: Spec) -> None:
        texts = [spec] if isinstance(spec, str) else list(spec)
        if not texts or not all(isinstance(text, str) for text in texts):
            raise PathError("a path is a text or a list of texts")
        self._ways = tuple(_Way(text) for text in texts)
        self.text = texts[0].removeprefix("$.")

    def scalar(self, node: Any, root: Any = None) -> Any:
        """The first non-empty scalar, or None. Objects, lists and blank texts are none."""
        for way in self._ways:
            value = way.scalar(node, root)
            if value is not None:
                return value
        return None

    def nodes(self, node: Any, root: Any = None) -> list[Any]:
        """What the first alternative that finds anything finds."""
        for way in self._ways:
            found = way.nodes(node, root)
            if found:
                return found
        return []

    def all_nodes(self, node: Any, root: Any = None) -> list[Any]:
        """What all alternatives find, one after the other."""
        return [found for way in self._ways for found in way.nodes(node, root)]

    def replace(self, node: Any, change: Callable[[Any], Any], root: Any = None) -> None:
        """Replace every non-empty scalar that any alternative points at, in place."""
        for way in self._ways:
            way.replace(node, root, change)


class _Way:
    """One alternative; plain member chains take a short cut."""

    __slots__ = ("_from_root", "_plain", "_steps")

    def __init__(self, text: str) -> None:
        self._from_root = text == "$" or text.startswith("$.")
        rest = text[2:] if self._from_root else text
        steps = () if rest in ("", ".") else tuple(_parse(rest, text))
        if not text:
            raise PathError("an empty path")
        self._steps = steps
        plain = all(words is _MEMBER for _, _, words in steps)
        self._plain = tuple(name for name, _, _ in steps) if plain else None

    def scalar(self, node: Any, root: Any) -> Any:
        value = root if self._from_root else node
        if self._plain is None:
            return next((v for v in map(_scalar, self.nodes(node, root)) if v is not None), None)
        for name in self._plain:
            if type(value) is not dict:
                return None
            value = value.get(name)
        return _scalar(value)

    def nodes(self, node: Any, root: Any) -> list[Any]:
        found = [root if self._from_root else node]
        for step in self._steps:
            found = [child for value in found for child in _descend(value, step)]
        return found

    def replace(self, node: Any, root: Any, change: Callable[[Any], Any]) -> None:
        if not self._steps:
            return
        *before, last = self._steps
        found = [root if self._from_root else node]
        for step in before:
            found = [child for value in found for child in _descend(value, step)]
        for parent in found:
            if isinstance(parent, dict) and _scalar(parent.get(last[0])) is not None:
                parent[last[0]] = change(parent[last[0]])


_MEMBER: frozenset[str] = frozenset({"member"})
_EVERY: frozenset[str] = frozenset({"every"})
_Step = tuple[str, str, frozenset[str]]


def _parse(rest: str, whole: str) -> Iterator[_Step]:
    at = 0
    while at < len(rest):
        match = _STEP.match(rest, at)
        if match is None:
            raise PathError(f"{whole!r} is not a path")
        at = match.end()
        inside = match["inside"]
        if match["index"] is None:
            yield match["name"], "", _MEMBER
        elif not inside:
            yield match["name"], "", _EVERY
        else:
            key, equals, words = inside.partition("=")
            if not equals or not key or not words:
                raise PathError(f"{whole!r}: [{inside}] is neither [] nor [key=value]")
            yield match["name"], key, frozenset(word.casefold() for word in words.split("|"))
    if rest.endswith("."):
        raise PathError(f"{whole!r} ends with a dot")


def _descend(value: Any, step: _Step) -> list[Any]:
    name, key, words = step
    if not isinstance(value, dict):
        return []
    child = value.get(name)
    if child is None:
        return []
    if words is _MEMBER:
        return [child]
    elements = child if isinstance(child, list) else [child]
    if words is _EVERY:
        return [element for element in elements if element is not None]
    return [e for e in elements if isinstance(e, dict) and str(e.get(key)).casefold() in words]


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, str) and not value.strip():
        return None
    return value
