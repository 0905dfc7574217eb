"""Named values read off a record: what the profile calls fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.documents import Problem
from connectors.http.jsonbody import REFUSED
from connectors.jaggaer.profile.paths import Path
from connectors.jaggaer.profile.spoken import shown, spoken
from connectors.jaggaer.profile.values import Converter


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a record: where it stands, and the type that it is read as."""

    name: str
    path: Path
    kind: str
    required: bool
    secret: bool
    convert: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Fields:
    """All fields of a record or of a list's elements."""

    fields: tuple[Field, ...]

    def read(self, node: Any, root: Any, place: str, problems: list[Problem]) -> dict[str, Any]:
        """The typed values that are there; what is wrong or missing joins `problems`.

        `place` stands before the path of a value in messages, e.g. `lines[2].`.
        """
        values: dict[str, Any] = {}
        for field in self.fields:
            raw = field.path.scalar(node, root)
            if raw is None:
                if field.required:
                    problems.append(_missing(field, place))
                continue
            try:
                values[field.name] = field.convert(_accepted(raw))
            except (ValueError, OverflowError) as error:
                problems.append(_unreadable(field, place, raw, error))
        return values

    def secrets(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.secret)

    def named(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)


def compile_fields(
    raw: Mapping[str, Any], converter: Converter, known: Mapping[str, str] | None = None
) -> Fields:
    """Compile a profile's `fields`; `known` gives the types that our documents need."""
    fields = []
    for name, spec in raw.items():
        detail = spec if isinstance(spec, Mapping) else {"path": spec}
        kind = (known or {}).get(name) or detail.get("type", "string")
        fields.append(
            Field(
                name=name,
                path=Path(detail["path"]),
                kind=kind,
                required=bool(detail.get("required", False)),
                secret=bool(detail.get("secret", False)),
                convert=converter.of(kind),
            )
        )
    return Fields(tuple(fields))


def _accepted(raw: Any) -> Any:
    """A received scalar; ValueError for one that was refused when the answer was read."""
    if type(raw) is str and raw.startswith(REFUSED):
        raise ValueError(raw.removeprefix(REFUSED))
    return raw


def _missing(field: Field, place: str) -> Problem:
    words = f"The {spoken(field.name, place)} is missing, and the document needs it."
    return Problem(_code(field), place + field.path.text, words)


def _unreadable(field: Field, place: str, raw: Any, error: Exception) -> Problem:
    received = shown(str(raw).removeprefix(REFUSED))
    value = "a value that is kept secret" if field.secret else received
    words = f"The {spoken(field.name, place)} reads {value}: {error}."
    return Problem(_code(field), place + field.path.text, words)


def _code(field: Field) -> str:
    return "date_invalid" if field.kind == "date" else "unreadable"
