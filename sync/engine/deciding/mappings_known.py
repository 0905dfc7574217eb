"""The mapping tables of an integration, of today or of an earlier moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Q

from connectors.documents import SourceDocument
from sync.domain.mapping import KINDS, MappingTable
from sync.domain.mapping import MappingEntry as Entry
from sync.models import Integration, MappingEntry


def mapping_tables(
    integration: Integration,
    codes: Iterable[str] | None = None,
    *,
    as_of: datetime | None = None,
    whole: Iterable[str] = (),
) -> Mapping[str, MappingTable]:
    """Load the tables of every kind in one query; unknown kinds read as empty tables.

    `codes` limits the rows to these source codes (kinds in `whole` to none); `as_of` gives the
    mapping of that moment.
    """
    rows = MappingEntry.objects.filter(integration=integration)
    if codes is not None:
        rows = rows.filter(Q(source_code__in=set(codes)) | Q(kind__in=list(whole)))
    if as_of is None:
        rows = rows.filter(replaced_at__isnull=True)
    else:
        later = Q(replaced_at__isnull=True) | Q(replaced_at__gt=as_of)
        rows = rows.filter(later, created_at__lte=as_of)
    entries: dict[str, list[Entry]] = defaultdict(list)
    for row in rows:
        entry = Entry(row.source_code, row.target_code, row.valid_from, row.state, row.problem)
        entries[row.kind].append(entry)
    tables = {kind: MappingTable(kind, found) for kind, found in entries.items()}
    return defaultdict(lambda: MappingTable(""), {**_empty(), **tables})


def _empty() -> dict[str, MappingTable]:
    return {kind: MappingTable(kind) for kind in KINDS}


def codes_of(documents: Iterable[SourceDocument]) -> set[str]:
    """Return every source code that these documents could be mapped by."""
    codes: set[str] = set()
    for document in documents:
        codes |= _head_codes(document)
        for line in getattr(document, "lines", ()):
            codes |= {line.unit or ""}
            codes |= {code for part in line.coding for code in part.segments.values()}
            rate = getattr(line, "tax_rate", None)
            codes |= {format(rate.normalize(), "f")} if rate is not None else set()
    return {code.strip() for code in codes if code and code.strip()}


def _head_codes(document: SourceDocument) -> set[str]:
    supplier = getattr(document, "supplier", None)
    terms = getattr(document, "terms", None)
    return {
        getattr(document, "currency", None) or "",
        (supplier.source_id if supplier else "") or "",
        (terms.code if terms else "") or "",
    }
