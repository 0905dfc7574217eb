"""What moves and when, how far it was read, and the tickets that tell workers where work is."""

from __future__ import annotations

import uuid

from django.db import models

from connectors.exactjson import ExactDecoder, ExactEncoder
from sync.models.integration import Integration
from tenants.ids import new_id
from tenants.scoping import TenantOwned


class FlowName(models.TextChoices):
    """The four flows in the order in which they run inside one integration."""

    REFERENCE = "reference"
    SUPPLIERS = "suppliers"
    PURCHASE_ORDERS = "purchase_orders"
    INVOICES = "invoices"


class Flow(TenantOwned):
    """One flow of an integration: its schedule and its watermark."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="flows")
    resource = models.CharField(max_length=20, choices=FlowName)
    enabled = models.BooleanField(default=True)
    schedule = models.JSONField(default=dict)
    next_run_at = models.DateTimeField(null=True, blank=True)
    # Everything changed up to (watermark_at, watermark_id) is kept here or queued to be fetched.
    watermark_at = models.DateTimeField(null=True, blank=True)
    watermark_id = models.CharField(max_length=200, blank=True)
    swept_at = models.DateTimeField(null=True, blank=True)
    # When the source was found set back: a full run is offered until one has read all of it.
    set_back_at = models.DateTimeField(null=True, blank=True)
    # A notice of the ledger asks for an early run: when it is due, and when the last one was.
    woken_at = models.DateTimeField(null=True, blank=True)
    early_at = models.DateTimeField(null=True, blank=True)
    # Suppliers only: changes in the ledger are read up to here, by its own clock.
    ledger_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["integration", "resource"], name="flow_once"),
        ]
        indexes = [
            models.Index(fields=["next_run_at"], name="flow_due", condition=models.Q(enabled=True)),
        ]

    def __str__(self) -> str:
        return f"{self.integration_id} {self.resource}"

    @property
    def audit_label(self) -> str:
        return self.resource


class PendingFetch(TenantOwned):
    """A listed record whose detail is still to be fetched: what lets the watermark advance."""

    flow = models.ForeignKey(Flow, models.CASCADE, related_name="+")
    source_id = models.CharField(max_length=200)
    version = models.CharField(max_length=200)
    modified_at = models.DateTimeField(null=True, blank=True)
    payload = models.JSONField(default=dict, encoder=ExactEncoder, decoder=ExactDecoder)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flow", "source_id"], name="pending_fetch_once"),
        ]
        indexes = [models.Index(fields=["flow", "due_at"])]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.source_id}"


class Elsewhere(TenantOwned):
    """A record that belongs to a business unit of another integration: read once, not again."""

    flow = models.ForeignKey(Flow, models.CASCADE, related_name="+")
    source_id = models.CharField(max_length=200)
    version = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["flow", "source_id"], name="elsewhere_once"),
        ]

    def __str__(self) -> str:
        return f"{self.flow_id} {self.source_id}"


class Ticket(models.Model):
    """The place of one integration in the line for workers.

    Holds ids and times only and is therefore readable without a tenant: whoever schedules must see
    the whole line. `due_at` is when there is next something to do; a claim sets `lease_until` and
    raises `fence`, and everything the worker then changes is guarded by that fence.
    """

    integration_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    tenant_id = models.UUIDField()
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    rung_at = models.DateTimeField(null=True)
    interactive = models.BooleanField(default=False)
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                models.F("interactive").desc(),
                "due_at",
                name="ticket_turn",
                condition=models.Q(due_at__isnull=False),
            ),
            models.Index(
                fields=["lease_until"],
                name="ticket_lease",
                condition=models.Q(lease_until__isnull=False),
            ),
            models.Index(fields=["tenant_id"], name="ticket_tenant"),
        ]

    def __str__(self) -> str:
        return str(self.integration_id)


class Epoch(models.Model):
    """Which life of this installation it is: raised by `manage.py restored` after a restore."""

    id = models.UUIDField(primary_key=True, default=new_id)
    number = models.PositiveIntegerField(unique=True)
    begun_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return str(self.number)
