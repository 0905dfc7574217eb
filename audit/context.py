"""Who acts, for which request and which run: set at the edges, read when an event is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog


@dataclass(frozen=True, slots=True)
class Acting:
    """`actor` is `user:<id>`, `key:<id>`, `staff:<id>` or `system:<what>`; never a name."""

    actor: str = "system:process"
    request_id: str = ""
    run: UUID | None = None


_NOBODY = Acting()
_current: ContextVar[Acting] = ContextVar("acting", default=_NOBODY)


def current() -> Acting:
    return _current.get()


@contextmanager
def acting(
    actor: str | None = None, *, request_id: str | None = None, run: UUID | None = None
) -> Iterator[Acting]:
    """Let these, as far as given, hold for what happens inside."""
    given = {"actor": actor, "request_id": request_id, "run": run}
    who: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    acting_now = replace(_current.get(), **who)
    token = _current.set(acting_now)
    try:
        with structlog.contextvars.bound_contextvars(**_log_fields(who)):
            yield acting_now
    finally:
        _current.reset(token)


def become(actor: str) -> None:
    """Name the actor of the enclosing `acting`, once a request has shown who sends it."""
    _current.set(replace(_current.get(), actor=actor))


def _log_fields(who: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in who.items() if value and name != "actor"}
