"""Counts the days again in which something changed, so that whoever looks need not."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import connection

from sync.engine.site import Site
from sync.models import DaySum, Document, Integration
from sync.selectors.days import added_up, counted_anew, day_of

# Under READ COMMITTED a row that is deleted here was committed before: every later statement of
# this transaction sees the change that it stands for.
_TAKE = """
with taken as (
    delete from sync_changedday where integration_id = %s and tenant_id = %s
    returning day, document_id
)
select distinct day, document_id from taken
"""


def keep_day_sums(site: Site) -> None:
    """Make the sums right for every day that is marked; to be called when a slice has ended."""
    with site.rows():
        sum_changed_days(site.integration)


def sum_changed_days(integration: Integration) -> int:
    """Count the marked days anew; returns how many they were. Call it in the tenant's scope.

    The order is what makes it right: the marks are taken away first, then it is looked where the
    marked documents lie now, then it is counted. Who commits in between has a mark of his own.
    """
    days = _taken(integration)
    if days:
        DaySum.objects.filter(integration=integration, day__in=days).delete()
        # Documents with a date, and those that were first seen on it, are counted apart.
        sums = added_up(counted_anew(integration, days))
        DaySum.objects.bulk_create(
            [DaySum(integration=integration, **one._asdict()) for one in sums], batch_size=1000
        )
    return len(days)


def _taken(integration: Integration) -> Collection[date]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [integration.pk, integration.tenant_id])
        marks = cursor.fetchall()
    days = {day for day, _ in marks if day}
    documents = [document for _, document in marks if document]
    if documents:
        rows = Document.objects.filter(pk__in=documents).order_by()
        days |= set(rows.values_list(day_of(), flat=True).distinct())
    return days
