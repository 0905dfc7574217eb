"""Mapped targets that cannot be used any more, with what depends on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sync.models import Integration, MappingEntry


@dataclass(frozen=True, slots=True)
class Drifted:
    """An entry whose target was blocked, renamed or deleted, as of the last reference run."""

    entry: MappingEntry
    lines: int
    documents: int
    amounts: Mapping[str, Decimal]


def drift_of(rows: Iterable[Integration], kind: str | None = None) -> dict[UUID, list[Drifted]]:
    """Return what drifted in each integration and is needed by open lines, most lines first.

    One query; `kind` narrows it to one kind of mapping.
    """
    entries = MappingEntry.objects.filter(
        integration__in=list(rows),
        replaced_at__isnull=True,
        state="invalid",
        at_risk__isnull=False,
    )
    if kind is not None:
        entries = entries.filter(kind=kind)
    found: dict[UUID, list[Drifted]] = defaultdict(list)
    for entry in entries:
        risk = entry.at_risk
        amounts = {code: Decimal(text) for code, text in risk["amounts"].items()}
        one = Drifted(entry, risk["lines"], risk["documents"], amounts)
        found[entry.integration_id].append(one)
    for some in found.values():
        some.sort(key=lambda one: (-one.lines, one.entry.source_code))
    return found
