"""What needs a person: one item per cause and integration."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from sync.models.document import Document
from sync.models.integration import Integration
from tenants.scoping import TenantOwned

GOES_ON_WITHIN = timedelta(minutes=30)


class ReviewState(models.TextChoices):
    OPEN = "open"
    RESOLVED = "resolved"


class ReviewItem(TenantOwned):
    """One open cause in one integration; the documents that wait for it are in `Wait`."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="reviews")
    document = models.ForeignKey(
        Document, models.CASCADE, related_name="+"
    )  # the first that met it
    cause = models.CharField(max_length=300)
    code = models.CharField(max_length=40)
    owner = models.CharField(max_length=20)
    reason = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ReviewState, default=ReviewState.OPEN)
    opened_at = models.DateTimeField()
    alarmed_at = models.DateTimeField(null=True, blank=True)  # when it had waited for too long
    due_at = models.DateTimeField(null=True, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    resolution = models.JSONField(null=True, blank=True)
    pending_accept = models.JSONField(null=True, blank=True)  # waits for a second person
    resolved_at = models.DateTimeField(null=True, blank=True)
    # Since when every document of it was let go on, and none of them has come back.
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "cause"],
                condition=models.Q(state=ReviewState.OPEN),
                name="review_open_cause_once",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "state", "opened_at"])]

    def __str__(self) -> str:
        return self.cause

    @property
    def is_on_its_way(self) -> bool:
        """A run decides its documents anew; one that takes too long leaves it to people again."""
        is_open = self.state == ReviewState.OPEN and self.released_at is not None
        return is_open and timezone.now() - self.released_at < GOES_ON_WITHIN
