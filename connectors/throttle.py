"""How much all workers together ask of one user at one host: at a time, and per second.

Kept in two unlogged tables, so that a request costs a fraction of a millisecond here. A 429 halves
the rate, quiet minutes give it back. Five failures in a row open the circuit: for a while everybody
is told at once, then requests may try again. Of all requests a tenth may be repetitions of failed
ones, above a few per minute: a system in trouble is not asked the more for it.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from connectors.errors import RateLimited
from connectors.http.answer import Exchange
from connectors.outside import require_outside
from connectors.registry import Principal
from tenants.ids import new_id

SLOT_LEASE = 960  # seconds; longer than any request may take
_TOKEN_SECONDS = 60  # a request may have to fetch a token first
_PATIENCE = 30.0
_FIRST_LOOK, _LAST_LOOK = 0.02, 0.5
_LARGEST_BLOCK = 20
_BLOCK_KEPT = 2.0  # seconds; what was taken from the budget and not used by then is forfeit
_LARGEST_BURST = 50.0
_FAILURES = 5
_CIRCUIT_SECONDS = 30
_RETRY_SHARE = 0.1  # repetitions allowed per request
_RETRY_FLOOR = 10.0  # repetitions a minute that are allowed whatever was asked
_MOST_RETRIES = 100.0  # kept at most for later

_TAKE = """
update connectors_principalbudget b
set tokens = refilled.tokens - %(block)s, rate = refilled.rate, counted_at = clock_timestamp(),
    retries = least(%(most_retries)s, b.retries + %(earned)s)
from (
    select principal,
        least(%(burst)s, tokens + elapsed * least(rate, %(rate)s)) as tokens,
        least(%(rate)s, case when paused_until > clock_timestamp() then rate
                             else rate + elapsed / 60 end) as rate
    from (
        select *, greatest(0, extract(epoch from clock_timestamp() - counted_at))::float8 as elapsed
        from connectors_principalbudget where principal = %(principal)s for update
    ) as counted
) as refilled
where b.principal = refilled.principal and refilled.tokens >= %(block)s
  and coalesce(b.paused_until <= clock_timestamp(), true)
  and coalesce(b.open_until <= clock_timestamp(), true)
"""
_STATE = """
select extract(epoch from paused_until - clock_timestamp())::float8,
    extract(epoch from open_until - clock_timestamp())::float8,
    tokens + greatest(0, extract(epoch from clock_timestamp() - counted_at))::float8 * rate, rate
from connectors_principalbudget where principal = %(principal)s
"""
_BEGIN = """
insert into connectors_principalbudget (principal, rate, tokens, counted_at, failures)
values (%(principal)s, %(rate)s, %(burst)s, clock_timestamp(), 0) on conflict do nothing
"""
_REPEAT = """
update connectors_principalbudget b set retries = have.retries - 1, retries_at = clock_timestamp()
from (
    select principal, greatest(retries, least(%(floor)s, retries + %(floor)s / 60
        * coalesce(greatest(0, extract(epoch from clock_timestamp() - retries_at)), 0)::float8
    )) as retries
    from (
        select principal, retries_at, least(%(most_retries)s, retries + %(earned)s) as retries
        from connectors_principalbudget where principal = %(principal)s for update
    ) as counted
) as have
where b.principal = have.principal and have.retries >= 1
"""
_LIMITED = """
update connectors_principalbudget
set tokens = 0, counted_at = clock_timestamp(),
    rate = greatest(least(rate, %(rate)s) / 2, least(%(rate)s, 0.1)),
    paused_until = greatest(paused_until, clock_timestamp() + make_interval(secs => %(seconds)s))
where principal = %(principal)s
"""
_FAILED = """
update connectors_principalbudget
set failures = failures + 1,
    open_until = case when failures + 1 >= %(most)s
        then clock_timestamp() + make_interval(secs => %(seconds)s) else open_until end
