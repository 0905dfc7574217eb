"""Which columns the dimensions of a document take while nothing says so, and what NAV teaches.

Column 1 or 2: NAV takes into a column only values of its dimension, so that a value which no other
dimension has cannot be booked on a wrong one: it is refused there, and goes into the other column.
What NAV took is remembered for the company. A step keeps with its bodies which dimensions its
columns were meant for (`columns`), and is told again in those that are known by now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.base import LEARNED_SETUP, Effect, Step, Written
from connectors.documents import (
    JournalEntry,
    LedgerDocument,
    LedgerInvoice,
    LedgerOrder,
    LedgerOrderChange,
    LedgerSetup,
    SetupSource,
)
from connectors.errors import PlaceUnknown
from connectors.nav.odata import code
from connectors.nav.pages.setup import PROVABLE
from connectors.nav.pages.translate import shortcut

COLUMNS = "columns"
FIX = (
    "enter shortcut_dimensions in the settings of the connection, or publish Page 118 (General"
    " Ledger Setup), and read the reference data again"
)


def is_open(setup: LedgerSetup) -> bool:
    """Whether places of shortcut dimensions may still be found out."""
    return setup.global_dimensions_from is SetupSource.EVIDENCE


def meant_for(document: LedgerDocument, setup: LedgerSetup) -> LedgerSetup:
    """Return the set-up with a place for every dimension of a document.

    Raises PlaceUnknown for a value that could be booked on another dimension, and for more
    dimensions than there are columns to try.
    """
    used = _used(document)
    unknown = [name for name in used if name not in setup.global_dimensions]
    if not is_open(setup) or not unknown:
        return setup
    for name in unknown:
        doubtful = sorted(used[name] & set(setup.ambiguous_values))
        if doubtful:
            raise PlaceUnknown(name, f"other dimensions have a value {doubtful[0]} too")
    places = _padded(setup.global_dimensions)
    for name in unknown:
        if "" not in places[:PROVABLE]:
            raise PlaceUnknown(name, f"the first {PROVABLE} places are taken by others")
        places[places.index("")] = name
    return replace(setup, global_dimensions=tuple(places))


def _used(document: LedgerDocument) -> dict[str, set[str]]:
    """Return the values of each dimension of a document, the dimension of most lines first."""
    lines = [
        {code(name): code(value) for name, value in line.items() if value}
        for line in _dimensions_of(document)
    ]
    often = Counter(name for line in lines for name in line)
    return {name: {line[name] for line in lines if name in line} for name, _ in often.most_common()}


def _dimensions_of(document: LedgerDocument) -> Iterable[Mapping[str, str]]:
    if isinstance(document, LedgerOrder | LedgerInvoice | JournalEntry):
        return [line.dimensions for line in document.lines]
    if isinstance(document, LedgerOrderChange):
        return [item.line.dimensions for item in document.changes if item.line is not None]
    return []


def _padded(names: Sequence[str]) -> list[str]:
    return [*names, *[""] * (PROVABLE - len(names))]


def marked(chain: Sequence[Step], before: LedgerSetup, meant: LedgerSetup) -> list[Step]:
    """Note with each step which dimensions its columns are meant for, where that is not known."""
    if meant is before:
        return list(chain)
    columns = list(meant.global_dimensions)
    return [replace(step, content={**step.content, COLUMNS: columns}) for step in chain]


# Steps.


def placed(step: Step, setup: LedgerSetup) -> Step:
    """Return a step in the columns that are known by now."""
    columns = step.content.get(COLUMNS)
    if not columns:
        return step
    known = [*setup.global_dimensions, *[""] * (len(columns) - len(setup.global_dimensions))]
    places = [name if name in columns else "" for name in known]
    for place, name in enumerate(columns):
        if name and name not in places:
            free = next((p for p in (place, *range(PROVABLE)) if not known[p]), None)
            if free is None:
                return step  # NAV refuses it where it is: the column is that of another dimension
            known[free] = places[free] = name
    return _moved(step, columns, places)


def placed_effect(effect: Effect, setup: LedgerSetup) -> Effect:
    return replace(effect, steps=tuple(placed(step, setup) for step in effect.steps))


def other_way(step: Step, setup: LedgerSetup) -> Step | None:
    """Return a step with columns 1 and 2 exchanged, None where NAV has told what they hold."""
    columns = step.content.get(COLUMNS)
    if not columns or not _places_shown(step) or not is_open(setup):
        return None
    if any(_name_at(setup.global_dimensions, place) for place in range(PROVABLE)):
        return None
    first, second, *rest = _padded(columns)
    return _moved(step, columns, [second, first, *rest])


def taught(step: Step, setup: LedgerSetup) -> LedgerSetup:
    """Return the set-up with what it proves that NAV holds the values of a step."""
    shown = _places_shown(step) if step.content.get(COLUMNS) and is_open(setup) else set()
    places = _padded(setup.global_dimensions)
    for place in shown:
        name = step.content[COLUMNS][place]
        if not places[place] and name not in places:
            places[place] = name
    if not shown or places == _padded(setup.global_dimensions):
        return setup
    return replace(setup, global_dimensions=tuple(places))


def told(written: Written, setup: LedgerSetup) -> Written:
    """Return a confirmation that hands on what it proved."""
    learned = {"global_dimensions": list(setup.global_dimensions)}
    return replace(written, facts={**written.facts, LEARNED_SETUP: learned})


def _name_at(names: Sequence[str], place: int) -> str:
    return names[place] if place < len(names) else ""


def _moved(step: Step, before: Sequence[str], after: Sequence[str]) -> Step:
    moves = {
        shortcut(place): shortcut(after.index(name) + 1)
        for place, name in enumerate(before, start=1)
        if name
    }
    content = {
        key: value if key == COLUMNS else _renamed(value, moves)
        for key, value in step.content.items()
    }
    return replace(step, content={**content, COLUMNS: list(after)})


def _renamed(value: Any, moves: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {moves.get(name, name): _renamed(inner, moves) for name, inner in value.items()}
    return [_renamed(each, moves) for each in value] if isinstance(value, list) else value


def _places_shown(step: Step) -> set[int]:
    """Return the places, from 0, whose columns hold a value in the bodies of a step."""
    names = {shortcut(place + 1): place for place in range(PROVABLE)}
    return {names[name] for name in _names(step.content) if name in names}


def _names(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _names(inner)
    elif isinstance(value, list):
        for each in value:
            yield from _names(each)
