"""What a page about one thing consists of, and how another app adds to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest

from audit.redaction import redact
from tenants.support.cells import Link


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, one below the other."""

    title: str
    rows: Sequence[tuple[str, Any]]
    kind: ClassVar[str] = "facts"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `empty` is what no row at all means, `more` leads to the whole list.

    `figures` names the headings of amounts and quantities, which are compared by their last digits.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]
    empty: str = "None."
    more: Link | None = None
    figures: Sequence[str] = ()
    kind: ClassVar[str] = "table"


@dataclass(frozen=True, slots=True)
class StoryLine:
    """Something that happened: when, who did it, what in words, and what belongs to it."""

    at: datetime
    actor: Any
    sentence: str
    details: Sequence[tuple[str, Any]] = ()
    page: Any = ""


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, oldest first."""

    title: str
    lines: Sequence[StoryLine]
    empty: str = "Nothing is on record."
    more: Link | None = None
    kind: ClassVar[str] = "story"


@dataclass(frozen=True, slots=True)
class Raw:
    """JSON as it is kept, folded away until somebody opens it; secrets are dotted."""

    title: str
    value: Any
    text: str = field(init=False, default="")
    kind: ClassVar[str] = "raw"

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", as_text(self.value))
        object.__setattr__(self, "value", None)


@dataclass(frozen=True, slots=True)
class Watch:
    """Something to look at over all customers: how many there are, and the list of them."""

    title: str
    count: int
    list: Link


Section = Facts | Table | Story | Raw
Panel = Callable[[HttpRequest, Any], Iterable[Section]]
_watches: list[Callable[[], Iterable[Watch]]] = []
_panels: dict[type[models.Model], list[tuple[int, Panel]]] = {}


def panel(model: type[models.Model], *, place: int = 0) -> Callable[[Panel], Panel]:
    """Add sections to the page of another app's model, which cannot know ours; by place."""

    def register(function: Panel) -> Panel:
        _panels.setdefault(model, []).append((place, function))
        return function

    return register


def watch(function: Callable[[], Iterable[Watch]]) -> Callable[[], Iterable[Watch]]:
    """Add to what the first page counts; the queries must be cheap over all customers."""
    _watches.append(function)
    return function


def watches() -> list[Watch]:
    """Return what the first page counts, of every app."""
    return [one for function in _watches for one in function()]


def panels_of(request: HttpRequest, row: models.Model) -> Iterator[Section]:
    """Yield what other apps add to the page of a row."""
    for _, function in sorted(_panels.get(type(row), []), key=itemgetter(0)):
        yield from function(request, row)


def as_text(value: Any) -> str:
    """Return JSON to read, secrets dotted."""
    return json.dumps(redact(value), indent=2, ensure_ascii=False, default=str)
