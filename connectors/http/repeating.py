"""Marks a request as the repetition of one that failed, so that it is charged to the retry budget.

Whoever repeats knows it, whoever sends counts it: between them lie a connector and a session that
need not know. The mark holds for one request.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_marks: ContextVar[list[None] | None] = ContextVar("repetition", default=None)


@contextmanager
def repeating(is_repetition: bool = True) -> Iterator[None]:
    """Let the first request made inside be one that repeats another."""
    token = _marks.set([None] if is_repetition else None)
    try:
        yield
    finally:
        _marks.reset(token)


def taken() -> bool:
    """Whether the request about to be made is a repetition; takes the mark away."""
    marks = _marks.get()
    return bool(marks) and marks.pop() is None
