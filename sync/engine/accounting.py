"""A run's accounts: everything seen was skipped, written, parked, rejected, unknown or failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Sum

from connectors.documents import Resource
from sync.domain.totals import counts, outcome_of, run_state, totals
from sync.models import Document, Outcome, Run, Version


def count_once(run: Run, documents: Sequence[Document]) -> None:
    """Take what a run is about to decide off what its list showed as unchanged.

    A document that was received before the list was read, by a preview or by a run that was
    stopped, and one whose vendor was changed, count as what they come to. Changes the run's
    cursor; use in the transaction of the decision, before that is stored.
    """
    if not run.cursor.get("listed_at") or not run.cursor.get("unchanged"):
        return
    listed_from = run.cursor["listed_from"]
    since = listed_from and datetime.fromisoformat(listed_from)
    listed = {
        document.pk
        for document in documents
        if not since or (document.modified_at and document.modified_at >= since)
    }
    versions = Version.objects.filter(document__in=listed)
    received = versions.filter(received_at__gte=datetime.fromisoformat(run.cursor["listed_at"]))
    counted = Outcome.objects.filter(run=run, document__in=listed)
    for rows in (received, counted):
        listed -= set(rows.values_list("document", flat=True))
    if listed:
        run.cursor["unchanged"] = max(0, run.cursor["unchanged"] - len(listed))
        run.save(update_fields=["cursor"])


def account(run: Run) -> str:
    """Set the run's counts and totals from its outcomes; returns the state it would end in."""
    groups = (
        Outcome.objects.filter(run=run)
        .order_by()
        .values_list("decision", "state", "currency", "document__resource")
        .annotate(documents=Count("id"), amount=Sum("amount"))
    )
    named: Counter[str] = Counter()
    sums: list[tuple[str, str, Decimal]] = []
    for decision, state, currency, resource, documents, amount in groups:
        name = outcome_of(decision, state)
        named[name] += documents
        if amount is not None and currency:
            sums.append((currency, name, -amount if resource == Resource.CREDIT_NOTE else amount))
    run.counts = counts(
        named.items(),
        unchanged=run.cursor.get("unchanged", 0),
        failed=run.cursor.get("not_fetched", 0),
    )
    run.totals = totals(sums)
    return run_state(run.counts)
