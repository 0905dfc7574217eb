"""A tenant's pair of systems, and what its ledger company offers."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from tenants.scoping import TenantOwned


class Integration(TenantOwned):
    """One source connection, one ledger connection and company, with flows, mappings and policy."""

    name = models.CharField(max_length=200)
    source = models.ForeignKey("connectors.Connection", models.PROTECT, related_name="+")
    ledger = models.ForeignKey("connectors.Connection", models.PROTECT, related_name="+")
    company_id = models.CharField(max_length=100)
    company_name = models.CharField(max_length=250, blank=True)
    business_units = models.JSONField(default=list, blank=True)
    policy = models.JSONField(default=dict, blank=True)
    pending_change = models.JSONField(null=True, blank=True)  # waits for a second person
    policy_version = models.PositiveIntegerField(default=1)
    # What the ledger company says about itself (local currency, global dimensions, posting window).
    ledger_setup = models.JSONField(default=dict, blank=True)
    reference_at = models.DateTimeField(null=True, blank=True)
    # Reconciliation with the ledger: when it is due, and how far it is or how it ended.
    ledger_check_due_at = models.DateTimeField(null=True, blank=True)
    ledger_check = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="integration_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class LedgerItem(TenantOwned):
    """One row of the ledger's reference data as of the last read of the flow `reference`."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    code = models.CharField(max_length=100)
    remote_id = models.CharField(max_length=100)
    name = models.CharField(max_length=250, blank=True)
    usable = models.BooleanField(default=True)
    why_not = models.CharField(max_length=250, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    # Vendors: what else they are found by, each in its one spelling; no name: not read since.
    name_key = models.CharField(max_length=250, blank=True, default="")
    tax_key = models.CharField(max_length=250, blank=True, default="")
    registration_key = models.CharField(max_length=250, blank=True, default="")
    fetched_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "kind", "code"], name="ledger_item_code_once"
            ),
        ]
        indexes = [
            models.Index(fields=["integration", "kind", "remote_id"]),
            *(
                models.Index(
                    fields=["integration", name],
                    name=f"ledger_item_{name}",
                    condition=models.Q(kind="suppliers"),
                )
                for name in ("name_key", "tax_key", "registration_key")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"
