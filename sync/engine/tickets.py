"""The line for workers: one ticket per integration, claimed with a lease and a fence.

All times are the database's, so that a worker with a wrong clock harms nobody. A ticket says only
that there is something to do; what it is, the worker finds in the rows. A claim empties `due_at`:
whoever wakes the integration meanwhile is not forgotten, and a lease that ended without being given
back (a killed worker) counts as due.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Least, Now

from sync.models import Ticket

LEASE_SECONDS = 180
RING_AGAIN_SECONDS = 5
MAX_ACTIVE_PER_TENANT = 2
_MAX_BACKOFF_SECONDS = 300
NO_FENCE = -1  # of a claim that only looks


@dataclass(slots=True)
class Claim:
    """The right to work on one integration until `deadline` (monotonic clock)."""

    integration_id: UUID
    tenant_id: UUID
    fence: int
    deadline: float
    failures: int = 0  # slices in a row, up to this one, that the other side brought to nothing
    interactive: bool = False  # somebody waits for it

    def holds_for(self, seconds: float) -> bool:
        return time.monotonic() + seconds < self.deadline


def open_ticket(integration_id: UUID, tenant_id: UUID) -> None:
    """Give a new integration its place; nothing is due yet."""
    Ticket.objects.get_or_create(integration_id=integration_id, defaults={"tenant_id": tenant_id})


def close_ticket(integration_id: UUID) -> None:
    Ticket.objects.filter(pk=integration_id).delete()


def wake(integration_id: UUID, *, at: datetime | None = None, interactive: bool = False) -> None:
    """Say that there is something to do at `at` (now when None); an earlier time stays."""
    changes: dict[str, Any] = {"due_at": Least(F("due_at"), Now() if at is None else at)}
    if interactive:
        changes |= {"interactive": True, "rung_at": None}
    Ticket.objects.filter(pk=integration_id).update(**changes)


def wake_all(integration_ids: Collection[UUID]) -> None:
    """Say of many that there is something to do now."""
    rows = Ticket.objects.filter(pk__in=integration_ids)
    rows.update(due_at=Least(F("due_at"), Now()), rung_at=None)


def due_tickets(limit: int = 500) -> list[UUID]:
    """Return integrations to ring now, interactive work first, then in order of due time.

    Marks them as rung: one that no worker claims is rung again after five seconds.
    """
    again = Now() - timedelta(seconds=RING_AGAIN_SECONDS)
    due = Q(due_at__lte=Now(), lease_until__isnull=True)
    abandoned = Q(lease_until__lt=Now())
    unrung = Q(rung_at__isnull=True) | Q(rung_at__lt=again)
    rows = Ticket.objects.filter(due | abandoned).filter(unrung)
    ids = list(rows.order_by("-interactive", "due_at").values_list("pk", flat=True)[:limit])
    Ticket.objects.filter(pk__in=ids).update(rung_at=Now())
    return ids


# A claim counts what its tenant has in work: two at the same time would not see each other.
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('sync_ticket'))"

_CLAIM = """
with busy as (
    select tenant_id from sync_ticket where lease_until > now()
     group by tenant_id having count(*) >= %(cap)s
), abandoned as (
    select integration_id from sync_ticket
     where lease_until < now() and tenant_id not in (select tenant_id from busy)
       and (interactive or not %(reserved)s)
     order by lease_until limit 1 for update skip locked
), waiting as (
    select integration_id from sync_ticket
     where lease_until is null and due_at <= now() and not exists (select from abandoned)
       and tenant_id not in (select tenant_id from busy)
       and (interactive or not %(reserved)s)
     order by interactive desc, due_at limit 1 for update skip locked
)
update sync_ticket
   set fence = fence + 1, due_at = null, lease_until = now() + make_interval(secs => %(lease)s)
 where integration_id = (select integration_id from abandoned union all select * from waiting)
returning integration_id, tenant_id, fence, failures, interactive
"""


def claim(*, interactive_only: bool = False) -> Claim | None:
    """Take the ticket whose turn it is; None when nothing is due that may be taken.

    First what a killed worker left, then interactive work, then whoever has waited longest. A
    tenant that has its share in work is passed over, and one that took a slice stands behind
    everybody who is due: how much a tenant has to do delays nobody else (reliability 3).
    `interactive_only`: of a thread that is kept for people who wait.
    """
    started = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
        limits = {"cap": MAX_ACTIVE_PER_TENANT, "reserved": interactive_only}
        cursor.execute(_CLAIM, {"lease": LEASE_SECONDS, **limits})
        row = cursor.fetchone()
    return Claim(*row[:3], started + LEASE_SECONDS, *row[3:]) if row else None


def renew(held: Claim, seconds: float | None = None) -> bool:
    """Extend the lease; False when it was lost to another worker, who then goes on instead."""
    length = LEASE_SECONDS if seconds is None else seconds
    started = time.monotonic()
    kept = _held(held).update(lease_until=Now() + timedelta(seconds=length)) == 1
    if kept:
        held.deadline = started + length
    return kept


_HOLD = """
select 1 from sync_ticket where integration_id = %(id)s and fence = %(fence)s for key share
"""


def hold(held: Claim) -> bool:
    """Keep others from claiming until this transaction ends; False when one has done so already.

    A key-share lock stops a claim (`for update`) and nobody who only rings.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"id": held.integration_id, "fence": held.fence})
        return cursor.fetchone() is not None


def release(held: Claim, *, due_at: datetime | None, more: bool) -> None:
    """Give the ticket back; `more` puts it at the end of the line at once."""
    changes: dict[str, Any] = {
        "lease_until": None,
        "rung_at": None,
        "interactive": False,
        "failures": 0,
    }
    due = Now() if more else due_at
    if due is not None:  # a wake during the slice stays
        changes["due_at"] = Least(F("due_at"), due)
    _held(held).update(**changes)


def release_after_failure(held: Claim, *, at_least: float = 0, progressed: bool = False) -> None:
    """Give the ticket back with a growing pause of `at_least` seconds, so that it does not spin.

    After a slice that got something done the pause begins anew: a side that fails now and then is
    slow, not away.
    """
    row = _held(held).first()
    if row is None:
        return
    failures = 0 if progressed else row.failures
    pause = max(at_least, min(2 ** min(failures, 10), _MAX_BACKOFF_SECONDS))
    _held(held).update(
        lease_until=None,
        due_at=Now() + timedelta(seconds=pause),
        failures=failures + 1,
        rung_at=None,
    )


def _held(held: Claim) -> QuerySet[Ticket]:
    return Ticket.objects.filter(pk=held.integration_id, fence=held.fence)


def wake_forgotten(limit: int = 200) -> int:
    """Let integrations that nothing was due for since an hour be looked at: a wake may be lost."""
    long_ago = Now() - timedelta(hours=1)
    idle = Q(rung_at__isnull=True) | Q(rung_at__lt=long_ago)
    rows = Ticket.objects.filter(idle, due_at__isnull=True, lease_until__isnull=True)
    ids = list(rows.values_list("pk", flat=True)[:limit])
    return Ticket.objects.filter(pk__in=ids).update(due_at=Now())
