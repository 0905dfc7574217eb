"""A restored database begins another life: what it has forgotten is looked up before it is sent."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from sync.models import Epoch

_LONGEST_NOTE = 200
_FIRST_LIFE = 1  # has no row


@transaction.atomic
def life_begin(note: str = "") -> Epoch:
    """Begin the next life of this installation, from now on."""
    last = Epoch.objects.select_for_update().order_by("-number").first()
    number = (last.number if last else _FIRST_LIFE) + 1
    return Epoch.objects.create(number=number, begun_at=timezone.now(), note=note[:_LONGEST_NOTE])
