"""What the ledger tells us of by itself: subscriptions there, and the notices they brought."""

from __future__ import annotations

from django.db import models

from connectors.models import Connection
from sync.models.flow import FlowName
from sync.models.integration import Integration
from tenants.keyring import holds_sealed
from tenants.scoping import TenantOwned

# The ledger's set -> the flow that a change in it concerns.
WATCHED = {"vendors": FlowName.SUPPLIERS, "purchaseInvoices": FlowName.INVOICES}


class SubscriptionState(models.TextChoices):
    ASKED = "asked"  # not at the ledger yet
    ACTIVE = "active"
    FAILING = "failing"  # could not be created, renewed or looked at: see `error`
    ENDING = "ending"  # to be deleted at the ledger, then here


class Subscription(TenantOwned):
    """One set of the ledger's company that tells us of changes, until `expires_at` unless renewed.

    `token_hash` finds the row when a notice arrives; the token, part of our address, and the shared
    `clientState` lie sealed in `secret`, since each renewal says them again. An ended integration
    leaves its subscriptions here, without it, until they are deleted at the ledger too.
    """

    integration = models.ForeignKey(
        Integration, models.SET_NULL, null=True, related_name="subscriptions"
    )
    ticket = models.UUIDField()  # the integration's place in the line, also after its end
    ledger = models.ForeignKey(Connection, models.CASCADE, related_name="+")
    company_id = models.CharField(max_length=100)
    resource = models.CharField(max_length=40)
    state = models.CharField(
        max_length=10, choices=SubscriptionState, default=SubscriptionState.ASKED
    )
    token_hash = models.BinaryField(max_length=32, unique=True)
    state_hash = models.BinaryField(max_length=32)
    secret = models.BinaryField()
    remote_id = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()
    renewed_at = models.DateTimeField(null=True, blank=True)
    renew_at = models.DateTimeField(null=True, blank=True)  # half of its life
    expires_at = models.DateTimeField(null=True, blank=True)
    check_at = models.DateTimeField()  # when it is looked at next
    checked_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.JSONField(null=True, blank=True)
    losses = models.PositiveIntegerField(default=0)  # how often the ledger had dropped it
    notices = models.PositiveBigIntegerField(default=0)
    last_notice_at = models.DateTimeField(null=True, blank=True)
    # The safety poll: what it saw changed, and of how much of that no notice came.
    measured_until = models.DateTimeField(null=True, blank=True)
    changes_seen = models.PositiveBigIntegerField(default=0)
    changes_missed = models.PositiveBigIntegerField(default=0)
    silent_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "resource"], name="subscription_resource_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=SubscriptionState.values),
                name="subscription_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(resource__in=list(WATCHED)), name="subscription_resource_known"
            ),
            models.CheckConstraint(
                condition=models.Q(integration__isnull=False)
                | models.Q(state=SubscriptionState.ENDING),
                name="subscription_orphan_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(changes_missed__lte=models.F("changes_seen")),
                name="subscription_missed_were_seen",
            ),
        ]
        indexes = [models.Index(fields=["ticket", "check_at"])]

    def __str__(self) -> str:
        return self.resource

    @property
    def flow_name(self) -> str:
        return WATCHED[self.resource]


class Notice(TenantOwned):
    """The newest notice of one record; an empty `remote_id` means that anything may have changed.

    `stamp` is what the ledger said happened and when: the same notice again changes nothing.
    """

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="+")
    remote_id = models.CharField(max_length=100, blank=True)
    stamp = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)  # when a run took it up

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "remote_id"], name="notice_once"),
        ]
        indexes = [
            models.Index(
                fields=["subscription"], name="notice_open", condition=models.Q(taken_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.remote_id or "anything"


holds_sealed(Subscription, "secret")
