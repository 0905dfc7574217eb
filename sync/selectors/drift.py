"""Mapped targets that cannot be used any more, with what depends on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from sync.models import Integration, MappingEntry

_SHOWN = ("integration_id", "kind", "source_code", "target_code", "problem", "at_risk")


@dataclass(frozen=True, slots=True)
class Drifted:
    """An entry whose target was blocked, renamed or deleted, as of the last reference run."""

    integration_id: UUID
    kind: str
    source_code: str
    target_code: str
    problem: str
    lines: int
    documents: int
    amounts: Mapping[str, Decimal]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Drifted:
        risk = row["at_risk"]
        amounts = {code: Decimal(text) for code, text in risk["amounts"].items()}
        own = {name: row[name] for name in _SHOWN if name != "at_risk"}
        return cls(**own, lines=risk["lines"], documents=risk["documents"], amounts=amounts)


def drift_of(integration: Integration) -> list[Drifted]:
    """Return what drifted and is needed by open lines, most lines first; one query."""
    entries = _entries().filter(integration=integration)
    return [Drifted.of(row) for row in entries.values(*_SHOWN)]


def drifted_among(entries: Iterable[MappingEntry]) -> list[Drifted]:
    """Return those of loaded entries that drifted and are needed by open lines."""
    rows = ({name: getattr(entry, name) for name in _SHOWN} for entry in entries if entry.at_risk)
    return sorted(map(Drifted.of, rows), key=lambda one: -one.lines)


def drift_column() -> ArraySubquery:
    """Return a column for a query of integrations, to be read by `drifted`."""
    entries = _entries().filter(integration=OuterRef("pk"))
    return ArraySubquery(entries.values(row=JSONObject(**{name: name for name in _SHOWN})))


def drifted(column: Iterable[Mapping[str, Any]]) -> list[Drifted]:
    return [Drifted.of(row) for row in column]


def _entries() -> QuerySet[MappingEntry]:
    rows = MappingEntry.objects.filter(
        replaced_at__isnull=True, state="invalid", at_risk__isnull=False
    )
    return rows.order_by("-at_risk__lines", "source_code")
