"""What the drill does: a long series of kills under load, then quiet, then the count."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import OperationalError, connections

from sync.models import FlowName
from tests.drill.customer import Customer, clients, nav_seed
from tests.drill.installation import Installation, Sandbox
from tests.drill.oracle import Count, count

CUSTOMERS = 3
LEASE_SECONDS = 3
FIRE_SECONDS = 12.0
QUIET_SECONDS = 120.0
FULL_SECONDS = 4.0  # longer than a lease
MISHAPS: Sequence[dict[str, Any]] = (
    {"kind": "reset", "phase": "after"},
    {"kind": "status", "status": 500, "phase": "after"},
    {"kind": "status", "status": 503, "phase": "before"},
    {"kind": "cut_body"},
    {"kind": "slow", "seconds": 2.0},  # longer than a request may take: applied after we gave up
    {"kind": "rate_limit", "retry_after": "1"},
)
ROTATION = ("rotate_keys", "--data-keys", "--older-than", "0", "--no-wait")
LOST_ANSWER = {"kind": "reset", "phase": "after", "method": "POST", "path": r"\$batch", "times": 1}


@dataclass
class Drill:
    """One installation with its customers, and what was done to it."""

    here: Installation
    source: Sandbox
    ledger: Sandbox
    customers: list[Customer]
    random: random.Random
    fired: Counter[str] = field(default_factory=Counter)
    off: str = ""
    mishaps: bool = True
    _armed: int = 0
    _crashes_database: bool = False

    # Kills.

    def strike(self, point: str, act: str = "kill") -> bool:
        """Arm a point, give the workers reasons to pass it, wait for it; whether it came."""
        self._armed += 1
        customer = self._customer_for(point)
        self._persist(lambda: customer.add(3))
        self._tempt(point, customer)
        self.here.arm(self._armed, point, act)
        self._persist(customer.run)
        came = self._wait_for_it(point, customer)
        if came:
            self.fired[point] += 1
        else:
            self.here.disarm()
        return came

    def _customer_for(self, point: str) -> Customer:
        """Posting is asked for by the first customer alone."""
        return self.customers[0] if point in ("K14", "K15") else self.random.choice(self.customers)

    def _tempt(self, point: str, customer: Customer) -> None:
        """Bring about what a point needs: an unknown write, a token to fetch, a replay, a purge."""
        if point in ("K16", "K17", "K18"):
            self.ledger.ask("POST", "scenario", {"faults": [LOST_ANSWER], "append": True})
        elif point == "K20":
            self.ledger.ask("POST", "tokens/revoke")
        elif point == "K23":
            self.ledger.ask("POST", "subscriptions/drop")
        elif point == "K22":
            self._persist(customer.replay)

    def _wait_for_it(self, point: str, customer: Customer) -> bool:
        deadline = time.monotonic() + FIRE_SECONDS
        asked_at = 0.0
        while time.monotonic() < deadline:
            if self.here.has_fired(self._armed):
                return True
            if time.monotonic() - asked_at > 1:
                asked_at = time.monotonic()
                self._persist(customer.run)
                if point == "K26":
                    _purge()
                elif point == "K22":
                    self._persist(customer.replay)
                elif point == "K24":
                    self.here.manage_mortally(*ROTATION)
            self.here.tend()
            time.sleep(0.05)
        return False

    # Other disasters.

    def crash_at_commit(self) -> bool:
        """K11: the database is gone when an outcome is committed; whether it came to that."""
        self._crashes_database = True
        came = self.strike("K11", "database")
        if came:
            self._revive_database()
        self._crashes_database = False
        return came

    def _persist(self, act: Callable[[], Any]) -> Any:
        return _persist(act, self._revive_database)

    def _revive_database(self) -> None:
        """Bring back what this strike has crashed: a worker may get there before we have asked."""
        if self._crashes_database and self.here.has_fired(self._armed):
            self._crashes_database = False
            self.here.revive_database()

    def pause(self, point: str, seconds: float) -> bool:
        """Stop a worker at a point for longer than its lease, and let it go on."""
        if not self.strike(point, "pause"):
            return False
        _endure(seconds, self.here)
        self.here.release_paused()
        return True

    def empty_broker(self) -> None:
        self.here.empty_broker()
        self.fired["broker emptied"] += 1

    def crash_database(self) -> None:
        self.here.crash_database()
        self.fired["database crashed"] += 1

    def fill_disk(self) -> None:
        """Nothing can be written for a while, in the middle of everybody's work."""
        for customer in self.customers:
            self._persist(lambda customer=customer: customer.add(3))
            self._persist(customer.run)
        _endure(self.random.random(), self.here)
        try:
            self.here.fill_disk()
            _endure(FULL_SECONDS, self.here)
        finally:
            self.here.make_space()
        self.fired["disk full"] += 1

    def restart_ledger(self) -> None:
        """The ledger's server is killed in the middle of what it does, and comes back."""
        self.ledger.restart()
        self.misbehave()
        self.fired["ledger restarted"] += 1

    def deploy(self) -> None:
        """Workers are asked to end, are killed after ten seconds, and new ones start."""
        self._restart(lambda: None, seconds=10)
        self.fired["deployed"] += 1

    def snapshot(self) -> None:
        """Copy the database; everything stands still meanwhile."""
        self._restart(self.here.snapshot)

    def restore(self) -> None:
        """Put the copy in the database's place: all since then is forgotten here, not there."""
        self._restart(self.here.restore)
        self.fired["restored"] += 1

    def restore_after(self, documents: int) -> None:
        """Snapshot, go on for a while, restore the snapshot."""
        self.snapshot()
        for customer in self.customers:
            _persist(lambda customer=customer: customer.add(documents))
            _persist(customer.run)
        self.settle()
        self.restore()

    def _restart(self, act: Callable[[], None], seconds: float = 2) -> None:
        connections.close_all()
        self.here.stop_processes(seconds)
        act()
        self.here.start_processes(self.off)

    def misbehave(self) -> None:
        """Let the ledger fail now and then, by chance, if this drill wants it."""
        if self.mishaps:
            faults = [{"chance": 0.015, "times": 0, "path": "/api/", **each} for each in MISHAPS]
            self.ledger.ask(
                "POST", "scenario", {"seed": self.random.getrandbits(16), "faults": faults}
            )

    # The end.

    def settle(self, seconds: float = QUIET_SECONDS) -> None:
        """Let everything go on until nothing is left to do, or time is over."""
        deadline = time.monotonic() + seconds
        runs_since: dict[int, int] = {}
        while time.monotonic() < deadline:
            self.here.tend()
            for customer in self.customers:
                if runs_since.get(customer.place, 0) < 2 and not _persist(customer.is_busy):
                    runs_since[customer.place] = runs_since.get(customer.place, 0) + 1
                    _persist(customer.run)
            idle = [not _persist(customer.is_busy) for customer in self.customers]
            if all(idle) and all(runs_since.get(c.place, 0) >= 2 for c in self.customers):
                return
            time.sleep(0.3)

    def count(self) -> Count:
        """Let the ledger answer properly again, wait for quiet, and count."""
        self.ledger.ask("DELETE", "scenario")
        self.settle()
        return count(self.customers)


