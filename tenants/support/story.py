"""Audit events as a story: who did what when, people by their mail address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from audit.models import AuditEvent
from audit.redaction import redact
from tenants.models import ApiToken, User
from tenants.support.cells import Link, page_at, spoken
from tenants.support.reading import rows
from tenants.support.sections import StoryLine

_FOR_PROGRAMS = ("content", "batch", "operation", "decision")
_MOST_FACTS = 12

_MODELS = {"user": User, "staff": User, "key": ApiToken}


def story_of(events: Iterable[AuditEvent]) -> list[StoryLine]:
    """Return events as lines, in their order; facts that the sentence tells are not told twice."""
    told = list(events)
    names = _names({event.actor for event in told})
    return [
        StoryLine(
            event.at,
            actor_of(event.actor, names),
            redact(event.sentence),
            _more_facts(event),
            page_at(AuditEvent._meta, event.pk, f"{event.seq}"),
        )
        for event in told
    ]


def actor_of(actor: str, names: Mapping[str, str] | None = None) -> Link | str:
    """Return who acted with a link to them; without `names` by the end of the id."""
    kind, _, key = actor.partition(":")
    if kind not in _MODELS or not key:
        return actor.replace(":", " ")
    name = (names or {}).get(actor, f"…{key[-8:]}")
    return page_at(_MODELS[kind]._meta, key, f"{kind} {name}")


def _names(actors: Iterable[str]) -> dict[str, str]:
    """Return what to call each actor; two queries, however many they are."""
    found: dict[str, str] = {}
    for kinds, model, field in ((("user", "staff"), User, "email"), (("key",), ApiToken, "name")):
        wanted = {actor: _id(actor) for actor in actors if actor.partition(":")[0] in kinds}
        ids = set(filter(None, wanted.values()))
        named = dict(rows(model).filter(pk__in=ids).values_list("pk", field)) if ids else {}
        found |= {actor: named[key] for actor, key in wanted.items() if key in named}
    return found


def _id(actor: str) -> UUID | None:
    try:
        return UUID(actor.partition(":")[2])
    except ValueError:
        return None


def _more_facts(event: AuditEvent) -> Sequence[tuple[str, Any]]:
    sentence = event.sentence
    facts = [
        (spoken(name), value)
        for name, value in redact(event.told).items()
        if name not in _FOR_PROGRAMS and not _is_told(value, sentence)
    ]
    return facts[:_MOST_FACTS]


def _is_told(value: Any, sentence: str) -> bool:
    """Say whether a fact is empty, zero, or stands in the sentence."""
    return value in (None, "", 0, [], {}) or (
        isinstance(value, str | int) and not isinstance(value, bool) and str(value) in sentence
    )
