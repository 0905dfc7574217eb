"""The same work at the same moment, in threads with database connections of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection as database


def in_threads(count: int, work: Callable[[int], object]) -> list[object]:
    """Run `work` in threads of their own database connections; exceptions are results."""
    together = threading.Barrier(count)

    def call(number: int) -> object:
        try:
            together.wait(10)
            return work(number)
        except Exception as error:
            return error
        finally:
            database.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))
