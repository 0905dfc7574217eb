"""A new life of the installation, after its database was restored from a snapshot."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from sync.engine.writing.chain import current_life
from sync.models import Epoch, Ticket


def begin_life(note: str = "") -> int:
    """Begin the next life and return its number.

    Effects and source states of earlier lives are looked up in the ledger before they are sent.
    Claims of workers that lived with the lost rows are void: their fences are raised.
    """
    with transaction.atomic():
        number = current_life().number + 1
        Epoch.objects.create(number=number, begun_at=Now(), note=note[:200])
        Ticket.objects.update(fence=F("fence") + 1, lease_until=None, due_at=Now(), rung_at=None)
    return number
