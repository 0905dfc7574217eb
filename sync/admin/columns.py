"""Cells that several pages of this app share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from audit.redaction import redact
from sync.models import Document, Integration, Run, RunMode
from sync.words import evidence_name, plainly
from tenants.support.base import as_uuid
from tenants.support.cells import badge, money, page_at, page_of, plain_decimal, spoken
from tenants.support.reading import rows
from tenants.support.sections import Section, Table

DOCUMENT_HEADINGS = ("Reference", "What", "Supplier", "Supplier's number", "Amount", "State")
DOCUMENT_FIGURES = ("Amount",)


def document_row(document: Document) -> Sequence[Any]:
    """Return a document as a row under DOCUMENT_HEADINGS."""
    return (
        page_of(document),
        document.resource.replace("_", " "),
        document.supplier_name,
        document.supplier_reference,
        money(document.amount, document.currency),
        badge(document.state),
    )


def reasons_table(reasons: Iterable[Mapping[str, Any]], title: str = "Why it waits") -> Section:
    """Return reasons with who can put them right and how."""
    return Table(
        title,
        ("Cause", "What it means", "Who", "What to do", "Details"),
        [
            (
                one.get("cause") or one.get("code"),
                plainly(one.get("message") or ""),
                spoken(one.get("owner") or ""),
                plainly(one.get("fix") or ""),
                _evidence(one.get("evidence") or {}),
            )
            for one in redact(list(reasons))
        ],
        empty="It waits for nothing.",
    )


def _evidence(numbers: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the numbers of a reason; documents that it names lead to their pages."""
    return {evidence_name(name): _evidence_value(name, value) for name, value in numbers.items()}


def _evidence_value(name: str, value: Any) -> Any:
    if name.endswith("_document") and as_uuid(str(value)):
        return page_at(Document._meta, value, str(value)[-12:])
    return spoken(value) if name == "kind" else value


def plain(text: Any) -> Any:
    """Return a decimal that is kept as text without zeros that say nothing."""
    try:
        return plain_decimal(Decimal(str(text))) if text not in (None, "") else ""
    except InvalidOperation:
        return text


def tally(counts: Mapping[str, int]) -> str:
    """Return a run's counts in words, without those that are zero."""
    told = [f"{number} {name}" for name, number in counts.items() if number]
    return ", ".join(told) or "none"


def asked_for_by(run: Run) -> str:
    """Say what asked for a run, and that it was a preview."""
    return spoken(run.trigger) + (f", {run.mode}" if run.mode != RunMode.LIVE else "")


def every_integration() -> list[UUID]:
    """Return the ids that let a look-up by number use the indexes, which begin with them."""
    return list(rows(Integration).order_by().values_list("pk", flat=True))
