"""Takes a person's data out of everything that a tenant's rows say, block by block.

Each block is one transaction: the rows, where the walk is and the counts. Whatever kills it, the
next slice goes on behind the last block, and a block that was done finds nothing to do. What is on
its way to another system is left alone until it has arrived, since it must be sent, and looked up,
as it was decided.

Documents in our words and what was booked stay as they are: accounting law wants them kept (GDPR
17(3)(b)), and a replay of them decides the same. Contact data of suppliers is no part of them.
"""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from audit import record
from audit.context import acting
from sync.domain.personal import Person
from sync.engine.clock import database_now
from sync.engine.personal_places import PLACES, Place
from sync.models import Erasure, ErasureState
from tenants.keyring import unseal
from tenants.models import Tenant
from tenants.scoping import tenant_scope

SLICE_SECONDS = 15.0
LOOKED_AT_AGAIN = timedelta(minutes=5)
_BLOCK = 200


def erase_slice(tenant_id: UUID, seconds: float = SLICE_SECONDS) -> bool:
    """Do some of what erasures of a tenant still have to do; says whether there is more right now.

    Several at once do no harm: the second one finds the erasure locked and leaves.
    """
    ends = time.monotonic() + seconds
    while erase_block(tenant_id):
        if time.monotonic() >= ends:
            return True
    return False


def erase_block(tenant_id: UUID) -> bool:
    """Do one block of the oldest erasure that may go on; False when there is none."""
    with acting("system:worker"), tenant_scope(tenant_id):
        now = database_now()
        due = Erasure.objects.filter(~Q(state=ErasureState.DONE), not_before__lte=now)
        erasure = due.select_for_update(skip_locked=True).order_by("asked_at").first()
        if erasure is None:
            return False
        if erasure.person is None:  # the tenant was closed and its keys destroyed meanwhile
            _finish(erasure, now)
        elif erasure.place < len(PLACES):
            _walk_on(erasure, PLACES[erasure.place], _person(erasure))
        elif erasure.is_held:
            erasure.place, erasure.after, erasure.is_held, erasure.kept = 0, "", False, {}
            erasure.state, erasure.not_before = ErasureState.HELD, now + LOOKED_AT_AGAIN
        else:
            _finish(erasure, now)
        erasure.save()
    return True


def _person(erasure: Erasure) -> Person:
    plain = unseal(erasure.person, tenant_id=erasure.tenant_id, row_id=erasure.pk, field="person")
    return Person.of(json.loads(plain))


def _walk_on(erasure: Erasure, place: Place, person: Person) -> None:
    rows = place.model.objects.filter(place.where).order_by("pk")
    rows = rows.filter(pk__gt=erasure.after) if erasure.after else rows
    block = list(rows.only("pk", *place.fields, *place.needs)[:_BLOCK])
    found = [row.pk for row in block if place.names(row, person)]
    kept = sum(place.keeps(row, person) for row in block)
    if found:
        _erase(erasure, place, person, found)
    if kept:
        erasure.kept[place.name] = erasure.kept.get(place.name, 0) + kept
    if len(block) == _BLOCK:
        erasure.after = str(block[-1].pk)
    else:
        erasure.place, erasure.after = erasure.place + 1, ""


def _erase(erasure: Erasure, place: Place, person: Person, found: list[Any]) -> None:
    """Erase from rows that nobody else holds; who waits for a lock here could be waited for."""
    rows = place.model.objects.filter(pk__in=found)
    free = list(rows.select_for_update(of=("self",), skip_locked=True).order_by("pk"))
    done = [row for row in free if not place.is_held(row)]
    if place.is_dropped:
        place.model.objects.filter(pk__in=[row.pk for row in done]).delete()
    elif done:
        for row in done:
            place.erase(row, person)
        place.model.objects.bulk_update(done, place.fields)
    if done:
        erasure.counts[place.name] = erasure.counts.get(place.name, 0) + len(done)
    erasure.is_held = erasure.is_held or len(done) < len(found)


def _finish(erasure: Erasure, now: Any) -> None:
    """Tell the trail what was erased, by kind, and forget who it was."""
    erasure.state, erasure.done_at, erasure.person = ErasureState.DONE, now, None
    counts = ", ".join(f"{number} {name}" for name, number in sorted(erasure.counts.items()))
    facts = {"counts": counts or "nothing was found", "kept": sum(erasure.kept.values())}
    record("personal_data.erased", target=erasure, facts=facts)
    others = Erasure.objects.exclude(pk=erasure.pk).exclude(state=ErasureState.DONE)
    if not others.exists():
        Tenant.objects.filter(pk=erasure.tenant_id).update(erasing=False)


__all__ = ["erase_block", "erase_slice"]
