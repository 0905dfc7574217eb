"""An intended effect at the ledger, saved before it is sent."""

from __future__ import annotations

from django.db import models

from sync.models.document import Document
from sync.models.integration import Integration
from tenants.scoping import TenantOwned


class WriteState(models.TextChoices):
    QUEUED = "queued"  # an earlier step of the chain is not confirmed yet
    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    UNKNOWN = "unknown"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    CONFLICT = "conflict"
    CANCELLED = "cancelled"  # replaced by a newer version before anything was sent
    WITHDRAWN = "withdrawn"  # stood in the ledger, and a person had it taken back


OPEN_STATES = (
    WriteState.QUEUED,
    WriteState.PENDING,
    WriteState.CLAIMED,
    WriteState.SENDING,
    WriteState.UNKNOWN,
)

# What counts for nothing any more.
PAST_STATES = (WriteState.CANCELLED, WriteState.WITHDRAWN)


class Write(TenantOwned):
    """One effect with its natural key and its whole life; see docs/concepts, "Writes"."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="writes")
    connection = models.ForeignKey("connectors.Connection", models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, models.CASCADE, related_name="writes")
    kind = models.CharField(max_length=30)
    operation = models.CharField(max_length=30)
    natural_key = models.CharField(max_length=300)
    revision = models.PositiveIntegerField(default=1)
    sequence = models.PositiveSmallIntegerField(default=0)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    # The codes that its document's lines book on: what a refusal may name.
    books = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=WriteState, default=WriteState.PENDING)
    fence = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    look_up_first = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    verify_at = models.DateTimeField(null=True, blank=True)
    lookups = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    remote_id = models.CharField(max_length=100, blank=True)
    number = models.CharField(max_length=100, blank=True)
    etag = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict)
    adopted = models.BooleanField(default=False)
    error = models.JSONField(null=True, blank=True)
    epoch = models.PositiveIntegerField(default=1)
    run = models.ForeignKey("sync.Run", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "kind", "operation", "natural_key", "revision"],
                name="write_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["integration", "state"],
                name="write_open",
                condition=models.Q(state__in=OPEN_STATES),
            ),
            models.Index(fields=["document", "sequence"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.operation} {self.natural_key}"

    @property
    def may_have_arrived(self) -> bool:
        """Whether something that was sent may stand in the ledger, or still come to stand there:
        what was refused or turned away certainly does not."""
        return self.attempt > 0 and self.sent_at is not None
