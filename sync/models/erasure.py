"""A person whose data is to go, and how far the job is."""

from __future__ import annotations

from django.db import models

from tenants.keyring import holds_sealed
from tenants.scoping import TenantOwned


class ErasureState(models.TextChoices):
    ASKED = "asked"
    HELD = "held"  # something on its way to another system still says it: looked at again
    DONE = "done"


class Erasure(TenantOwned):
    """One person's data on its way out; `person` is sealed, and emptied with the last step.

    `place` and `after` say how far the walk over the tables is; what a step erased, where it is
    and the counts are stored together, so that a kill costs nothing and counts nothing twice.
    """

    whose = models.CharField(max_length=10)  # contact, member
    person = models.BinaryField(null=True)
    state = models.CharField(max_length=10, choices=ErasureState, default=ErasureState.ASKED)
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    place = models.PositiveSmallIntegerField(default=0)
    after = models.CharField(max_length=64, blank=True)
    is_held = models.BooleanField(default=False)  # in this walk something could not be erased yet
    not_before = models.DateTimeField()
    counts = models.JSONField(default=dict)  # what was erased, by kind
    kept = models.JSONField(default=dict)  # what accounting law keeps though it names the person
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ErasureState.values), name="erasure_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "asked_at"],
                name="erasure_open",
                condition=~models.Q(state=ErasureState.DONE),
            ),
        ]

    def __str__(self) -> str:
        return f"erasure {str(self.pk)[-8:]}"


holds_sealed(Erasure, "person")
