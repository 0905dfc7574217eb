"""Counts what the engine asks of the database, on every connection of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.db import connections
from django.db.backends.signals import connection_created


@dataclass
class Queries:
    """How many statements were sent while counting."""

    count: int = 0


@contextmanager
def counted_queries() -> Iterator[Queries]:
    """Count the statements of all threads; connections opened meanwhile are counted too."""
    seen = Queries()
    lock = Lock()

    def count(execute: Callable[..., Any], *args: Any) -> Any:
        with lock:
            seen.count += 1
        return execute(*args)

    def listen(connection: Any, **_: Any) -> None:
        if count not in connection.execute_wrappers:
            connection.execute_wrappers.append(count)

    connection_created.connect(listen)
    for open_ in connections.all(initialized_only=True):
        listen(open_)
    try:
        yield seen
    finally:
        connection_created.disconnect(listen)
        for open_ in connections.all(initialized_only=True):
            if count in open_.execute_wrappers:
                open_.execute_wrappers.remove(count)
