"""What is to be told to whom, decided under one lock per tenant and kept as outgoing mails."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Min
from django.utils import timezone

from connectors.warning import secrets_warn
from sync.engine.receipt_alarms import receipts_warn
from sync.mails import digest
from sync.mails.alarms import Alarm, alarms, of_secret
from sync.mails.content import Content
from sync.models import Integration, MailChoice, MailKind, MailTold, OutgoingMail, ReviewItem
from sync.models.review import ReviewState
from sync.selectors.causes import by_money, loaded, on_their_way
from tenants.models import Membership, Role, Tenant
from tenants.pages.formats import at_home
from tenants.scoping import tenant_scope

SETTLES = timedelta(minutes=10)  # what is opened in one run is told in one mail, and none is missed
REVIEWS_EVERY = timedelta(hours=1)
DIGEST_AT = 7  # o'clock in the tenant's time zone
DEFAULT_ROLES = (Role.OPERATOR, Role.ADMIN)


def plan_mails(tenant: Tenant, now: datetime | None = None) -> None:
    """Keep every mail that the tenant's members are to get now; safe to call as often as one likes.

    What was told and the mails stand or fall together, under the lock of one row: two planners
    never tell the same twice, and a planner that dies has told nothing.
    """
    now = now or timezone.now()
    with tenant_scope(tenant.pk), at_home(tenant):
        MailTold.objects.get_or_create(defaults={"reviews_until": now})
        told = MailTold.objects.select_for_update().get()
        _tell_reviews(told, now)
        _tell_receipts(told, now, ZoneInfo(tenant.time_zone))
        _tell_digest(told, now, ZoneInfo(tenant.time_zone))
        _tell_alarms(told, now, ZoneInfo(tenant.time_zone))
        _tell_secrets(now)
        told.save()


def _tell_reviews(told: MailTold, now: datetime) -> None:
    if told.reviews_at and now - told.reviews_at < REVIEWS_EVERY:
        return
    until = _settled_until(told.reviews_until, now)
    if until <= told.reviews_until:
        return
    rows = ReviewItem.objects.filter(
        state=ReviewState.OPEN, opened_at__gt=told.reviews_until, opened_at__lte=until
    )
    held = by_money(rows)
    if held:
        content = digest.of_causes(loaded(held[: digest.MOST_CAUSES]), len(held))
        _keep(MailKind.REVIEW, until.isoformat(), content, now)
        told.reviews_at = now
    told.reviews_until = until


def _settled_until(since: datetime, now: datetime) -> datetime:
    """Return up to when the causes opened after `since` can be told.

    What is on its way needs nobody: it closes, or it comes back and is told then, with what was
    opened after it.
    """
    until = now - SETTLES
    going = on_their_way(now).filter(opened_at__gt=since, opened_at__lte=until)
    first = going.aggregate(opened_at=Min("opened_at"))["opened_at"]
    return first - timedelta.resolution if first else until


def _tell_receipts(told: MailTold, now: datetime, zone: ZoneInfo) -> None:
    """Tell of each invoice that waits for its receipt for too long, once: those of a day together,
    in its morning. Without a look at any policy where the day is told."""
    local = now.astimezone(zone)
    if local.hour < DIGEST_AT or told.receipts_on == local.date():
        return
    told.receipts_on = local.date()
    new = receipts_warn(Integration.objects.order_by("name"), now)
    if new:
        invoices = {item.pk: str(item.document) for item in new}
        held = by_money(ReviewItem.objects.filter(pk__in=list(invoices)))
        content = digest.of_receipts(loaded(held[: digest.MOST_CAUSES]), invoices, now)
        _keep(MailKind.RECEIPT, now.isoformat(), content, now)


def _tell_digest(told: MailTold, now: datetime, zone: ZoneInfo) -> None:
    local = now.astimezone(zone)
    if local.hour < DIGEST_AT or told.digest_on == local.date():
        return
    is_first = told.digest_on is None and local.hour > DIGEST_AT  # who signs up at noon has seen it
    told.digest_on = local.date()
    content = None if is_first else digest.of_the_day()
    if content:
        _keep(MailKind.DIGEST, local.date().isoformat(), content, now)


def _tell_alarms(told: MailTold, now: datetime, zone: ZoneInfo) -> None:
    """Tell each alarm once; one that went away and comes again is told again."""
    integrations = list(Integration.objects.order_by("name"))
    standing: list[Alarm] = alarms(integrations, now, zone)
    for alarm in standing:
        if alarm.key not in told.alarms:
            _keep(alarm.kind, f"{alarm.key} {now.isoformat()}", alarm.content, now)
    told.alarms = [alarm.key for alarm in standing]


def _tell_secrets(now: datetime) -> None:
    """Tell of each client secret that has come nearer to its end, each threshold once."""
    for connection, near in secrets_warn(timezone.localdate(now)):
        key = f"secret {connection.pk} {near.until} {near.threshold} {now.isoformat()}"
        _keep(MailKind.CONNECTION, key, of_secret(connection, near), now)


def _keep(kind: MailKind, key: str, content: Content, now: datetime) -> None:
    """Keep one mail for each member who wants this kind; two queries."""
    stored = content.stored()
    OutgoingMail.objects.bulk_create(
        [
            OutgoingMail(
                user_id=user,
                kind=kind,
                key=key,
                subject=content.subject[:200],
                content=stored,
                created_at=now,
                due_at=now,
            )
            for user in wanting(kind)
        ],
        ignore_conflicts=True,
    )


def wanting(kind: MailKind) -> Iterable[UUID]:
    """Return the members who get mails of this kind: as they chose, else as their role says."""
    chosen = dict(MailChoice.objects.filter(kind=kind).values_list("user", "wanted"))
    members = Membership.objects.filter(user__is_active=True).order_by("pk")
    for user, role in members.values_list("user", "role"):
        if chosen.get(user, role in DEFAULT_ROLES):
            yield user
