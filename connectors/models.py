"""A tenant's access to other systems, and what all tenants together may ask of one user there."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils import timezone

from connectors.expiry import Expiry, expiry
from tenants.keyring import holds_sealed
from tenants.scoping import TenantOwned


class Health(models.TextChoices):
    UNKNOWN = "unknown", "Not checked yet"
    OK = "ok", "Works"
    ATTENTION = "attention", "Needs attention"


class Connection(TenantOwned):
    """A tenant's configured access to one system; its secret goes in and never comes out again."""

    kind = models.CharField(max_length=32)
    name = models.CharField(max_length=80)
    settings = models.JSONField(default=dict)
    secret = models.BinaryField(null=True, blank=True)
    secret_set_at = models.DateTimeField(null=True, blank=True)
    secret_hint = models.CharField(max_length=4, blank=True)
    secret_valid_until = models.DateField(null=True, blank=True)  # as a person entered it
    # The last threshold of connectors.expiry that was told; none for a new secret.
    secret_warned = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    health = models.CharField(max_length=16, choices=Health.choices, default=Health.UNKNOWN)
    health_message = models.CharField(max_length=500, blank=True)
    last_ping_at = models.DateTimeField(null=True, blank=True)
    capabilities = models.JSONField(default=dict, blank=True)
    findings = models.JSONField(default=list, blank=True)
    # Id -> name of the ledger's companies, as of when they were asked for last.
    company_names = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="connection_name"),
            models.CheckConstraint(
                condition=models.Q(health__in=Health.values), name="connection_health_known"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "created_at"], name="connection_listing")]

    def __str__(self) -> str:
        return self.name

    def expiry_on(self, today: date) -> Expiry | None:
        """Say how near its secret is to its end on a day of the tenant; None: far."""
        return expiry(self.secret_valid_until, today)

    @property
    def expiry_now(self) -> Expiry | None:
        """The same for today in the time zone that is active: that of the page's tenant."""
        return self.expiry_on(timezone.localdate())


class AccessToken(TenantOwned):
    """The newest access token of a connection, and who is fetching the next one.

    `key` names user and secret at the token address; a replaced secret makes another key. Of
    several workers the one that holds the lease fetches, and the others read what it stored: its
    token, or why it got none.
    """

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="access_tokens", db_index=False
    )
    key = models.CharField(max_length=64)
    token = models.BinaryField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    generation = models.PositiveBigIntegerField(default=0)
    lease_owner = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    failure = models.JSONField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "connection", "key"], name="access_token_once"
            ),
        ]
        indexes = [models.Index(fields=["connection"], name="access_token_connection")]

    def __str__(self) -> str:
        return f"token {self.generation}"


class PrincipalBudget(models.Model):
    """What one user at one host may still be asked; `principal` is a digest, no tenant's data.

    Shared by every tenant that logs in as this user. Not logged to disk: after a crash it begins
    anew, full.
    """

    principal = models.CharField(primary_key=True, max_length=64)
    rate = models.FloatField()
    tokens = models.FloatField()
    counted_at = models.DateTimeField()
    paused_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(null=True)
    retries = models.FloatField(default=10, db_default=10)
    retries_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.principal[:12]


class PrincipalSlot(models.Model):
    """One of the requests that may be on their way to a user at a host at the same time."""

    principal = models.CharField(max_length=64)
    number = models.PositiveSmallIntegerField()
    owner = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal", "number"], name="principal_slot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.principal[:12]} {self.number}"


holds_sealed(Connection, "secret")
holds_sealed(AccessToken, "token")
