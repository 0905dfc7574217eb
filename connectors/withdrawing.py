"""Taking back a draft of ours: one step that says what was written and must still stand so.

The step's content holds the confirmed steps of the effect and what they taught, so that a ledger
can tell an untouched draft from one that somebody worked on.
"""

from __future__ import annotations

from connectors.base import Effect, Step
from connectors.errors import ChangedInLedger, DocumentRefused
from connectors.standing import Deviating, Deviation

WITHDRAW = "withdraw"
POSTED = "posted_meanwhile"


def withdrawal(effect: Effect) -> Step:
    """Return the step that takes back an effect; its key is that of the effect's first step."""
    first = effect.steps[0]
    steps = [
        {"operation": step.operation, "natural_key": step.natural_key, "content": step.content}
        for step in effect.steps
    ]
    content = {"steps": steps, "known": dict(effect.known)}
    return Step(effect.kind, WITHDRAW, f"{first.natural_key}|{WITHDRAW}", content)


def effect_of(step: Step) -> Effect:
    """Return the effect that a step takes back."""
    steps = tuple(Step(step.kind, **each) for each in step.content["steps"])
    return Effect(step.kind, steps, step.content["known"])


def posted(what: str) -> DocumentRefused:
    """Return the refusal for what finance has posted: it is never deleted."""
    return DocumentRefused(
        f"{what} is posted: it stays. Correct it in NAV, e.g. by a credit memo or a reversal.",
        code=POSTED,
    )


def cannot_be_seen(what: str, page: str) -> DocumentRefused:
    """Return the refusal where nobody can tell whether what is gone was deleted or posted."""
    return DocumentRefused(
        f"{what} is not among the drafts any more, and whether it was posted cannot be seen without"
        f" page {page}. Look in NAV; reject the document here if it was deleted.",
        code=POSTED,
    )


def changed(what: str, deviations: list[Deviation]) -> ChangedInLedger:
    """Return the refusal for a draft that somebody worked on: its maker decides."""
    return ChangedInLedger(
        f"{what}: " + ", ".join(each.field for each in deviations[:5]),
        differences=[
            {
                "field": each.field,
                "written": each.ours,
                "ledger": each.theirs,
                "wanted": "withdrawn",
            }
            for each in deviations
        ],
    )


def touched(deviations: tuple[Deviation, ...]) -> list[Deviation]:
    """Return what speaks against taking back; that another document bears the same number does
    not."""
    return [each for each in deviations if each.how is not Deviating.DOUBLED]
