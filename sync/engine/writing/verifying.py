"""Finds out what became of writes whose outcome is not known, and looks before a first send.

Looked up often, adopted as soon as found; sent again only when the server can no longer apply the
earlier attempt (`sent_at` + SETTLE; none where the ledger itself keeps our key unique).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Min, Q
from django.db.models.functions import Now

from connectors.base import Found
from connectors.errors import ConnectorError
from sync.engine.site import Site
from sync.engine.writing.chain import as_step, current_epoch, known_facts
from sync.engine.writing.transitions import Ledgering
from sync.models import Write, WriteState

_BLOCK = 200


def resolve_unknown(site: Site) -> int:
    """Look up every write that is due for it; returns how many were looked at.

    A look-up that fails leaves everything as it is, to be asked again later. Raises the connector's
    error after that, so that the run tells it.
    """
    with site.rows():
        _expire_leases(site)
        rows = _due(site)
        chains = _chains(rows)
    if not rows:
        return 0
    found, failed = _find(site, rows, chains)
    with site.rows():
        book = Ledgering(site, rows)
        for row in rows:
            if row.pk in found:
                _judge(site, book, row, found[row.pk])
            else:
                book.look_up_again(row)
        book.save()
    if failed is not None:
        raise failed
    return len(rows)


def next_look_up(site: Site) -> datetime | None:
    """Return when the next look-up or postponed write of the integration is due, None if none."""
    rows = Write.objects.filter(integration=site.integration)
    unknown = rows.filter(state=WriteState.UNKNOWN).aggregate(at=Min("verify_at"))["at"]
    postponed = rows.filter(state=WriteState.PENDING).aggregate(at=Min("not_before"))["at"]
    leased = rows.filter(state__in=(WriteState.CLAIMED, WriteState.SENDING))
    abandoned = leased.aggregate(at=Min("lease_until"))["at"]
    times = [at for at in (unknown, postponed, abandoned) if at is not None]
    return min(times) if times else None


def _expire_leases(site: Site) -> None:
    """A lease that ended: claimed and unsent is pending again, sent and unanswered is unknown."""
    over = Write.objects.filter(integration=site.integration, lease_until__lt=Now())
    over.filter(state=WriteState.CLAIMED).update(
        state=WriteState.PENDING, lease_until=None, fence=F("fence") + 1
    )
    over.filter(state=WriteState.SENDING).update(
        state=WriteState.UNKNOWN, lease_until=None, verify_at=Now(), lookups=0, fence=F("fence") + 1
    )


def _due(site: Site) -> list[Write]:
    """Return unknown writes that are due, and pending ones to look up before sending."""
    earlier_life = Q(state=WriteState.PENDING, epoch__lt=current_epoch())
    Write.objects.filter(earlier_life, integration=site.integration).update(
        look_up_first=True, epoch=current_epoch()
    )
    due = Q(state=WriteState.UNKNOWN, verify_at__lte=Now()) | Q(
        state=WriteState.PENDING, look_up_first=True
    )
    rows = Write.objects.filter(due, integration=site.integration)
    return list(rows.order_by("created_at", "sequence")[:_BLOCK])


def _chains(rows: Sequence[Write]) -> Mapping[Any, list[Write]]:
    chains: dict[Any, list[Write]] = defaultdict(list)
    siblings = Write.objects.filter(document__in={row.document_id for row in rows})
    for row in siblings.order_by("sequence"):
        chains[row.document_id].append(row)
    return chains


def _find(
    site: Site, rows: Sequence[Write], chains: Mapping[Any, list[Write]]
) -> tuple[dict[Any, list[Found]], ConnectorError | None]:
    """Ask the ledger, kind by kind and batched; returns what was found and the last error."""
    by_kind: dict[tuple[str, str], list[Write]] = defaultdict(list)
    for row in rows:
        by_kind[(row.kind, row.operation)].append(row)
    found: dict[Any, list[Found]] = {}
    failed: ConnectorError | None = None
    for group in by_kind.values():
        asked = [(as_step(row), _known(row, chains[row.document_id])) for row in group]
        try:
            answers = site.ledger.find(site.company_id, asked)
        except ConnectorError as error:
            failed = error
            continue
        for row, answer in zip(group, answers, strict=True):
            found[row.pk] = list(answer)
    return found, failed


def _known(row: Write, chain: Sequence[Write]) -> dict[str, Any]:
    """Return what narrows a look-up: the facts of earlier steps and, for a write that this
    database sent, that nothing of it is older than its plan."""
    known = known_facts(chain, row.kind)
    if row.attempt and not row.look_up_first:
        known["sent_at"] = row.created_at
    return known


def _judge(site: Site, book: Ledgering, row: Write, found: Iterable[Found]) -> None:
    found = list(found)
    if len(found) == 1 and found[0].same:
        book.confirmed(row, found[0].written, adopted=True)
    elif found:
        book.conflicting(row, found)
    elif row.attempt == 0 or _can_no_longer_apply(site, book, row):
        book.free_to_send(row)
    else:
        book.look_up_again(row)


def _can_no_longer_apply(site: Site, book: Ledgering, row: Write) -> bool:
    settle = site.ledger.settle_seconds(as_step(row))
    return row.sent_at is None or book.now > row.sent_at + timedelta(seconds=settle)
