"""Mapping targets against what the ledger offers: used on import and after each reference run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.record import record as tell
from connectors.documents import ReferenceKind
from sync.domain.money import plain
from sync.domain.reasons import reason
from sync.domain.targets import Lookup, problem_with, reference_kind
from sync.engine.bulk import update_rows
from sync.engine.parking import close_emptied, open_reviews
from sync.engine.release import release_causes
from sync.models import Document, Integration, LedgerItem, MappingEntry
from sync.selectors.affected import Open, open_lines


def target_lookup(
    integration: Integration, codes: Iterable[str]
) -> tuple[Lookup, frozenset[ReferenceKind]]:
    """Return a look-up over the reference rows of these codes, and the kinds that are published."""
    rows = LedgerItem.objects.filter(integration=integration)
    found = {(row.kind, row.code): row for row in rows.filter(code__in=set(codes))}
    kinds = rows.order_by().values_list("kind", flat=True).distinct()
    published = frozenset(ReferenceKind(kind) for kind in kinds)
    # The two sets every company has: empty means that nothing may be booked, not that it is hidden.
    required = {ReferenceKind.LEDGER_ACCOUNTS, ReferenceKind.DIMENSION_VALUES}
    return (lambda kind, code: found.get((kind, code))), published | required


def local_currency(integration: Integration) -> str | None:
    """Return the ledger's local currency; None where it was read and nobody knows it yet."""
    known = str(integration.ledger_setup.get("local_currency") or "")
    return None if integration.ledger_setup and not known else known


def recheck_mappings(
    integration: Integration, renamed: Mapping[tuple[str, str], str], now: datetime
) -> None:
    """Note which targets were blocked, renamed or deleted since, and release what is right now.

    What is wrong is told with the open lines that carry the code: those of an order in the ledger
    count too, since its invoices will need the target. A review is opened before the first of them
    parks. `renamed` says under which code a record of the ledger stands now.
    """
    entries = list(MappingEntry.objects.filter(integration=integration, replaced_at__isnull=True))
    find, published = target_lookup(integration, (entry.target_code for entry in entries))
    currency = local_currency(integration)
    changed = []
    for entry in entries:
        problem = problem_with(
            entry.kind, entry.target_code, find, local_currency=currency, published=published
        )
        moved_to = renamed.get((reference_kind(entry.kind), entry.target_code))
        problem = f"{problem} It is {moved_to} there now." if problem and moved_to else problem
        if problem == entry.problem or (problem and entry.problem.startswith(problem)):
            continue
        entry.problem, entry.state = problem[:300], "invalid" if problem else "ok"
        changed.append(entry)
    _note_risk(integration, entries)
    update_rows(
        {entry.pk: entry for entry in (*changed, *(e for e in entries if e.problem))}.values(),
        ["problem", "state", "at_risk"],
    )
    if not changed:
        return
    tell("mapping.drifted", target=integration, facts={"entries": len(changed)})
    _open_reviews(integration, [entry for entry in changed if entry.problem], now)
    mended = [_cause(entry) for entry in changed if not entry.problem]
    release_causes(integration, [_cause(entry) for entry in changed])
    close_emptied(integration, mended, now, "mended")


def _cause(entry: MappingEntry) -> str:
    return f"mapping {entry.kind} {entry.source_code}"


def _note_risk(integration: Integration, entries: Iterable[MappingEntry]) -> None:
    """Set what depends on each entry that cannot be used; one query per kind that has some."""
    invalid: dict[str, list[MappingEntry]] = defaultdict(list)
    for entry in entries:
        entry.at_risk = None
        if entry.problem:
            invalid[entry.kind].append(entry)
    for kind, some in invalid.items():
        found = open_lines(integration, kind, {one.source_code: one.valid_from for one in some})
        for entry in some:
            if entry.source_code in found:
                entry.at_risk = _as_risk(found[entry.source_code])


def _as_risk(held: Open) -> dict[str, Any]:
    amounts = {code: plain(amount) for code, amount in held.waiting.amounts.items()}
    return {
        "lines": held.lines,
        "documents": held.waiting.documents,
        "amounts": amounts,
        "first": held.document,
    }


def _open_reviews(integration: Integration, entries: Iterable[MappingEntry], now: datetime) -> None:
    """Open a review for each target that open lines depend on, unless there is one."""
    at_risk = [entry for entry in entries if entry.at_risk]
    documents = Document.objects.in_bulk([entry.at_risk["first"] for entry in at_risk])
    causes = {}
    for entry in at_risk:
        found = reason(
            "mapping_invalid",
            kind=entry.kind,
            source_code=entry.source_code,
            target_code=entry.target_code,
            problem=entry.problem,
            open_lines=entry.at_risk["lines"],
            open_documents=entry.at_risk["documents"],
        )
        causes[_cause(entry)] = (documents[UUID(entry.at_risk["first"])], found)
    open_reviews(integration, causes, now)
