"""What the newest preview came to: how many would be written, what would wait, what is unmapped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.models import FlowName, Integration, Outcome, Run, RunMode

_MOST_OUTCOMES = 5000
_DOCUMENTS = (FlowName.SUPPLIERS, FlowName.PURCHASE_ORDERS, FlowName.INVOICES)
_TELLING = ("create", "update", "park", "wait")
_TALLY = {
    "written": ("create", "update"),
    "review": ("park",),
    "waits": ("wait",),
    "nothing": ("skip", "settle", "ignore"),
}


@dataclass(slots=True)
class Rehearsal:
    """The newest preview run of each flow with its decisions and what would hold documents."""

    runs: Sequence[Run]
    decisions: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def is_active(self) -> bool:
        return any(run.is_active for run in self.runs)

    @property
    def is_done(self) -> bool:
        return bool(self.runs) and not self.is_active

    def telling(self, flow: str) -> int:
        """How many documents of a flow something would become of."""
        counted = self.decisions.get(flow, {})
        return sum(counted.get(name, 0) for name in _TELLING)

    @property
    def tallies(self) -> list[tuple[Run, dict[str, int]]]:
        """Each run with how many documents would be written, reviewed, wait, or need nothing."""
        return [(run, self._tally(run.flow.resource)) for run in self.runs]

    def _tally(self, flow: str) -> dict[str, int]:
        counted = self.decisions.get(flow, Counter())
        return {name: sum(counted[one] for one in of) for name, of in _TALLY.items()}

    @property
    def anything_waits(self) -> bool:
        """Say whether a document would wait for another that the first live run writes."""
        return any(tally["waits"] for _, tally in self.tallies)

    @property
    def would_write(self) -> int:
        return sum(rows["create"] + rows["update"] for rows in self.decisions.values())


def rehearsal(integration: Integration) -> Rehearsal:
    """Return what the newest previews say; two queries, at most 5,000 outcomes are looked at."""
    runs = (
        Run.objects.filter(
            integration=integration, mode=RunMode.PREVIEW, flow__resource__in=_DOCUMENTS, reads=True
        )
        .select_related("flow")
        .order_by("flow", "-queued_at")
        .distinct("flow")
    )
    found = Rehearsal(sorted(runs, key=lambda run: run.position))
    rows = Outcome.objects.filter(run__in=found.runs).values_list("run", "decision", "reasons")
    names = {run.pk: run.flow.resource for run in found.runs}
    for run, decision, reasons in rows[:_MOST_OUTCOMES]:
        found.decisions.setdefault(names[run], Counter())[decision] += 1
        for reason in reasons:
            _count(found, reason)
    return found


def first_of(found: Rehearsal, flow: str, number: int) -> list[Outcome]:
    """Return the first documents of a flow that something would become of; one query."""
    run = next((run for run in found.runs if run.flow.resource == flow), None)
    rows = Outcome.objects.filter(run=run, decision__in=_TELLING).select_related("document")
    return list(rows.defer("requests", "pretended").order_by("document_id")[:number])


def _count(found: Rehearsal, reason: dict) -> None:
    found.reasons[reason["code"]] += 1
    evidence = reason.get("evidence", {})
    if reason["code"] == "mapping_missing" and "source_code" in evidence:
        found.unmapped[evidence["kind"], evidence["source_code"]] += 1