where principal = %(principal)s
"""
_RECOVERED = """
update connectors_principalbudget set failures = 0, open_until = null
where principal = %(principal)s and failures > 0
"""
_TAKE_SLOT = """
update connectors_principalslot s
set owner = %(owner)s, lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
from (
    select id from connectors_principalslot
    where principal = %(principal)s and number <= %(slots)s
      and (lease_until is null or lease_until < clock_timestamp())
      and not exists (
        select from connectors_principalbudget
        where principal = %(principal)s and paused_until > clock_timestamp()
      )
    order by number limit 1 for update skip locked
) as free
where s.id = free.id
returning s.id
"""
_BEGIN_SLOTS = """
insert into connectors_principalslot (principal, number)
select %(principal)s, generate_series(1, %(slots)s) on conflict do nothing
"""
_LEAVE_SLOT = """
update connectors_principalslot set owner = null, lease_until = null
where id = %(id)s and owner = %(owner)s
"""


@dataclass(slots=True)
class _Block:
    """Requests taken from the shared budget and not used yet."""

    left: int = 0
    until: float = 0.0


class DatabaseThrottle:
    """The `Throttle` of one principal, across workers; safe to share between threads.

    `patience` is how long a caller waits for our own slots and budget. What the other side asks us
    to wait is never slept through: `slot` raises RateLimited at once.
    """

    def __init__(
        self,
        principal: Principal,
        *,
        patience: float = _PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        name = f"{principal.host.lower()}\x00{principal.user.lower()}"
        rate = max(principal.per_second, 0.01)
        self._values: dict[str, Any] = {
            "principal": hashlib.sha256(name.encode()).hexdigest(),
            "rate": rate,
            "burst": max(1.0, min(_LARGEST_BURST, 2.5 * rate)),
            "slots": max(1, principal.max_parallel),
        }
        self._block_size = max(1, min(_LARGEST_BLOCK, int(rate)))
        self._patience = patience
        self._sleep = sleep
        self._lock = threading.Lock()
        self._block = _Block()
        self._earning = 0  # requests made and not yet counted towards what may be repeated
        self._in_trouble = True  # whether the shared row may count failures; unknown at first

    @contextmanager
    def slot(self, seconds: float = SLOT_LEASE) -> Iterator[None]:
        """Hold one of the principal's slots and one request of its budget.

        A slot whose holder was killed is free again when its request cannot be running any more.
        """
        require_outside()
        give_up_at = time.monotonic() + self._patience
        self._take_request(give_up_at)
        owner = new_id()
        lease = min(SLOT_LEASE, seconds + _TOKEN_SECONDS)
        slot = self._take_slot(owner, lease, give_up_at)
        try:
            yield
        finally:
            _run(_LEAVE_SLOT, {"id": slot, "owner": owner})

    def repeat(self) -> None:
        """Take one repetition from the budget of all workers.

        Raises RateLimited (code `retry_budget`) when a tenth of the requests were repetitions.
        """
        require_outside()
        if not self._take_repetition():
            _run(_BEGIN, self._values)
            if not self._take_repetition():
                raise RateLimited(
                    "Too many requests to this system had to be repeated; it is left alone.",
                    code="retry_budget",
                    retry_after=60 / _RETRY_FLOOR,
                )

    def _take_repetition(self) -> bool:
        earned = self._earned()
        if _run(_REPEAT, {**self._values, **_allowance(earned)}):
            return True
        with self._lock:
            self._earning += earned
        return False

    def _earned(self) -> int:
        """Return how many requests were made since this was last asked."""
        with self._lock:
            earned, self._earning = self._earning, 0
            return earned

    def limited(self, seconds: float) -> None:
        """Halve the rate and let nobody ask again before the other side said."""
        with self._lock:
            self._block = _Block()
        _run(_LIMITED, {**self._values, "seconds": seconds})

    def seen(self, exchange: Exchange) -> None:
        """Count an exchange with the API for or against the circuit."""
        if exchange.purpose != "api":
            return
        if exchange.status is None or exchange.status in (500, 502, 503, 504):
            self._in_trouble = True
            _run(_FAILED, {**self._values, "most": _FAILURES, "seconds": _CIRCUIT_SECONDS})
        elif self._in_trouble:
            self._in_trouble = False
            _run(_RECOVERED, self._values)

    def _take_request(self, give_up_at: float) -> None:
        with self._lock:
            self._earning += 1
            if self._block.left > 0 and time.monotonic() < self._block.until:
                self._block.left -= 1
                return
        size = self._block_size
        while not self._take_block(size):
            self._sleep(self._wait(give_up_at))
            size = 1
        with self._lock:
            self._block = _Block(size - 1, time.monotonic() + _BLOCK_KEPT)

    def _take_block(self, size: int) -> bool:
        earned = self._earned()
        values = {**self._values, **_allowance(earned), "block": size}
        if _run(_TAKE, values):
            return True
        with self._lock:
            self._earning += earned
        return False

    def _wait(self, give_up_at: float) -> float:
        """Return how long to wait for one request; raises RateLimited when that is too long."""
        state = _row(_STATE, self._values)
        if state is None:
            _run(_BEGIN, self._values)
            return 0.0
        paused, open_for, tokens, rate = state
        _raise_if_paused(paused)
        if open_for is not None and open_for > 0:
            raise RateLimited(
                "The other system failed many times in a row and is left alone for a moment.",
                code="circuit_open",
                retry_after=open_for,
            )
        wait = max(0.0, 1.0 - tokens) / min(rate, self._values["rate"]) + 0.005
        if time.monotonic() + wait > give_up_at:
            raise _over_budget(wait)
        return wait

    def _heed_pause(self) -> None:
        """Raise RateLimited while the other side wants nobody to ask: another worker was told so
        after this one had taken its requests from the budget."""
        state = _row(_STATE, self._values)
        _raise_if_paused(state[0] if state else None)

    def _take_slot(self, owner: UUID, lease: float, give_up_at: float) -> int:
        pause = _FIRST_LOOK
        while True:
            taken = _row(_TAKE_SLOT, {**self._values, "owner": owner, "lease": lease})
            if taken is not None:
                return taken[0]
            if not _run(_BEGIN_SLOTS, self._values):
                self._heed_pause()
                if time.monotonic() > give_up_at:
                    raise _over_budget(1.0)
                self._sleep(pause)
                pause = min(pause * 1.5, _LAST_LOOK)


def _raise_if_paused(seconds: float | None) -> None:
    if seconds is not None and seconds > 0:
        raise RateLimited("The other system asked us to wait.", retry_after=seconds)


def _allowance(requests: int) -> dict[str, float]:
    """What so many requests add to the repetitions allowed, and the bounds of these."""
    return {
        "earned": requests * _RETRY_SHARE,
        "floor": _RETRY_FLOOR,
        "most_retries": _MOST_RETRIES,
    }


def _over_budget(wait: float) -> RateLimited:
    return RateLimited(
        "Our own request budget for this system is used up for the moment.",
        code="own_budget",
        retry_after=max(wait, 1.0),
    )


def _run(statement: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def _row(statement: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()
