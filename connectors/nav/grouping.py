"""Many questions of several kinds, asked together kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Kind = TypeVar("Kind", bound=Hashable)
Answer = TypeVar("Answer")


def answered_by_kind(
    items: Sequence[Item],
    kind_of: Callable[[Item], Kind],
    ask: Callable[[Kind, Sequence[Item]], Sequence[Answer]],
) -> list[Answer]:
    """Return the answer to each item, in their order; those of one kind are asked at once."""
    places: dict[Kind, list[int]] = {}
    for place, item in enumerate(items):
        places.setdefault(kind_of(item), []).append(place)
    found: dict[int, Answer] = {}
    for kind, group in places.items():
        answers = ask(kind, [items[place] for place in group])
        found |= dict(zip(group, answers, strict=True))
    return [found[place] for place in range(len(items))]
