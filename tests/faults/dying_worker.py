"""A worker process that works off what is due and is killed (SIGKILL) at a point of its work.

Started by `test_beside` with the database of the test, the point, and how often it is passed before
the worker dies there.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

SAVED = "sending saved, nothing sent"
ANSWERED = "applied and answered, answer not stored"
FOUND = "looked up, not judged"


def main() -> None:
    database, point, passes = json.loads(sys.argv[1])
    django.setup()
    from django.db import connections

    from sync.engine.writing import sending, verifying
    from tests.working import work_off

    connections.settings["default"].update(database)
    places = {SAVED: (sending, "_send_round"), ANSWERED: (sending, "_record")}
    module, name = {**places, FOUND: (verifying, "holders_of")}[point]
    setattr(module, name, _deadly(getattr(module, name), passes))
    work_off()


def _deadly(function: Callable[..., Any], passes: int) -> Callable[..., Any]:
    """Die before a function is called once more than so many times."""
    left = [passes]

    def dead_or_done(*args: Any, **more: Any) -> Any:
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return function(*args, **more)

    return dead_or_done


if __name__ == "__main__":
    main()
