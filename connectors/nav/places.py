"""Where the lines of a journal entry stand in their batch: places of our own, tried in turn.

A place is a range of line numbers that follows from the document number (NAV contract 4.8). The
first is the one that was planned; the next is taken where somebody else's lines are there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Step
from connectors.nav import odata
from connectors.nav.client import Row
from connectors.nav.translate import line_numbers

PLACES = 3  # of a batch, for one entry


@dataclass(frozen=True, slots=True)
class LineNames:
    """What a dialect calls the two properties that a journal line is found by."""

    line: str
    document: str

    def numbers(self, content: Mapping[str, Any], attempt: int) -> list[int]:
        """Return the line numbers that a whole entry has in a place of its batch."""
        count = int(content["count"])
        if attempt:
            return line_numbers(content["document_number"], count, attempt)
        first = int(content["lines"][0][self.line]) - int(content["first"])
        return list(range(first, first + count))

    def of_document(self, rows: Iterable[Row], number: str) -> list[Row]:
        return [row for row in rows if odata.key_of(row, self.document) == odata.key(number)]


def entries_in_places(
    names: LineNames,
    steps: Sequence[Step],
    *,
    at: Callable[[Sequence[int]], Iterable[Row]],
    between: Callable[[Sequence[int]], list[Row]],
) -> dict[str, list[Row]]:
    """Return the lines of those entries that stand where this connector puts them, by document.

    `at` reads the lines with these numbers, `between` those from the first to the last of them,
    whoever they belong to.
    """
    places = {
        (str(step.content["document_number"]), numbers[int(step.content["first"])]): numbers
        for step in steps
        for numbers in (names.numbers(step.content, attempt) for attempt in range(PLACES))
    }
    found: dict[str, list[Row]] = {}
    for row in at(sorted({first for _, first in places})):
        number = odata.key_of(row, names.document)
        numbers = places.get((number, int(row[names.line])))
        if numbers:
            found[number] = names.of_document(between(numbers), number)
    return found
