"""Mapping entries, unmapped codes, reference data, reconciliation."""

from __future__ import annotations

from typing import Any

from sync.api.shown.common import sums, with_instant
from sync.domain.suggestions import Suggestion
from sync.models import LedgerItem, MappingEntry
from sync.selectors.documents import amount_text
from sync.selectors.mappings import KindCounts, Unmapped
from sync.selectors.reconciliation import FIGURES, Row
from sync.services.mappings import Preview

ENTRY_COLUMNS = ("source_code", "target_code", "valid_from", "note")


def kind(counts: KindCounts) -> dict[str, Any]:
    return {
        "kind": counts.kind,
        "entries": counts.entries,
        "invalid": counts.invalid,
        "unmapped": counts.unmapped,
    }


def entry(row: MappingEntry) -> dict[str, Any]:
    return {
        "id": row.pk,
        "source_code": row.source_code,
        "target_code": row.target_code,
        "valid_from": row.valid_from,
        "note": row.note,
        "state": row.state,
        "problem": row.problem,
        "open_lines": (row.at_risk or {}).get("lines"),
        "open_documents": (row.at_risk or {}).get("documents"),
    }


def unmapped(row: Unmapped, description: str, suggestion: Suggestion | None) -> dict[str, Any]:
    return {
        "source_code": row.source_code,
        "description": description,
        "documents": row.waiting.documents,
        "amounts": sums(row.waiting.amounts),
        "suggestion": suggestion
        and {
            "target_code": suggestion.target_code,
            "why": suggestion.why,
            "score": suggestion.score,
        },
    }


def previewed(seen: Preview) -> dict[str, Any]:
    done = seen.imported
    return {
        "created": done.created,
        "updated": done.updated,
        "unchanged": done.unchanged,
        "invalid": done.invalid,
        "stored": False,
        "open_lines": seen.lines,
        "open_documents": seen.waiting.documents,
        "amounts": sums(seen.waiting.amounts),
    }


def item(row: LedgerItem) -> dict[str, Any]:
    return {
        "id": row.remote_id,
        "code": row.code,
        "name": row.name,
        "usable": row.usable,
        "why_not": row.why_not,
        "attributes": with_instant(row.attributes, "modified_at"),
        "fetched_at": row.fetched_at,
    }


def reconciled(row: Row) -> dict[str, Any]:
    figures = {
        name: {
            "documents": row.figures[name].documents,
            "amount": amount_text(row.figures[name].amount, row.currency),
        }
        for name in FIGURES
    }
    return {
        "resource": row.resource,
        "currency": row.currency or None,
        "day": row.day,
        **figures,
        "unexplained": row.unexplained,
    }


RECONCILED_COLUMNS = (
    "resource",
    "currency",
    "day",
    *(f"{name}_{part}" for name in FIGURES for part in ("documents", "amount")),
    "unexplained",
)


def reconciled_line(row: Row) -> list[Any]:
    """Return a row of reconciliation as a line of CSV."""
    figures = [
        value
        for name in FIGURES
        for value in (
            row.figures[name].documents,
            amount_text(row.figures[name].amount, row.currency),
        )
    ]
    return [row.resource, row.currency, row.day, *figures, len(row.unexplained)]
