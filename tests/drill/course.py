"""The drill's two courses: all kills with every protection on, and each protection off once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.drill.controls import CONTROLS
from tests.drill.oracle import Count
from tests.drill.points import POINTS
from tests.drill.story import LEASE_SECONDS, Drill, drill

Say = Callable[[str], None]
_BY_DATABASE = "K11"
ATTEMPTS = 3


def run(
    folder: Path, seed: int, kills: int, say: Say, points: Sequence[str] = ()
) -> dict[str, Any]:
    """Kill `kills` times at each point, plus the disasters between; returns the account."""
    wanted = points or tuple(POINTS)
    with drill(folder, seed) as here:
        _go(here, wanted, kills, disasters=not points, say=say)
        found = here.count()
        for name in [*wanted, *(name for name in here.fired if name not in POINTS)]:
            say(f"{name:18} {here.fired[name]:4} {POINTS.get(name, '')}")
        _tell(found, say)
        return {
            "kills": sum(here.fired.values()),
            "documents": found.documents,
            "doubled": len(found.doubled),
            "lost": len(found.lost),
            "stuck": len(found.stuck),
            "points": dict(here.fired),
            "seed": seed,
        }


def missed(result: Mapping[str, Any], kills: int, points: Sequence[str] = ()) -> list[str]:
    """Return the points that struck less often than asked: a drill that misses proves nothing."""
    return [point for point in points or POINTS if result["points"].get(point, 0) < kills]


def _go(here: Drill, points: Sequence[str], kills: int, *, disasters: bool, say: Say) -> None:
    """Strike in the order of the seed; what did not come is tried again at the end."""
    order = [point for point in points for _ in range(kills)]
    here.random.shuffle(order)
    every = max(1, len(order) // (2 * len(DISASTERS)))
    missed: list[str] = []
    for number, point in enumerate(order, start=1):
        if not _strike(here, point):
            missed.append(point)
        if disasters and number % every == 0:
            DISASTERS[number // every % len(DISASTERS)](here)
            say(f"{number} of {len(order)}: {sum(here.fired.values())} struck")
        if disasters and number == len(order) * 3 // 4:
            here.snapshot()
    for point in missed:
        any(_strike(here, point) for _ in range(ATTEMPTS))
    if disasters:
        here.settle()
        here.restore()


def _strike(here: Drill, point: str) -> bool:
    if point == _BY_DATABASE:
        return here.crash_at_commit()
    return here.strike(point)


DISASTERS: Sequence[Callable[[Drill], Any]] = (
    Drill.empty_broker,
    Drill.crash_database,
    Drill.fill_disk,
    Drill.restart_ledger,
    Drill.deploy,
    lambda here: here.pause("K5", 3 * LEASE_SECONDS),
    lambda here: here.pause("K10", 3 * LEASE_SECONDS),
)


def _tell(found: Count, say: Say) -> None:
    for word, names in (("doubled", found.doubled), ("lost", found.lost), ("stuck", found.stuck)):
        if names:
            say(f"{word}: {', '.join(names[:10])}{' ...' if len(names) > 10 else ''}")


# Controls.


def _late(here: Drill) -> None:
    """The ledger applies what we gave up on: longer than a request, shorter than SETTLE."""
    slow = {"kind": "slow", "seconds": 2.5, "method": "POST", "path": r"\$batch", "times": 3}
    here.ledger.ask("POST", "scenario", {"faults": [slow]})
    _work(here)


def _zombie(here: Drill) -> None:
    """A worker sleeps after `sending` was saved, until others have sent in its place."""
    for _ in range(2):
        here.pause("K5", 3 * LEASE_SECONDS + 6)
        here.settle(20)


def _stale(here: Drill) -> None:
    """Answers are lost, and the replica lags behind for longer than SETTLE."""
    here.ledger.ask("POST", "switches", {"replica_lag": 30})
    _lose_answers(here)


def _lose_answers(here: Drill) -> None:
    lost = {"kind": "reset", "phase": "after", "method": "POST", "path": r"\$batch", "times": 4}
    here.ledger.ask("POST", "scenario", {"faults": [lost]})
    _work(here)


def _cut_in_two(here: Drill) -> None:
    for _ in range(2):
        here.strike("between")


def _restored(here: Drill) -> None:
    """What a restored database forgot is new to it, while its connections are not."""
    _work(here)
    here.restore_after(3)


def _work(here: Drill) -> None:
    for customer in here.customers:
        customer.add(3)
        customer.run()
    here.settle(40)


PROVOKED: Mapping[str, Callable[[Drill], None]] = {
    "settle": _late,
    "lease_guard": _zombie,
    "fence": _zombie,
    "primary_read": _stale,
    "no_http_retry": _lose_answers,
    "one_transaction": _cut_in_two,
    "look_up_after_restore": _restored,
}


def controls(folder: Path, seed: int, say: Say, names: Sequence[str] = ()) -> dict[str, Any]:
    """Switch each protection off in turn; returns which ones turned the drill red."""
    red: dict[str, bool] = {}
    for name in names or CONTROLS:
        place = folder / name
        place.mkdir()
        found = _without(place, folder, name, seed)
        red[name] = not found.is_clean
        say(f"{name:22} {'red' if red[name] else 'STILL GREEN'}")
        _tell(found, say)
    return {"controls": red, "seed": seed}


def _without(place: Path, folder: Path, name: str, seed: int) -> Count:
    with drill(folder, seed, place=place, off=name, mishaps=False) as here:
        PROVOKED[name](here)
        here.ledger.ask("POST", "switches", {"replica_lag": 0})
        return here.count()
