"""What moved and what waits, as support sees it."""

from sync.admin import (  # noqa: F401  each registers its pages
    customers,
    documents,
    flows,
    integrations,
    mappings,
    reviews,
    runs,
    schedules,
    writes,
)
