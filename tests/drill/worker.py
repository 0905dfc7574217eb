"""A worker of the drill: the product's own, on a faster clock, with points to die at.

The process that is started stays small: it forks the worker proper and forks it again whenever it
was killed, since importing everything anew would take longer than most of the drill's waits.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from contextlib import suppress
from datetime import timedelta

import django
from django.utils import timezone

KEYS_KNOWN_FOR = 1.0


def main() -> int:
    """Prepare everything once, then keep one worker alive until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.drill.worker")
    parser.add_argument("--clock", type=float, default=0, help="seconds that its clock is ahead")
    _set_clock(timedelta(seconds=parser.parse_args().clock))
    django.setup()
    from integration_platform.celery import app
    from tests.drill import controls, points

    _hurry()
    points.install()
    for name in filter(None, os.environ.get("DRILL_OFF", "").split(",")):
        controls.CONTROLS[name]()
    app.finalize()
    app.loader.import_default_modules()
    while True:
        child = os.fork()
        if not child:
            _work(app)
        signal.signal(signal.SIGTERM, lambda *_, pid=child: _end(pid))
        os.waitpid(child, 0)
        time.sleep(0.1)


def _set_clock(ahead: timedelta) -> None:
    """Let Django's clock be wrong in this process, before any module has taken hold of it."""
    true_now, true_time = timezone.now, time.time
    timezone.now = lambda: true_now() + ahead
    time.time = lambda: true_time() + ahead.total_seconds()


def _hurry() -> None:
    """Scale every wait: a lease of three seconds instead of three minutes."""
    from connectors import throttle, tokens
    from sync.engine import reading, subscriptions, tickets, work
    from sync.engine.writing import schedule, sending
    from tenants import keyring

    tickets.LEASE_SECONDS = 3
    tickets.RING_AGAIN_SECONDS = 1
    tickets._MAX_BACKOFF_SECONDS = 1
    work._REFUSED_SECONDS = 1
    schedule._PAUSES = (0.2, 0.3, 0.5, 1)
    sending._RETRY_SECONDS = 1
    reading._FETCH_AGAIN = timedelta(seconds=1)
    tokens.LEASE = timedelta(seconds=3)
    subscriptions.LOOK_EVERY = subscriptions._FIRST_PAUSE = timedelta(seconds=1)
    throttle.SLOT_LEASE = 4
    throttle._CIRCUIT_SECONDS = 1
    throttle._RETRY_FLOOR = 600.0
    keyring.KEYS_KNOWN_FOR = KEYS_KNOWN_FOR


def _work(app: object) -> None:
    """Be a worker until the end, which comes with the parent's at the latest."""
    from integration_platform.processes import die_with_parent

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with_parent(signal.SIGKILL)
    arguments = ["worker", "--pool=threads", "--concurrency=3", "--loglevel=WARNING"]
    app.worker_main([*arguments, "--without-gossip", "--without-mingle", "--without-heartbeat"])
    os._exit(0)


def _end(child: int) -> None:
    """Let the worker finish what it does; who waits no longer kills both."""
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
