"""What happened, for good."""

from __future__ import annotations

from typing import Any

from django.db import models

from audit.actions import sentence
from audit.block import current_block
from audit.texts import CHANGED, digest_of, digests_in, told


class ScopedManager(models.Manager):
    """Rows of the tenant whose scope is open; refuses a query outside of one."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(tenant_id=current_block().tenant_id)


class UnscopedManager(models.Manager):
    """Rows of whichever tenants the database role may see; for support and migrations."""


class EventQuerySet(models.QuerySet):
    """Events with what people said in them: the texts of all that are fetched come by one query."""

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()
        rows = self._result_cache
        if is_new and rows and isinstance(rows[0], AuditEvent):
            _give_texts(rows, self.db)


class AuditEvent(models.Model):
    """Something that happened to a tenant's things; appended once, chained, never changed.

    It keeps the label of what it was about, since that may be gone, and ids, numbers, codes and
    amounts as facts. Names and addresses of people stay out: they could never be erased again.
    What somebody said in their own words is there as a digest only; the text is an `AuditText`.
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

    objects = ScopedManager.from_queryset(EventQuerySet)()
    unscoped = UnscopedManager.from_queryset(EventQuerySet)()

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
        return sentence(self.action, self.target_label, self.told)

    @property
    def told(self) -> dict[str, Any]:
        """The facts, with what people said in place of its digest."""
        if not any(digests_in(self.facts)):
            return self.facts
        if not hasattr(self, "_texts"):
            _give_texts([self], self._state.db)
        return told(self.facts, self._texts)


class AuditText(models.Model):
    """What somebody said in their own words, beside the event that holds its digest; erasable."""

    digest = models.CharField(primary_key=True, max_length=64)
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seq = models.BigIntegerField()  # of the event
    salt = models.BinaryField(max_length=16)
    text = models.TextField()

    objects = ScopedManager()
    unscoped = UnscopedManager()

    class Meta:
        indexes = [models.Index(fields=["tenant", "digest"], name="audit_text_walk")]

    def __str__(self) -> str:
        return f"text of event {self.seq}"

    @property
    def is_as_chained(self) -> bool:
        """Whether salt and text still have the digest that the chain holds."""
        return digest_of(self.salt, self.text) == self.digest


def _give_texts(events: list[AuditEvent], database: str | None) -> None:
    wanted = {digest for event in events for digest in digests_in(event.facts)}
    found = AuditText.unscoped.using(database).filter(pk__in=wanted) if wanted else ()
    texts = {row.digest: row.text if row.is_as_chained else CHANGED for row in found}
    for event in events:
        event._texts = texts


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
