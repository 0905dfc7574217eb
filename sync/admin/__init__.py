"""What moved and what waits, as support sees it."""

from sync.admin import (  # noqa: F401  each registers its pages
    customers,
    documents,
    erasures,
    findings,
    flows,
    integrations,
    mappings,
    refusals,
    reviews,
    runs,
    schedules,
    subscriptions,
    writes,
)
