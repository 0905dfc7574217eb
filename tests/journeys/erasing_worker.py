"""A worker process that erases and is killed over and over, at the points of its work in turn.

The process that is started forks one worker after another, each of which dies by SIGKILL at the
point that it was given; the last one is left alone. Started by `test_erasure` with the database of
the test and a tenant; prints at which points workers died.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

IN_A_BLOCK = "rows of a block erased, block not stored"
BETWEEN = "block stored"
AT_THE_END = "erasure ended, not stored"
LIVES = [IN_A_BLOCK, BETWEEN] * 5 + [AT_THE_END]


def main() -> None:
    database, tenant_id = json.loads(sys.argv[1])
    django.setup()
    died = [point for point in LIVES if _life(database, tenant_id, point) == -signal.SIGKILL]
    last = _life(database, tenant_id, "")
    print(json.dumps({"died": died, "last": last}))


def _life(database: dict[str, Any], tenant_id: str, point: str) -> int:
    """Be a worker until it is killed or has nothing to do; returns how it ended."""
    child = os.fork()
    if not child:
        _work(database, tenant_id, point)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _work(database: dict[str, Any], tenant_id: str, point: str) -> None:
    from uuid import UUID

    from django.db import connections

    from sync.engine import erasing

    connections.settings["default"].update(database)
    wrapped = {IN_A_BLOCK: "_walk_on", BETWEEN: "erase_block", AT_THE_END: "_finish"}
    if point:
        setattr(erasing, wrapped[point], _deadly(getattr(erasing, wrapped[point])))
    while erasing.erase_slice(UUID(tenant_id)):
        pass


def _deadly(function: Callable[..., Any]) -> Callable[..., None]:
    """Let a function be done, and nothing after it."""

    def done_and_dead(*args: Any) -> None:
        function(*args)
        os.kill(os.getpid(), signal.SIGKILL)

    return done_and_dead


if __name__ == "__main__":
    main()