@contextmanager
def drill(
    folder: Path, seed: int, *, place: Path | None = None, off: str = "", mishaps: bool = True
) -> Iterator[Drill]:
    """Start customers between two sandboxes, and workers; only the servers outlive it.

    `place` is where the sandboxes keep their state, the installation's folder if None.
    """
    here = Installation(folder)
    here.forget()
    at = place or folder
    nav = Sandbox("nav", at, "--seed", str(nav_seed(at, CUSTOMERS)), *clients("nav", CUSTOMERS))
    jaggaer = Sandbox("jaggaer", at, *clients("jaggaer", CUSTOMERS))
    try:
        customers = [Customer(place, jaggaer, nav, post=place == 0) for place in range(CUSTOMERS)]
        here.start_processes(off)
        made = Drill(here, jaggaer, nav, customers, random.Random(seed), off=off, mishaps=mishaps)
        _learn(made)
        made.misbehave()
        yield made
    finally:
        connections.close_all()
        here.stop_processes()
        nav.stop()
        jaggaer.stop()


def _learn(made: Drill) -> None:
    """Read reference data, map the codes and bring the suppliers over: vendors have unique keys, so
    the interesting documents come after them."""
    for customer in made.customers:
        customer.run(FlowName.REFERENCE)
    for customer in made.customers:
        _wait(lambda customer=customer: not customer.is_busy(), 60)
        customer.prepare()
        customer.subscribe()
        customer.run(FlowName.SUPPLIERS)
    for customer in made.customers:
        _wait(lambda customer=customer: not customer.is_busy(), 60)


def _wait(reached: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError("the drill's customers did not get ready")
        time.sleep(0.2)


def _purge() -> None:
    from sync.tasks import purge

    purge.delay()


def _endure(seconds: float, here: Installation) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        here.tend()
        time.sleep(0.1)


def _persist(
    act: Callable[[], Any], mend: Callable[[], None] = lambda: None, seconds: float = 40
) -> Any:
    """Do something with the database, however often it is killed meanwhile."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return act()
        except OperationalError:
            connections.close_all()
            if time.monotonic() > deadline:
                raise
            mend()
            time.sleep(0.3)
