"""Telling of client secrets that end soon: each threshold once, the trail first."""

from __future__ import annotations

from datetime import date, timedelta

from audit import record
from connectors.expiry import OVER, WARN_AHEAD, Expiry
from connectors.models import Connection


def secrets_warn(today: date) -> list[tuple[Connection, Expiry]]:
    """Record every threshold that a secret has newly reached; returns them, to be told by mail.

    `today` is a day of the tenant, in whose scope this runs. A threshold that was passed while
    nobody looked is left out for the one that counts now. The rows are locked, so two callers at
    the same time tell nothing twice; a replaced secret and a changed day begin anew.
    """
    horizon = today + timedelta(days=max(WARN_AHEAD))
    ending = Connection.objects.filter(secret_valid_until__lte=horizon)
    untold = ending.exclude(secret_warned=OVER)
    told = []
    for row in untold.select_for_update().defer("secret").order_by("pk"):
        found = row.expiry_on(today)
        if found is None or found.threshold == row.secret_warned:
            continue
        row.secret_warned = found.threshold
        _record(row, found)
        told.append((row, found))
    Connection.objects.bulk_update([row for row, _ in told], ["secret_warned"])
    return told


def _record(row: Connection, found: Expiry) -> None:
    action = "connection.secret_over" if found.is_over else "connection.secret_ends"
    facts = {"until": found.until.isoformat(), "days": found.days_left}
    record(action, target=row, facts=facts, connection=row.pk)
