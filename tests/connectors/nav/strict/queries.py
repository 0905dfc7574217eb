"""Query options: which are known, and filters word by word (NAV contract 5.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from connectors.nav.sandbox.catalogue import EntitySet, Field, entity_sets

_OF_LISTS = {
    "$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$skiptoken", "aid",
}  # fmt: skip
_OF_RECORDS = {"$select", "$expand"}
_UNSORTED = ("subscriptions",)
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<instant>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z)"
    r"|(?P<day>\d{4}-\d\d-\d\d)"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<mark>[(),]))"
)
_COMPARING = ("eq", "ne", "gt", "ge", "lt", "le")
_FUNCTIONS = ("startswith", "endswith", "contains")
_LITERALS = {
    "S": "text", "E": "text", "G": "guid", "Dt": "day", "DT": "instant", "D": "number",
    "I": "number", "L": "number", "B": "word",
}  # fmt: skip


def query_breaches(
    method: str, entity_set: EntitySet, query: str, *, has_key: bool
) -> Iterator[str]:
    """Yield what is wrong with the query of a request."""
    known = (_OF_RECORDS if has_key else _OF_LISTS) if method == "GET" else set()
    if "+" in query or not query.isascii():
        yield "blanks or letters that are not percent-encoded"
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        name, value = unquote(name), unquote(value)
        if name == "tenant":
            continue
        if name not in known:
            yield f"the option {name} is unknown here"
        else:
            yield from _option(name, value, entity_set)


def _option(name: str, value: str, entity_set: EntitySet) -> Iterator[str]:
    if name == "$filter":
        yield from _Filter(value, entity_set).breaches()
    elif name == "$select":
        for each in value.split(","):
            if each not in entity_set.fields:
                yield f"$select names {each}"
    elif name == "$orderby":
        if entity_set.name in _UNSORTED or value.split(" ")[0] not in entity_set.fields:
            yield f"$orderby {value}"
    elif name in ("$top", "$skip") and not value.isdigit():
        yield f"{name} {value}"
    elif name == "$expand":
        yield from _expand(value, entity_set)


def _expand(value: str, entity_set: EntitySet) -> Iterator[str]:
    """One path of nested expands; more of them at a level are split at outer commas."""
    for each in re.split(r",(?![^(]*\))", value):
        name, bracket, inner = each.partition("(")
        link = entity_set.links.get(name)
        if link is None:
            yield f"{entity_set.name} has nothing to expand named {name}"
        elif bracket and not inner.startswith("$expand="):
            yield f"the inner option {inner} is not one of ours"
        elif bracket:
            yield from _expand(inner[len("$expand=") : -1], entity_sets()[link.target])


class _Filter:
    """A filter, read once from left to right; fields below each `or` are looked at."""

    def __init__(self, text: str, entity_set: EntitySet) -> None:
        self._set = entity_set
        self._found: list[str] = []
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text):
            token = _TOKEN.match(text, place)
            if not token:
                self._found.append(f"the filter cannot be read at {text[place : place + 20]!r}")
                break
            self._tokens.append((str(token.lastgroup), token[str(token.lastgroup)]))
            place = token.end()

    def breaches(self) -> list[str]:
        if not self._found:
            try:
                self._expression()
            except IndexError:
                self._found.append("the filter ends in the middle")
            if self._tokens:
                self._found.append(f"the filter goes on with {self._tokens[:3]}")
        return self._found

    def _take(self, *words: str) -> bool:
        if self._tokens and self._tokens[0][1] in words:
            self._tokens.pop(0)
            return True
        return False

    def _expression(self) -> set[str]:
        """Alternatives of conjunctions; returns the fields named."""
        groups = [self._conjunction()]
        while self._take("or"):
            groups.append(self._conjunction())
        fields = set().union(*groups)
        if len(groups) > 1 and len(fields) > 1:
            self._found.append(f"'or' on distinct fields {sorted(fields)}")
        return fields

    def _conjunction(self) -> set[str]:
        fields = self._term()
        while self._take("and"):
            fields |= self._term()
        return fields

    def _term(self) -> set[str]:
        if self._take("not"):
            return self._term()
        if self._take("("):
            fields = self._expression()
            if not self._take(")"):
                self._found.append("a bracket is not closed")
            return fields
        _, name = self._tokens.pop(0)
        if name in _FUNCTIONS:
            self._take("(")
            _, name = self._tokens.pop(0)
            self._take(",")
            self._compare(name, *self._tokens.pop(0))
            self._take(")")
            return {name}
        if not self._take(*_COMPARING):
            self._found.append(f"{name} is compared by nothing known")
        self._compare(name, *self._tokens.pop(0))
        return {name}

    def _compare(self, name: str, kind: str, literal: str) -> None:
        field = self._set.fields.get(name)
        if field is None:
            self._found.append(f"{self._set.type} has no property {name}")
        elif kind != _LITERALS.get(field.kind) and not (field.kind == "D" and kind == "number"):
            self._found.append(f"{name} compared with {kind} {literal}")
        elif kind == "text":
            self._text(field, literal[1:-1].replace("''", "'"))

    def _text(self, field: Field, text: str) -> None:
        if field.kind == "E" and text not in field.members:
            self._found.append(f"{text!r} is no member of {field.name} in wire form")
        if field.length and len(text) > field.length:
            self._found.append(f"{text!r:.40} is too long for {field.name}")
