"""What happened, for good."""

from __future__ import annotations

from typing import Any

from django.db import models

from audit.actions import sentence
from audit.block import current_block


class ScopedManager(models.Manager):
    """Rows of the tenant whose scope is open; refuses a query outside of one."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(tenant_id=current_block().tenant_id)


class UnscopedManager(models.Manager):
    """Rows of whichever tenants the database role may see; for support and migrations."""


class AuditEvent(models.Model):
    """Something that happened to a tenant's things; appended once, chained, never changed.

    It keeps the label of what it was about, since that may be gone, and ids, numbers, codes and
    amounts as facts. Names and addresses of people stay out: they could never be erased again.
    """

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    action = models.CharField(max_length=64)
    target_type = models.CharField(max_length=64, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    target_label = models.CharField(max_length=200, blank=True)
    changes = models.JSONField(default=dict, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    document = models.UUIDField(null=True, blank=True)
    run = models.UUIDField(null=True, blank=True)
    connection = models.UUIDField(null=True, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    objects = ScopedManager()
    unscoped = UnscopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "seq"], name="audit_event_seq"),
            models.CheckConstraint(condition=models.Q(seq__gt=0), name="audit_event_seq_positive"),
        ]
        indexes = [
            models.Index(fields=["tenant", "at"], name="audit_event_at"),
            models.Index(fields=["tenant", "action", "seq"], name="audit_event_action"),
            models.Index(
                fields=["tenant", "document", "seq"],
                name="audit_event_document",
                condition=models.Q(document__isnull=False),
            ),
            models.Index(
                fields=["tenant", "run", "seq"],
                name="audit_event_run",
                condition=models.Q(run__isnull=False),
            ),
            models.Index(
                fields=["tenant", "connection", "seq"],
                name="audit_event_connection",
                condition=models.Q(connection__isnull=False),
            ),
            # Whoever quotes a request's id need not say who they are.
            models.Index(
                fields=["request_id"],
                name="audit_event_request",
                condition=~models.Q(request_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.target_label}".strip()

    @property
    def sentence(self) -> str:
        """What happened, in words."""
        return sentence(self.action, self.target_label, self.facts)


class AuditHead(models.Model):
    """Where a tenant's chain ends; its row is the lock that appending takes.

    `noted_seq` is the last end that was signed and written down outside of the database.
    """

    tenant = models.OneToOneField(
        "tenants.Tenant", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    seq = models.BigIntegerField(default=0)
    hash = models.BinaryField(max_length=32, default=bytes(32))
    noted_seq = models.BigIntegerField(default=0)

    objects = ScopedManager()
    unscoped = UnscopedManager()

    def __str__(self) -> str:
        return f"event {self.seq}"
