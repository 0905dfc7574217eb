"""$filter: its grammar, the server's refusals, and what an index can use of it (contract 5.3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.nav.sandbox.catalogue import EntitySet, Field
from connectors.nav.sandbox.errors import NavError, bad_request, unknown_property
from connectors.nav.sandbox.values import as_guid, empty, member

Getter = Callable[[str], Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<instant>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))"
    r"|(?P<date>\d{4}-\d\d-\d\d)"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?)"
    r"|(?P<string>'(?:[^']|'')*')"
    r"|(?P<word>[A-Za-z_$][\w]*(?:/[A-Za-z_$][\w]*)*)"
    r"|(?P<mark>[(),]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
    "contains": lambda text, part: part in text,
}
_FOLDS: dict[str, Callable[[str], str]] = {
    "": lambda text: text,
    "tolower": str.lower,
    "toupper": str.upper,
}
# How a literal of each kind of field must be written.
_TOKEN_OF_KIND = {
    "S": "string", "E": "string", "G": "guid", "Dt": "date", "DT": "instant", "D": "number",
    "I": "number", "L": "number", "B": "word",
}  # fmt: skip


@dataclass(frozen=True)
class Test:
    """One comparison of a field with literals; several literals mean any of them."""

    field: str
    operator: str
    values: tuple[Any, ...]
    fold: str = ""
    is_instant: bool = False

    def matches(self, get: Getter) -> bool:
        """Say whether a record, read through `get`, passes."""
        actual = get(self.field)
        if self.fold:
            actual = _FOLDS[self.fold](actual)
        if self.is_instant:
            actual = comparable(actual)
        test = _COMPARE.get(self.operator) or _TEXT_TESTS[self.operator]
        return any(test(actual, value) for value in self.values)

    def fields(self) -> set[str]:
        """Return the names of the fields it reads."""
        return {self.field}


@dataclass(frozen=True)
class AllOf:
    """Every part must pass."""

    parts: tuple[Node, ...]

    def matches(self, get: Getter) -> bool:
        """Say whether a record passes all parts."""
        return all(part.matches(get) for part in self.parts)

    def fields(self) -> set[str]:
        """Return the names of the fields it reads."""
        return set().union(*(part.fields() for part in self.parts))


@dataclass(frozen=True)
class AnyOf:
    """One part must pass; the server wants all parts on one field."""

    parts: tuple[Node, ...]

    def matches(self, get: Getter) -> bool:
        """Say whether a record passes one part."""
        return any(part.matches(get) for part in self.parts)

    def fields(self) -> set[str]:
        """Return the names of the fields it reads."""
        return set().union(*(part.fields() for part in self.parts))


@dataclass(frozen=True)
class Not:
    """The part must not pass."""

    part: Node

    def matches(self, get: Getter) -> bool:
        """Say whether a record fails the part."""
        return not self.part.matches(get)

    def fields(self) -> set[str]:
        """Return the names of the fields it reads."""
        return self.part.fields()


Node = Test | AllOf | AnyOf | Not
EVERYTHING = AllOf(())


def comparable(value: Any) -> Any:
    """Return a stored instant in the form literals are kept: six digits, no zone."""
    if isinstance(value, str) and len(value) in (20, 24) and value[10] == "T" and value[-1] == "Z":
        return value[:-1] + ("000" if len(value) == 24 else ".000000")
    return value


def parse(text: str, entity_set: EntitySet, *, modern: bool = False) -> Node:
    """Parse one $filter for an entity set; `modern` is $schemaversion=2.1.

    Raises NavError (400) for bad syntax, unknown properties, an `or` over distinct fields, and
    for `in` and nested functions unless `modern`.
    """
    parser = _Parser(_tokens(text), entity_set, modern)
    node = parser.either()
    parser.end()
    return node


def equalities(node: Node) -> dict[str, tuple[Any, ...]]:
    """Return, per field, the values one of which every passing record must equal."""
    if isinstance(node, Test) and node.operator == "eq" and not node.fold:
        return {node.field: node.values}
    if isinstance(node, AllOf):
        found: dict[str, tuple[Any, ...]] = {}
        for part in node.parts:
            found.update(equalities(part))
        return found
    if isinstance(node, AnyOf):
        parts = [equalities(part) for part in node.parts]
        names = node.fields()
        name = next(iter(names))
        if all(name in part for part in parts):
            return {name: tuple(value for part in parts for value in part[name])}
    return {}


def lower_bound(node: Node, field: str) -> Any | None:
    """Return a value below which no record passes, or None."""
    if isinstance(node, Test) and node.field == field and node.operator in ("gt", "ge"):
        return None if node.fold else min(node.values)
    if isinstance(node, AllOf):
        bounds = [lower_bound(part, field) for part in node.parts]
        return max((bound for bound in bounds if bound is not None), default=None)
    return None


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, place = [], 0
    text = text.strip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if not found:
            raise bad_request(f"Syntax error at position {place} in '{text}'.")
        place = found.end()
        tokens.append((found.lastgroup or "", found.group(found.lastgroup or 0)))
    return tokens


class _Parser:
    """Recursive descent over the tokens of one filter."""

    def __init__(self, tokens: list[tuple[str, str]], entity_set: EntitySet, modern: bool) -> None:
        self._tokens = tokens
        self._place = 0
        self._set = entity_set
        self._modern = modern

    def either(self) -> Node:
        parts = [self._both()]
        while self._take_word("or"):
            parts.append(self._both())
        if len(parts) == 1:
            return parts[0]
        node = AnyOf(tuple(parts))
        if len(node.fields()) > 1:
            raise bad_request(
                "The 'OR' operator is not supported on distinct fields on an OData filter."
            )
        return node

    def end(self) -> None:
        if self._place < len(self._tokens):
            raise self._syntax()

    def _both(self) -> Node:
        parts = [self._single()]
        while self._take_word("and"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _single(self) -> Node:
        if self._take_word("not"):
            return Not(self._single())
        if self._take_mark("("):
            node = self.either()
            self._expect(")")
            return node
        kind, text = self._next()
        if kind != "word":
            raise self._syntax()
        if text.endswith(("/any", "/all")):
            return self._lambda()
        if text in _TEXT_TESTS and self._at("("):
            return self._text_test(text)
        return self._comparison(text)

    def _lambda(self) -> Node:
        """Skip `lines/any(...)`: the server ignores it."""
        self._expect("(")
        depth = 1
        while depth:
            _, text = self._next()
            depth += {"(": 1, ")": -1}.get(text, 0)
        return EVERYTHING

    def _text_test(self, name: str) -> Node:
        self._expect("(")
        field, fold = self._operand(self._next()[1])
        if fold and not self._modern:
            raise bad_request(f"Nested functions are not supported in '{name}'.")
        self._expect(",")
        value = self._literal(field, text_only=True)
        self._expect(")")
        if self._take_word("eq"):
            truth = self._next()[1]
            test = Test(field.name, name, (value,), fold)
            return test if truth == "true" else Not(test)
        return Test(field.name, name, (value,), fold)

    def _comparison(self, first: str) -> Node:
        field, fold = self._operand(first)
        kind, operator = self._peek()
        if field.kind == "B" and operator not in _COMPARE:
            return Test(field.name, "eq", (True,))
        self._place += 1
        if kind == "word" and operator == "in" and self._modern:
            return Test(field.name, "eq", self._list(field), fold, field.kind == "DT")
        if kind != "word" or operator not in _COMPARE:
            raise self._syntax()
        value = self._literal(field, text_only=bool(fold))
        return Test(field.name, operator, (value,), fold, field.kind == "DT")

    def _operand(self, text: str) -> tuple[Field, str]:
        if text in ("tolower", "toupper") and self._take_mark("("):
            field, inner = self._operand(self._next()[1])
            if inner:
                raise self._syntax()
            self._expect(")")
            return field, text
        if text not in self._set.fields:
            raise unknown_property(text, self._set.type)
        return self._set.fields[text], ""

    def _list(self, field: Field) -> tuple[Any, ...]:
        self._expect("(")
        values = [self._literal(field)]
        while self._take_mark(","):
            values.append(self._literal(field))
        self._expect(")")
        return tuple(values)

    def _literal(self, field: Field, *, text_only: bool = False) -> Any:
        kind, text = self._next()
        if text_only:
            if kind != "string":
                raise self._syntax()
            return _unquote(text)
        if kind == "word" and text == "null":
            return comparable(empty(field)) if field.kind == "DT" else empty(field)
        if kind != _TOKEN_OF_KIND.get(field.kind):
            raise bad_request(
                "A binary operator with incompatible types was detected. Found operand types "
                f"'{field.kind}' and '{kind}' for property '{field.name}'."
            )
        return _convert(field, text)

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        if not token[0]:
            raise self._syntax()
        self._place += 1
        return token

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("", "")

    def _at(self, mark: str) -> bool:
        return self._peek() == ("mark", mark)

    def _take_mark(self, mark: str) -> bool:
        return self._take(("mark", mark))

    def _take_word(self, word: str) -> bool:
        return self._take(("word", word))

    def _take(self, token: tuple[str, str]) -> bool:
        if self._peek() != token:
            return False
        self._place += 1
        return True

    def _expect(self, mark: str) -> None:
        if not self._take_mark(mark):
            raise self._syntax()

    def _syntax(self) -> NavError:
        return bad_request(f"Syntax error in the filter at token {self._place + 1}.")


def _unquote(text: str) -> str:
    return text[1:-1].replace("''", "'")


def _convert(field: Field, text: str) -> Any:
    if field.kind == "S":
        return _string(field, _unquote(text))
    if field.kind == "E":
        found = member(field, _unquote(text))
        if found is None:
            raise _unusable(field, _unquote(text))
        return found
    if field.kind == "G":
        return as_guid(text)
    if field.kind == "DT":
        moment = datetime.fromisoformat(text).astimezone(UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")
    if field.kind == "B":
        if text not in ("true", "false"):
            raise _unusable(field, text)
        return text == "true"
    return text if field.kind == "Dt" else Decimal(text)


def _string(field: Field, text: str) -> str:
    if field.length and len(text) > field.length:
        raise _unusable(field, text)
    return text.strip().upper() if field.is_code else text


def _unusable(field: Field, text: str) -> NavError:
    return NavError(
        400,
        "Application_FilterErrorException",
        f'The filter "{text}" is not valid for the {field.name} field.',
    )
