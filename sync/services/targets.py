"""Mapping targets against what the ledger offers: used on import and after each reference run."""

from __future__ import annotations

from collections.abc import Iterable

from audit.record import record as tell
from connectors.documents import ReferenceKind
from sync.domain.targets import Lookup, problem_with
from sync.engine.release import release_causes
from sync.models import Integration, LedgerItem, MappingEntry


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


def local_currency(integration: Integration) -> str:
    return str(integration.ledger_setup.get("local_currency") or "")


def recheck_mappings(integration: Integration) -> None:
    """Note which targets were blocked, renamed or deleted since, and release what is right now."""
    entries = list(MappingEntry.objects.filter(integration=integration, replaced_at__isnull=True))
    find, published = target_lookup(integration, (entry.target_code for entry in entries))
    changed, causes = [], []
    for entry in entries:
        problem = problem_with(
            entry.kind,
            entry.target_code,
            find,
            local_currency=local_currency(integration),
            published=published,
        )
        if problem == entry.problem:
            continue
        entry.problem, entry.state = problem[:300], "invalid" if problem else "ok"
        changed.append(entry)
        causes.append(f"mapping {entry.kind} {entry.source_code}")
    if changed:
        MappingEntry.objects.bulk_update(changed, ["problem", "state"], batch_size=500)
        tell("mapping.drifted", target=integration, facts={"entries": len(changed)})
        release_causes(integration, causes)
