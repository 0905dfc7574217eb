"""How many open lines carry a code: what a mapping changes, what a blocked target holds up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from sync.domain.mapping import (
    CURRENCY,
    PAYMENT_TERMS,
    SUPPLIER,
    TAX,
    UNIT_OF_MEASURE,
    segment_kind,
)
from sync.models import Integration
from sync.selectors.reviews import Waiting

# What of a document carries the code of a kind: (segment, code) rows, and how they are reached.
_LINES = "cross join lateral jsonb_array_elements(v.content->'lines') line"
_SOURCES: Mapping[str, tuple[str, str, str]] = {
    SUPPLIER: ("''", "d.supplier_source_id", ""),
    CURRENCY: ("''", "d.currency", ""),
    PAYMENT_TERMS: ("''", "v.content->'terms'->>'code'", ""),
    UNIT_OF_MEASURE: ("''", "line->>'unit'", _LINES),
    TAX: ("''", "trim_scale((line->>'tax_rate')::numeric)::text", _LINES),
}
_CODING = (
    "segment.key",
    "segment.value",
    f"{_LINES} cross join lateral jsonb_array_elements(line->'coding') part"
    " cross join lateral jsonb_each_text(part->'segments') segment",
)
# Open is what is not in the ledger yet, and an order that is and may still be invoiced.
_OPEN = """(
    d.state in ('received', 'waiting', 'parked', 'writing', 'unknown')
    or (d.flow_name = 'purchase_orders' and d.state = 'written' and coalesce(
        (select sum(a.amount) from sync_allocation a where a.order_id = d.id), 0) < d.amount)
)"""


@dataclass(slots=True)
class Open:
    """Open lines that carry a code, and the documents that they stand in."""

    lines: int = 0
    document: str = ""  # the id of the first
    waiting: Waiting = field(default_factory=Waiting)


def open_lines(
    integration: Integration, kind: str, codes: Mapping[str, date | None]
) -> dict[str, Open]:
    """Return what carries each code of a kind that something open carries; one query.

    `codes` maps a source code to the day from which it counts, None for always.
    """
    if not codes:
        return {}
    segment, code, through = _SOURCES.get(kind, _CODING)
    # Names of columns and tables are our own, values are parameters.
    statement = f"""
        select segment, code, resource, currency, count(*), sum(lines), sum(amount),
               min(id::text)
        from (
            select d.id, d.resource, d.currency, d.amount,
                   {segment} as segment, {code} as code, count(*) as lines
            from sync_document d
            join sync_version v on v.document_id = d.id and v.number = d.version
            {through}
            join unnest(%s::text[], %s::date[]) as wanted(code, since) on wanted.code = {code}
                and (wanted.since is null or d.document_date >= wanted.since)
            where d.integration_id = %s and v.content is not null and {_OPEN}
            group by 1, 2, 3, 4, 5, 6
        ) each_document
        group by 1, 2, 3, 4
    """  # noqa: S608
    with connection.cursor() as cursor:
        values = [list(codes), list(codes.values()), integration.pk]
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    found: dict[str, Open] = {}
    for name, code, resource, currency, documents, lines, amount, first in rows:
        if name and segment_kind(name) != kind:
            continue
        one = found.setdefault(code, Open())
        one.lines += int(lines)
        one.document = min(one.document or first, first)
        one.waiting.add(documents, currency, resource, amount)
    return found


def summed(found: Iterable[Open]) -> Open:
    """Add up what carries several codes; a document with two of them counts for each."""
    total = Open()
    for one in found:
        total.lines += one.lines
        total.waiting.documents += one.waiting.documents
        for currency, amount in one.waiting.amounts.items():
            known = total.waiting.amounts.get(currency)
            total.waiting.amounts[currency] = amount if known is None else known + amount
    return total
