"""The safety poll: what changed in the ledger without a notice of it.

Notices may be lost, late or switched off there, and nobody would know: so once in a while the
ledger is asked what changed since the last time, and each change is held against the notices that
arrived. What was missed is counted, and the flow concerned runs; changes that come to light this
way only, time and again, are a silence that people are told of.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from connectors.notifications import Notifications
from sync.domain.notices import ANYTHING
from sync.engine.clock import database_now
from sync.engine.site import Site
from sync.models import Notice, Subscription
from sync.services.webhooks import wake_flow

# NAV gathers for 30 seconds and tries again after 1, 1 and 10 minutes: later is missed.
GRACE = timedelta(minutes=15)
SKEW = timedelta(minutes=2)  # by how much the ledger's clock may differ from ours
MOST_CHANGES = 20_000


def measure(site: Site, ledger: Notifications, row: Subscription) -> None:
    """Compare what changed in the ledger, up to a while ago, with the notices that came."""
    with site.rows():
        until = database_now() - GRACE
    since = row.measured_until
    if since is None or until <= since:
        return
    seen = missed = 0
    for page in ledger.changes(row.company_id, row.resource, since, until):
        with site.rows():
            seen, missed = seen + len(page), missed + _untold(row, page, since)
        if seen >= MOST_CHANGES:
            break
    with site.rows():
        _save(row, since, until, seen, missed)


def _untold(row: Subscription, page: list[tuple[str, datetime]], since: datetime) -> int:
    """Count the changes of a page that no notice told of."""
    rows = Notice.objects.filter(subscription=row)
    told = dict(
        rows.filter(remote_id__in=[key for key, _ in page]).values_list("remote_id", "received_at")
    )
    of_anything = rows.filter(remote_id=ANYTHING).values_list("received_at", flat=True).first()
    return sum(
        not any(at is not None and at >= changed - SKEW for at in (told.get(key), of_anything))
        for key, changed in page
    )


def _save(row: Subscription, since: datetime, until: datetime, seen: int, missed: int) -> None:
    now = database_now()
    heard = row.last_notice_at is not None and row.last_notice_at > since
    values = {
        "measured_until": until,
        "changes_seen": F("changes_seen") + seen,
        "changes_missed": F("changes_missed") + missed,
    }
    if heard or (seen and not missed):
        values["silent_since"] = None
    elif missed:
        values["silent_since"] = row.silent_since or now
    Subscription.objects.filter(pk=row.pk).update(**values)
    old = Notice.objects.filter(subscription=row, taken_at__isnull=False)
    old.filter(received_at__lt=since - SKEW).delete()
    if missed:
        wake_flow(row.ticket, row.flow_name)
