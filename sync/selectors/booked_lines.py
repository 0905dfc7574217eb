"""What similar lines got before: the last reason for which a target is suggested for a code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import F

from sync.domain.mapping import segment_kind
from sync.domain.suggestions import Booked, Suggestion, like_before
from sync.models import Document, DocumentState, FlowName, Integration, MappingEntry, Version, Wait

_CODED = (FlowName.PURCHASE_ORDERS, FlowName.INVOICES)
_MOST_BEFORE = 200
_MOST_WAITING = 50


def suggested_by_lines(
    integration: Integration, kind: str, codes: Sequence[str]
) -> dict[str, Suggestion | None]:
    """Compare the waiting lines of each code with lines of the same suppliers that were written:
    three queries, however many codes there are."""
    waiting, suppliers = _waiting(integration, kind, codes) if codes else ({}, set())
    booked = _booked(integration, kind, suppliers) if waiting else []
    return {code: like_before(waiting.get(code, ()), booked) if booked else None for code in codes}


def _waiting(
    integration: Integration, kind: str, codes: Sequence[str]
) -> tuple[Mapping[str, Sequence[str]], set[str]]:
    """Return what the waiting lines of each code are for, and the suppliers of their documents."""
    causes = [f"mapping {kind} {code}" for code in codes]
    waits = Wait.objects.filter(integration=integration, cause__in=causes)
    rows = Document.objects.filter(pk__in=waits.values("document")[:_MOST_WAITING])
    suppliers: set[str] = set()
    found: dict[str, list[str]] = defaultdict(list)
    for code, description, supplier in _lines(kind, rows):
        suppliers.add(supplier)
        if code in codes and description not in found[code]:
            found[code].append(description)
    return found, suppliers - {""}


def _booked(integration: Integration, kind: str, suppliers: set[str]) -> list[Booked]:
    """Return the newest written lines of these suppliers, by the target of today's mapping."""
    rows = Document.objects.filter(
        integration=integration,
        flow_name__in=_CODED,
        state=DocumentState.WRITTEN,
        supplier_erp_number__in=suppliers,
    )
    lines = list(_lines(kind, rows.order_by("-changed_at")[:_MOST_BEFORE]))
    entries = MappingEntry.objects.filter(
        integration=integration,
        kind=kind,
        replaced_at__isnull=True,
        state="ok",
        source_code__in={code for code, _, _ in lines},
    )
    targets = dict(entries.order_by("valid_from").values_list("source_code", "target_code"))
    return [Booked(said, targets[code]) for code, said, _ in lines if code in targets]


def _lines(kind: str, documents: Any) -> Iterator[tuple[str, str, str]]:
    """Yield code of a kind, description and supplier of each line that has the first two."""
    versions = Version.objects.filter(
        document__in=documents.values("pk"), number=F("document__version"), content__isnull=False
    )
    for content, supplier in versions.values_list("content", "document__supplier_erp_number"):
        for line in content.get("lines", ()):
            for part in line.get("coding", ()):
                for segment, code in part.get("segments", {}).items():
                    if segment_kind(segment) == kind and line.get("description"):
                        yield code, str(line["description"]), supplier
