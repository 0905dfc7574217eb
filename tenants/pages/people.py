"""Who the actors of the audit trail are, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tenants.models import User

_OTHERS = {"key": "an API key", "staff": "our support"}


def actor_names(actors: Sequence[str]) -> list[str]:
    """Return who the actors of events are, by mail address where it is a person; one query."""
    ids = {actor.removeprefix("user:") for actor in actors if actor.startswith("user:")}
    known = {str(row.pk): row.email for row in User.objects.filter(pk__in=ids)} if ids else {}
    return [_name(actor, known) for actor in actors]


def _name(actor: str, known: Mapping[str, str]) -> str:
    kind, _, name = actor.partition(":")
    if kind == "user":
        return known.get(name, "a former member")
    return _OTHERS.get(kind, "ml-connector")
