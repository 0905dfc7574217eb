"""Walking through pages, whatever the style, without ever going in circles.

A paginator says where to begin and, from the facts of a page, where to go on. `walk` drives it and
stops with an error once a server sends us round: the same place twice, a link to elsewhere, several
empty pages in a row, or more pages than any list has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from connectors.errors import UnexpectedAnswer

T = TypeVar("T")
_MOST_EMPTY_PAGES = 3


class PagingLoop(UnexpectedAnswer):
    """The other system's paging makes no progress."""

    default_code = "paging_loop"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page is: parameters to add, or a link to use as it stands."""

    params: tuple[tuple[str, str], ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page says about itself; `count` is the number of records it really holds."""

    count: int
    total: int | None = None
    next: str | None = None  # cursor or link to the next page


class Paginator(Protocol):
    def first(self) -> Position: ...

    def after(self, facts: PageFacts) -> Position | None:
        """The next place, or None at the end. Called once per page, in order."""


class OffsetPages:
    """`start` counts records; `advance` is `returned` (what came), `pageSize` or `one`.

    Without a total the end is an empty page: a short page proves nothing (JAGGAER contract 5.2).
    """

    def __init__(
        self,
        param: str,
        *,
        first: int = 1,
        advance: str = "returned",
        size_param: str | None = None,
        page_size: int | None = None,
    ) -> None:
        self._param = param
        self._first = first
        self._advance = advance
        self._size = ((size_param, str(page_size)),) if size_param and page_size else ()
        self._page_size = page_size
        self._at = first
        self._seen = 0

    def first(self) -> Position:
        self._at, self._seen = self._first, 0
        return self._place()

    def after(self, facts: PageFacts) -> Position | None:
        self._seen += facts.count
        if not facts.count or (facts.total is not None and self._seen >= facts.total):
            return None
        self._at += self._step(facts.count)
        return self._place()

    def _step(self, count: int) -> int:
        if self._advance == "one":
            return 1
        if self._advance == "pageSize" and self._page_size:
            return self._page_size
        return count

    def _place(self) -> Position:
        return Position(((self._param, str(self._at)), *self._size))


class NumberedPages(OffsetPages):
    """The parameter counts pages."""

    def __init__(
        self,
        param: str,
        *,
        first: int = 1,
        size_param: str | None = None,
        page_size: int | None = None,
    ) -> None:
        super().__init__(
            param, first=first, advance="one", size_param=size_param, page_size=page_size
        )


class CursorPages:
    """Each page names the value to send for the next one."""

    def __init__(self, param: str, *, size: tuple[str, str] | None = None) -> None:
        self._param = param
        self._size = (size,) if size else ()

    def first(self) -> Position:
        return Position(self._size)

    def after(self, facts: PageFacts) -> Position | None:
        if not facts.next:
            return None
        return Position(((self._param, facts.next), *self._size))


class LinkedPages:
    """Each page carries the whole link to the next one, used as it stands (OData nextLink).

    The session that follows it refuses links to another origin.
    """

    def first(self) -> Position:
        return Position()

    def after(self, facts: PageFacts) -> Position | None:
        return Position(link=facts.next) if facts.next else None


class SinglePage:
    """Everything comes at once."""

    def first(self) -> Position:
        return Position()

    def after(self, facts: PageFacts) -> Position | None:
        return None


def walk(
    paginator: Paginator,
    read: Callable[[Position], tuple[PageFacts, T]],
    *,
    max_pages: int = 10_000,
) -> Iterator[T]:
    """Yield page after page; raises PagingLoop when the server makes no progress."""
    position: Position | None = paginator.first()
    seen: set[Position] = set()
    empty = 0
    while position is not None:
        if position in seen:
            raise PagingLoop("The next page is one that was read already; reading was stopped.")
        if len(seen) >= max_pages:
            raise PagingLoop(f"The list does not end after {max_pages} pages.")
        seen.add(position)
        facts, page = read(position)
        yield page
        empty = 0 if facts.count else empty + 1
        position = paginator.after(facts)
        if position is not None and empty >= _MOST_EMPTY_PAGES:
            raise PagingLoop(f"{empty} pages in a row are empty, and still there is a next one.")
