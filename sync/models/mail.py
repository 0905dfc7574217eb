"""Mails that tell people what needs them: what was told, who wants what, and what is to be sent."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from tenants.scoping import TenantOwned


class MailKind(models.TextChoices):
    """What a mail is about; people choose by kind."""

    REVIEW = "review", "Something needs a person"
    RECEIPT = "receipt", "An invoice waits for its receipt for too long"
    DIGEST = "digest", "Every morning: what was posted and what waits"
    SILENCE = "silence", "Nothing runs or arrives for longer than usual"
    CONNECTION = "connection", "A connection is broken, or its secret is about to expire"


class MailChoice(TenantOwned):
    """Which kinds a member does not want, or wants though the role alone would not get them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=MailKind)
    wanted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user", "kind"], name="mail_choice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.wanted}"


class MailTold(TenantOwned):
    """What a tenant's people were told already; its row is the lock of whoever plans mails."""

    reviews_until = models.DateTimeField()  # causes opened up to here were told or went on
    reviews_at = models.DateTimeField(null=True, blank=True)  # when that was
    digest_on = models.DateField(null=True, blank=True)
    receipts_on = models.DateField(null=True, blank=True)  # waits for receipts were looked at
    alarms = models.JSONField(default=list)  # keys of the alarms that stand

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="mail_told_once"),
        ]

    def __str__(self) -> str:
        return f"told until {self.reviews_until}"


class OutgoingMail(TenantOwned):
    """A mail to one member, kept before it is sent; `key` makes it exist once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=MailKind)
    key = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    content = models.JSONField()  # of sync.mails.content
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()  # a worker that takes it moves this on: its lease
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "tenant", "kind", "key"], name="mail_once"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "due_at"],
                name="mail_due",
                condition=models.Q(sent_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.subject
