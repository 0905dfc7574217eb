"""Which integration a page is about: the one that the address names, else the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest

from sync.models import Integration


@dataclass(frozen=True, slots=True)
class Choice:
    """The integrations of the tenant and the one that is meant; None where there is none yet."""

    all: Sequence[Integration]
    chosen: Integration | None

    @property
    def several(self) -> bool:
        return len(self.all) > 1


def choice_of(request: HttpRequest, id: Any = None) -> Choice:
    """Read `?integration=`; Http404 for one that is not the tenant's."""
    rows = list(Integration.objects.select_related("source", "ledger").order_by("name", "pk"))
    wanted = str(id or request.GET.get("integration") or "")
    if not wanted:
        return Choice(rows, rows[0] if rows else None)
    for row in rows:
        if str(row.pk) == wanted:
            return Choice(rows, row)
    raise Http404
