"""What look-ups of both dialects have in common: asking kind by kind, by key, and once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from connectors.base import Effect, Found, Step
from connectors.nav import odata
from connectors.nav.client import Row
from connectors.nav.grouping import answered_by_kind
from connectors.nav.steps import base_operation
from connectors.standing import Inspection

Asked = Sequence[tuple[Step, Mapping[str, Any]]]  # steps, each with what its chain has taught
Answers = list[list[Found]]
Desk = TypeVar("Desk")  # of either dialect
Looks = Mapping[str, Callable[[Desk, Sequence[Effect]], list[Inspection]]]  # by kind of effect


def by_kind_of_step(
    desk: Desk, asked: Asked, look: Callable[[str, str], Callable[[Desk, Asked], Answers]]
) -> Answers:
    """Return the answer to each step; those of one kind and operation are looked up at once."""
    return answered_by_kind(
        asked,
        lambda each: (each[0].kind, base_operation(each[0].operation)),
        lambda kind, part: look(*kind)(desk, part),
    )


def by_kind_of_effect(
    desk: Desk, effects: Sequence[Effect], looks: Looks[Desk]
) -> list[Inspection]:
    """Compare effects with what stands, those of one kind at once; without a look none differs."""
    return answered_by_kind(
        effects,
        lambda effect: effect.kind,
        lambda kind, part: looks[kind](desk, part) if kind in looks else [Inspection()] * len(part),
    )


def once_more(asked: Asked, answers: Answers, look: Callable[[Asked], Answers]) -> Answers:
    """Look in another way for what was sent and was not found.

    It would be sent again otherwise, and NAV keeps no two documents with one number apart: that
    needs more than one answer which may have left something out.
    """
    doubted = [
        place
        for place, (answer, (_, known)) in enumerate(zip(answers, asked, strict=True))
        if not answer and known.get("sent_at")
    ]
    if doubted:
        again = look([asked[place] for place in doubted])
        for place, answer in zip(doubted, again, strict=True):
            answers[place] = answer
    return answers


def rows_by_key(
    name: str, keys: Iterable[str], read: Callable[[str], Iterable[Row]]
) -> dict[str, list[Row]]:
    """Return the records whose property `name` is one of these codes, of every code.

    `read` gets a filter, with as many keys in it as fit into one call.
    """
    wanted = sorted(set(keys))
    found: dict[str, list[Row]] = {odata.key(code): [] for code in wanted}
    for group in odata.in_groups(wanted):
        for row in read(odata.any_of(name, group)):
            key = odata.key_of(row, name)
            if key in found:
                found[key].append(row)
    return {code: found[odata.key(code)] for code in wanted}
