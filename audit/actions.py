"""Catalogue of what can happen: name of the action -> sentence.

A sentence may name `{target}` and every fact of its event; a fact that an event lacks reads as a
dash. Other apps add theirs with `register` when they load.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ACTIONS: dict[str, str] = {
    "audit.restored": "the trail goes on after a restored database: events {first} to {last}, which"
    " were signed, are lost",
}


class UnknownAction(KeyError):
    """An event was recorded under a name that the catalogue does not hold."""


def register(actions: Mapping[str, str]) -> None:
    """Add sentences; raises ValueError when a name already means something else."""
    for name, template in actions.items():
        if ACTIONS.setdefault(name, template) != template:
            raise ValueError(f"the audit action {name} is already taken")


def known(action: str) -> str:
    """Return the name itself; raises UnknownAction for one without a sentence."""
    if action not in ACTIONS:
        raise UnknownAction(action)
    return action


def sentence(action: str, target: str, facts: Mapping[str, Any]) -> str:
    """Say in words what an event tells; an action that is no longer known says its name."""
    template = ACTIONS.get(action, "{target}: " + action.replace("_", " ").replace(".", " "))
    text = template.format_map(_Facts({**facts, "target": target or "it"}))
    return text[:1].upper() + text[1:]


class _Facts(dict):
    def __missing__(self, name: str) -> str:
        return "–"
