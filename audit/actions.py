"""Catalogue of what can happen: name of the action -> sentence.

A sentence may name `{target}` and every fact of its event; a fact that an event lacks reads as a
dash. Words that depend on a number stand as `{lines:line is/lines are}`, for one and for any other.
Words in brackets, `[: its number is {number}]`, are left out where the event lacks the fact or the
rest of the sentence says it. Other apps add theirs with `register` when they load.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_CODE = re.compile(r"[a-z]+(_[a-z]+)+")
_CLAUSE = re.compile(r"\[([^]]*\{(\w+)\}[^]]*)\]")

ACTIONS: dict[str, str] = {
    "audit.restored": "the trail goes on after a restored database: events {first} to {last}, which"
    " were signed, are lost",
}
_WORDS: dict[tuple[str, str], Mapping[str, str]] = {}


class UnknownAction(KeyError):
    """An event was recorded under a name that the catalogue does not hold."""


def register(actions: Mapping[str, str]) -> None:
    """Add sentences; raises ValueError when a name already means something else."""
    for name, template in actions.items():
        if ACTIONS.setdefault(name, template) != template:
            raise ValueError(f"the audit action {name} is already taken")


def spell(action: str, fact: str, words: Mapping[str, str]) -> None:
    """Let the sentences of an action say these words for the codes of a fact; others stay."""
    _WORDS[action, fact] = words


def known(action: str) -> str:
    """Return the name itself; raises UnknownAction for one without a sentence."""
    if action not in ACTIONS:
        raise UnknownAction(action)
    return action


def sentence(action: str, target: str, facts: Mapping[str, Any]) -> str:
    """Say in words what an event tells; an action that is no longer known says its name."""
    template = ACTIONS.get(action, "{target}: " + action.replace("_", " ").replace(".", " "))
    told = _Facts({name: _Fact(_spoken(action, name, each)) for name, each in facts.items()})
    told["target"] = target or "it"
    text = _CLAUSE.sub(_worth_saying(template, told, facts), template).format_map(told)
    return text[:1].upper() + text[1:]


def _worth_saying(
    template: str, told: _Facts, facts: Mapping[str, Any]
) -> Callable[[re.Match[str]], str]:
    """Return what keeps words in brackets: their fact is known, and not said without them."""
    said = _CLAUSE.sub("", template).format_map(told).split()

    def kept(found: re.Match[str]) -> str:
        value = facts.get(found[2])
        return found[1] if value and str(value) not in said else ""

    return kept


def _spoken(action: str, fact: str, value: Any) -> Any:
    """Return a code as people say it: the run of `purchase_orders` is that of purchase orders."""
    if isinstance(value, str) and value in _WORDS.get((action, fact), ()):
        return _WORDS[action, fact][value]
    return value.replace("_", " ") if isinstance(value, str) and _CODE.fullmatch(value) else value


class _Fact:
    """A fact as a sentence says it, or the words that go with it as a number."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __format__(self, words: str) -> str:
        one, _, many = words.partition("/")
        return (one if self.value == 1 else many) if words else str(self.value)


class _Facts(dict):
    def __missing__(self, name: str) -> _Fact:
        return _Fact("–")
