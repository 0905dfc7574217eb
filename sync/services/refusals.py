"""Use cases around what the ledger refused once: forgotten, or tried again with one document."""

from __future__ import annotations

from django.utils import timezone

from audit.context import current as acting_now
from sync.engine import refusals, tickets
from sync.models import Refusal
from tenants.refusal import Clash


def remembered_forget(fact: Refusal) -> int:
    """Forget what the ledger refused: all that it held back goes on; returns how many.

    For who knows that the cause is gone. Raises Clash `nothing_remembered` for one that has ended.
    """
    fact = _standing(fact)
    released = refusals.end(fact, by=acting_now().actor, now=timezone.now())
    tickets.wake(fact.integration_id, interactive=True)
    return released


def remembered_try(fact: Refusal) -> None:
    """Let one document find out whether the ledger still refuses; the others wait for it."""
    fact = _standing(fact)
    refusals.try_now(fact.integration, [fact.cause])
    refusals.release_one(fact)
    tickets.wake(fact.integration_id, interactive=True)


def _standing(fact: Refusal) -> Refusal:
    found = Refusal.objects.select_for_update().filter(pk=fact.pk, ended_at=None).first()
    if found is None:
        raise Clash("nothing_remembered", "Nothing is remembered here that could be forgotten.")
    return found
