"""What the ledger refused once, and would refuse again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from sync.models.document import Document
from sync.models.integration import Integration
from tenants.scoping import TenantOwned


class Refusal(TenantOwned):
    """A remembered refusal: a fact about a vendor, account, dimension value or combination."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="refusals")
    step = models.CharField(max_length=60)  # what was refused: `purchase_invoice post`
    subject = models.JSONField()  # the codes that were named, see sync.domain.refusals
    cause = models.CharField(max_length=300)
    words = models.TextField()  # the ledger's, as it said them last
    code = models.CharField(max_length=100, blank=True)
    document = models.ForeignKey(
        Document, models.SET_NULL, null=True, related_name="+"
    )  # refused last
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    try_at = models.DateTimeField()  # from then on one document may try again
    tried_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "cause"],
                condition=Q(ended_at__isnull=True),
                name="refusal_active_once",
            ),
        ]
        indexes = [models.Index(fields=["integration", "-last_at"])]

    def __str__(self) -> str:
        return self.cause
