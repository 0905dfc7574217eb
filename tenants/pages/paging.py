"""Pages of a list: by number, without counting what may be large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

PER_PAGE = 50
MOST_PAGES = 2000


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a list: its rows and whether there are more."""

    rows: list[Any]
    number: int
    has_next: bool

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.has_next else None

    @property
    def first(self) -> int:
        """The place of the first row on this page, counted from 1."""
        return (self.number - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def page_of(request: HttpRequest, rows: QuerySet[Any] | list[Any], per: int = PER_PAGE) -> Leaf:
    """Return the page that the address asks for by `?page=`; what is no number is the first."""
    asked = request.GET.get("page", "1")
    number = min(max(int(asked), 1), MOST_PAGES) if asked.isascii() and asked.isdigit() else 1
    start = (number - 1) * per
    found = list(rows[start : start + per + 1])
    return Leaf(found[:per], number, len(found) > per)
