"""What the queues look like, read at the moment somebody asks."""

import time
from collections.abc import Iterable

from django.core.cache import cache
from django.db import DatabaseError, connections
from prometheus_client.core import GaugeMetricFamily, Metric

from integration_platform.celery import TICK_CACHE_KEY


def tick_age() -> float | None:
    """Return the seconds since a worker last began a tick; None when none is known."""
    try:
        began = cache.get(TICK_CACHE_KEY)
    except Exception:  # the cache lies in broker or database, judged above
        return None
    return None if began is None else max(0.0, time.time() - began)


class Gauges:
    """The state of the queues as Prometheus gauges: counts over all tenants, names of none."""

    def collect(self) -> Iterable[Metric]:
        """Yield the gauges that can be read; a database that is down takes only its own away."""
        yield gauge("beat_tick_age_seconds", "Seconds since a worker began a tick", tick_age())
        for alias, queries in (("default", LINE), ("support", LEDGER)):
            if alias in connections:
                yield from _read(alias, queries)


def _read(alias: str, queries: Iterable[tuple[str, str, str]]) -> Iterable[Metric]:
    try:
        with connections[alias].cursor() as cursor:
            for name, help_text, query in queries:
                cursor.execute(query)
                yield gauge(name, help_text, float(cursor.fetchone()[0]))
    except DatabaseError:
        return


def gauge(name: str, help_text: str, value: float | None) -> GaugeMetricFamily:
    """Return one gauge; without a value it has no sample."""
    family = GaugeMetricFamily(f"connector_{name}", help_text)
    if value is not None:
        family.add_metric([], value)
    return family


# What any process may see: the line for workers holds ids and times only.
LINE = (
    (
        "integrations_due",
        "Integrations with work that may begin now",
        "select count(*) from sync_ticket where coalesce(lease_until, due_at) <= now()",
    ),
    (
        "oldest_due_seconds",
        "Seconds that the longest waiting integration has waited",
        "select coalesce(extract(epoch from now() - min(coalesce(lease_until, due_at))), 0)"
        " from sync_ticket where coalesce(lease_until, due_at) <= now()",
    ),
    (
        "integrations_in_work",
        "Integrations that a worker holds a lease on",
        "select count(*) from sync_ticket where lease_until > now()",
    ),
    (
        "integrations_failing",
        "Integrations whose last slice failed",
        "select count(*) from sync_ticket where failures > 0",
    ),
)
# What takes the role of support: answered by the admin's process.
LEDGER = (
    (
        "writes_open",
        "Effects saved and not confirmed yet",
        "select count(*) from sync_write"
        " where state in ('queued', 'pending', 'claimed', 'sending')",
    ),
    (
        "writes_unknown",
        "Effects whose outcome is being found out",
        "select count(*) from sync_write where state = 'unknown'",
    ),
    (
        "writes_conflict",
        "Effects that a person must decide about",
        "select count(*) from sync_write where state = 'conflict'",
    ),
    (
        "reviews_open",
        "Causes that wait for a person",
        "select count(*) from sync_reviewitem where state = 'open'",
    ),
)
