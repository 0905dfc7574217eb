"""The one way into the audit trail, called by services beside the effect it tells of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils import timezone

from audit import context
from audit.actions import known
from audit.block import current_block
from audit.chain import plain
from audit.redaction import redact, without_mail
from audit.texts import chained, spoken


def record(
    action: str,
    *,
    target: Model | None = None,
    changes: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    words: Mapping[str, str] | None = None,
    document: UUID | None = None,
    run: UUID | None = None,
    connection: UUID | None = None,
) -> None:
    """Note that something happens in this transaction; it is stored when the scope ends.

    `changes` maps a field to [before, after] (a secret: to "changed"), `facts` holds ids, numbers,
    codes and amounts, `words` what somebody said freely (notes, reasons, a telephone number): the
    chain gets digests of these, the texts lie beside it and can be erased. The label is the
    target's `audit_label` or its `str`. If the transaction or the savepoint is rolled back, so is
    the event; if the event cannot be stored, neither is the effect. Raises OutsideScope without a
    tenant and UnknownAction for a name without a sentence.
    """
    who = context.current()
    said = {name: spoken(_clean(text)) for name, text in (words or {}).items() if text}
    current_block().add(
        {
            "at": timezone.now(),
            "actor": who.actor,
            "action": known(action),
            **_target(target),
            "changes": _clean(changes or {}),
            "facts": {
                **_clean(facts or {}),
                **{name: chained(one) for name, one in said.items()},
            },
            "texts": tuple(said.values()),
            "document": document,
            "run": run or who.run,
            "connection": connection,
            "request_id": who.request_id,
        }
    )


def _target(target: Model | None) -> dict[str, str]:
    if target is None:
        return {}
    label = getattr(target, "audit_label", None) or str(target)
    return {
        "target_type": target._meta.label_lower,
        "target_id": str(target.pk),
        "target_label": _clean(label)[:200],
    }


def _clean(value: Any) -> Any:
    return without_mail(redact(plain(value))) if value else value
