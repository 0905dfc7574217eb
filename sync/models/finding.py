"""What reconciliation found: a difference between what was written and what stands."""

from __future__ import annotations

from django.db import models

from sync.models.document import Document
from sync.models.integration import Integration
from tenants.scoping import TenantOwned


class LedgerFinding(TenantOwned):
    """One difference; it closes by itself when a later check does not see it any more."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    document = models.ForeignKey(Document, models.CASCADE, related_name="findings")
    effect = models.CharField(max_length=30)  # purchase_order, purchase_invoice, ..., journal
    kind = models.CharField(max_length=20)  # sync.domain.ledger_findings.FindingKind
    number = models.CharField(max_length=100, blank=True)  # in the ledger
    differences = models.JSONField(default=list)  # of {field, ours, ledger}
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document", "effect", "kind"],
                condition=models.Q(closed_at__isnull=True),
                name="finding_open_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["integration", "document"],
                name="finding_open",
                condition=models.Q(closed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.effect} {self.number} {self.kind}"
