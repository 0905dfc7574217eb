"""Their code -> the ledger's code, with dates, who and why."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from sync.models.integration import Integration
from tenants.scoping import TenantOwned


class MappingEntry(TenantOwned):
    """One entry; a change replaces it, so that the mapping of any earlier moment can be read."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    source_code = models.CharField(max_length=200)
    target_code = models.CharField(max_length=100)
    valid_from = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, default="ok")
    problem = models.CharField(max_length=300, blank=True)
    # Of an invalid entry, as of the last reference run: open lines, documents, money.
    at_risk = models.JSONField(null=True, blank=True)
    created_by = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "kind", "source_code", "valid_from"],
                condition=models.Q(replaced_at__isnull=True),
                nulls_distinct=False,
                name="mapping_entry_current_once",
            ),
        ]
        indexes = [models.Index(fields=["integration", "kind", "source_code"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_code} -> {self.target_code}"
