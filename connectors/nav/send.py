"""Carrying out steps once each; nothing is repeated here.

What became of a write whose outcome is unknown is looked up by the caller (`find`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.base import Step, Written
from connectors.errors import ConnectorError, DocumentRefused, UnknownOutcome
from connectors.nav import (
    dimensions,
    entries,
    kinds,
    odata,
    order_changes,
    posting,
    requests,
    withdraw,
)
from connectors.nav.batch import MOST_OPERATIONS, Mode, Operation, Reply
from connectors.nav.client import record_of
from connectors.nav.desk import Desk, missing_means_refused, refused
from connectors.nav.order_compare import check_left
from connectors.nav.steps import base_operation
from connectors.withdrawing import WITHDRAW

Work = Sequence[tuple[Step, Mapping[str, Any]]]
Result = Written | Exception

_NOT_OFFERED = frozenset({404, 405, 501})
_MOST_SEARCHES = 2  # documents looked for in a batch refused as a whole, before one goes out alone


class Writer:
    """Writes to one company."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._batches_refused = False

    def send(self, step: Step, known: Mapping[str, Any]) -> Written:
        """Carry out a step. Raises DocumentRefused (its child Conflict: look first),
        TemporaryError, UnknownOutcome or ConfigurationError."""
        if requests.is_single(step):
            check_left(step, known)
            return self._single(step)
        return _effect(step)(self._desk, step, known)

    def send_many(self, work: Work) -> list[Result]:
        """Carry out independent steps, those of one request together in `$batch`.

        One entry per step, in order: what `send` returns or raises for it.
        """
        results: dict[int, Result] = {}
        singles = [place for place, (step, _) in enumerate(work) if requests.is_single(step)]
        for places in odata.in_groups(singles, MOST_OPERATIONS):
            if len(places) > 1 and not self._batches_refused:
                results |= self._together({place: work[place][0] for place in places})
        for place, (step, known) in enumerate(work):
            if place not in results:
                results[place] = self._caught(step, known)
        return [results[place] for place in range(len(work))]

    def _single(self, step: Step) -> Written:
        one = requests.single(self._desk.books, step)
        if step.operation == kinds.UPDATE:
            record = self._desk.client.patch(one.url, one.body, one.headers["If-Match"])
            return self._desk.confirm(step, record or {"id": step.content["id"]})
        with missing_means_refused():
            return self._desk.confirm(step, self._desk.client.post(one.url, one.body))

    def _caught(self, step: Step, known: Mapping[str, Any]) -> Result:
        try:
            return self.send(step, known)
        except ConnectorError as error:
            return error

    def _together(self, steps: Mapping[int, Step], searches: int = 0) -> dict[int, Result]:
        """Send single requests as one batch, each standing for itself.

        An instance without `$batch` answers for none of them: they go out one by one. One that
        refuses the batch as a whole applied none of it: the document that it cannot take is found.
        """
        found, operations = self._prepared(steps)
        if not operations:
            return found
        try:
            replies = self._desk.client.batch(operations, Mode.CONTINUE)
        except ConnectorError as error:
            if error.status in _NOT_OFFERED and not isinstance(error, UnknownOutcome):
                self._batches_refused = True
                return found
            if isinstance(error, DocumentRefused):
                return found | self._apart([int(each.id) for each in operations], steps, searches)
            return found | {int(each.id): error for each in operations}
        for each in operations:
            found[int(each.id)] = self._judge(steps[int(each.id)], replies[each.id])
        return found

    def _apart(
        self, places: Sequence[int], steps: Mapping[int, Step], searches: int
    ) -> dict[int, Result]:
        """Find the document for which a batch was refused, by halves; deliver the others.

        Halves that were not asked about go out together at the end, so that the search costs one
        request per halving. What is left out of the result goes out alone.
        """
        if searches >= _MOST_SEARCHES:
            return {}
        found: dict[int, Result] = {}
        suspects, rest = list(places), []
        while suspects:
            half = suspects[: max(1, len(suspects) // 2)]
            other = suspects[len(half) :]
            answers = self._half({place: steps[place] for place in half})
            if answers is None:
                suspects, rest = half, other + rest
                continue
            found |= answers
            suspects = other
            if len(half) == 1 and isinstance(answers[half[0]], DocumentRefused):
                suspects, rest = [], other + rest
        if rest:
            found |= self._together({place: steps[place] for place in rest}, searches + 1)
        return found

    def _half(self, steps: Mapping[int, Step]) -> dict[int, Result] | None:
        """Send a part of a batch that was refused; None where it is refused as a whole, too."""
        if len(steps) == 1:
            [(place, step)] = steps.items()
            return {place: self._caught(step, {})}
        found, operations = self._prepared(steps)
        try:
            replies = self._desk.client.batch(operations, Mode.CONTINUE)
        except DocumentRefused:
            return None
        except ConnectorError as error:
            return found | {int(each.id): error for each in operations}
        return found | {
            int(each.id): self._judge(steps[int(each.id)], replies[each.id]) for each in operations
        }

    def _prepared(self, steps: Mapping[int, Step]) -> tuple[dict[int, Result], list[Operation]]:
        failed: dict[int, Result] = {}
        operations = []
        for place, step in steps.items():
            try:
                one = requests.single(self._desk.books, step)
            except ConnectorError as error:
                failed[place] = error
                continue
            operations.append(Operation(str(place), one.method, one.url, one.body, one.headers))
        return failed, operations

    def _judge(self, step: Step, reply: Reply | None) -> Result:
        if reply is None:
            return UnknownOutcome("NAV's answer to a batch leaves out this operation.")
        error = reply.error
        if error is not None:
            return refused(error) if step.operation == kinds.CREATE else error
        try:
            return self._desk.confirm(step, record_of(reply.body))
        except ConnectorError as unclear:
            return unclear


def _add_lines(desk: Desk, step: Step, known: Mapping[str, Any]) -> Written:
    """Add a credit memo's lines in one transaction."""
    with missing_means_refused():
        desk.all_or_nothing(requests.memo_lines(desk.books, step, requests.known_id(known)))
    return desk.later(step, known)


def _effect(step: Step) -> Callable[[Desk, Step, Mapping[str, Any]], Written]:
    """Return what carries out a step of several requests; raises ValueError for none of ours."""
    operation = base_operation(step.operation)
    is_journal = step.kind == kinds.JOURNAL
    if operation == WITHDRAW:
        return withdraw.send
    if is_journal and operation == kinds.CREATE:
        return entries.send_entry
    if operation == kinds.LINE_DIMENSIONS:
        return dimensions.set_on_entry if is_journal else dimensions.set_on_document
    if operation == kinds.LINES:
        return _add_lines
    if operation == kinds.POST:
        return posting.post
    if operation == kinds.CHANGE:
        return order_changes.send
    raise ValueError(f"no such step: {step.kind} {step.operation}")
