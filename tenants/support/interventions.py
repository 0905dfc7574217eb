"""Acting for a customer: one service call inside the tenant's scope, with a name and a reason.

The first act at a customer begins a visit of half an hour, which its administrators are told by
mail. The trail of the tenant gets the reason beside what the service records, in the same
transaction; the staff log gets a line, also for what belongs to no tenant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models

from audit import record
from audit.context import acting
from audit.redaction import scrub
from tenants.models import User
from tenants.refusal import Clash, Refusal
from tenants.scoping import tenant_scope
from tenants.services.support import visit_for

MOST_AT_ONCE = 500

Rows = list[Any]


class ReasonForm(forms.Form):
    """Why it is done: kept for good in the customer's audit trail."""

    reason = forms.CharField(
        min_length=5,
        max_length=300,
        help_text="Ticket and cause. The customer reads it; no names of people.",
        widget=forms.TextInput(attrs={"size": 70, "autocomplete": "off"}),
    )


class StaffReasonForm(ReasonForm):
    """Why, where no customer is touched."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "Ticket and cause. It is kept under “Actions of staff”."


def _fits(row: Any) -> str:
    return ""


def _own_tenant(row: Any) -> list[UUID]:
    return [row.tenant_id]


@dataclass(frozen=True, slots=True)
class Intervention:
    """Something that support may do to rows of one model.

    `apply(rows, choices)` calls the service and returns what to tell; its rows are those of one
    tenant, read anew inside its scope. With `scoped` off they are the ones that support read, and
    the service opens its scopes itself. `fits(row)` says why it cannot be done, "" if it can.
    `about` names the field of the audit event that holds the row's id. `superuser` keeps it from
    operators. `final` warns that there is no way back.
    """

    name: str
    label: str
    question: str
    apply: Callable[[Rows, Mapping[str, Any]], str]
    form: type[ReasonForm] = ReasonForm
    fits: Callable[[Any], str] = _fits
    tenants_of: Callable[[Any], Iterable[UUID]] = _own_tenant
    scoped: bool = True
    many: bool = False
    about: str = ""
    superuser: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What became of it, tenant by tenant."""

    done: list[str]
    refused: list[str]


def intervene(
    user: User, intervention: Intervention, chosen: Sequence[Any], choices: Mapping[str, Any]
) -> Told:
    """Do it for every tenant that the rows belong to; a refusal for one leaves the others alone."""
    told = Told([], [])
    with acting(f"staff:{user.pk}"):
        for tenants, rows in _by_tenants(intervention, chosen).items():
            try:
                told.done.append(_for(user, tenants, intervention, rows, choices))
            except Refusal as refusal:
                told.refused.append(_in_words(refusal))
                continue
            for row in rows:
                _log(user, intervention, row, choices["reason"])
    return told


def _by_tenants(
    intervention: Intervention, chosen: Iterable[Any]
) -> dict[tuple[UUID, ...], list[Any]]:
    groups: dict[tuple[UUID, ...], list[Any]] = {}
    for row in chosen:
        groups.setdefault(tuple(intervention.tenants_of(row)), []).append(row)
    return groups


def _for(
    user: User,
    tenants: tuple[UUID, ...],
    intervention: Intervention,
    rows: list[Any],
    choices: Mapping[str, Any],
) -> str:
    for tenant_id in tenants if not intervention.scoped else ():
        with tenant_scope(tenant_id):
            _give_reason(user, intervention, rows, choices["reason"])
    with tenant_scope(tenants[0]) if intervention.scoped else nullcontext():
        if intervention.scoped:
            rows = _own(rows)
            _give_reason(user, intervention, rows, choices["reason"])
        return intervention.apply(rows, choices)


def _own(rows: list[Any]) -> list[Any]:
    """Read the rows anew as the tenant whose scope is open: what it does not own is not there."""
    found = list(type(rows[0]).objects.filter(pk__in=[row.pk for row in rows]))
    if len(found) != len(rows):
        raise Clash("not_found", "Some of these are no longer there. Look again and repeat.")
    return found


def _give_reason(
    user: User, intervention: Intervention, rows: Iterable[models.Model], reason: str
) -> None:
    """Act only as a visitor whom the customer knows of, and tell the trail why."""
    visit_for(user, scrub(reason))
    facts, words = {"what": intervention.label.lower()}, {"reason": reason}
    for row in rows:
        about = {intervention.about: row.pk} if intervention.about else {}
        record("support.intervened", target=row, facts=facts, words=words, **about)


def _in_words(refusal: Refusal) -> str:
    fields = [f"{name}: {' '.join(lines)}" for name, lines in refusal.fields.items()]
    return " ".join([refusal.message, *fields])


def _log(user: User, intervention: Intervention, row: models.Model, reason: str) -> None:
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(row),
        object_id=str(row.pk),
        object_repr=(getattr(row, "audit_label", None) or str(row))[:200],
        action_flag=CHANGE,
        change_message=scrub(f"{intervention.label}. {reason}"),
    )
