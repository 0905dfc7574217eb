"""Reading across tenants: by the database role of support, which can change nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from django.core.paginator import Paginator
from django.db import connections, models
from django.utils.functional import cached_property

ALIAS = "support"
NOT_CONFIGURED = (
    "This process has no address of the support database (SUPPORT_DATABASE_URL), "
    "so the admin has nothing to read with."
)
MOST_COUNTED = 10_000

Row = TypeVar("Row", bound=models.Model)


def is_configured() -> bool:
    """Say whether this process was given the address of the support role."""
    return ALIAS in connections.settings


def rows(model: type[Row]) -> models.QuerySet[Row]:
    """Return the rows of every tenant, to be read and never to be saved."""
    manager = getattr(model, "unscoped", None) or model._default_manager
    return manager.using(ALIAS)


def by_id(model: type[Row], ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Return the rows with these ids by their id, whichever tenants they belong to."""
    return {row.pk: row for row in rows(model).filter(pk__in=set(ids))}


class CappedPaginator(Paginator):
    """Counts up to a limit: nobody pages through millions, and counting them takes seconds."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[:MOST_COUNTED].count()

    @property
    def counted(self) -> str:
        """How many there are, in words where it is only known that they are many."""
        return f"{self.count:,}" if self.count < MOST_COUNTED else f"more than {MOST_COUNTED:,}"
