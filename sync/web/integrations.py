"""Integrations: their policy with the effect of each choice, and what is still missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from sync.models import Integration
from sync.selectors.integrations import flows_of, setup_of
from sync.services.integrations import integration_update, whole_policy
from sync.web.mappings import targets_of
from sync.web.policy_form import GROUPS, PolicyForm, field_names, initial_of
from tenants.access import find
from tenants.models import Role
from tenants.pages import FormPage, Page, blame
from tenants.refusal import Invalid, Refusal

# policy.match.overrides[0].price_percent
_ENTRY = re.compile(r"(?P<field>[^\[]+)\[(?P<at>\d+)\](?:\.(?P<key>.+))?")


class Integrations(Page):
    template = "sync/integrations.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        rows = list(Integration.objects.select_related("source", "ledger").order_by("name"))
        if len(rows) == 1:
            return redirect("policy", rows[0].pk)
        missing = setup_of(rows, flows_of(rows))
        return self.show({"rows": [(row, missing[row.pk]) for row in rows]})


class PolicyPage(FormPage):
    """One integration's policy; everybody may read it, administrators change it."""

    write_role = Role.ADMIN
    template = "sync/policy.html"

    def integration(self, id: UUID) -> Integration:
        return find(Integration.objects.select_related("source", "ledger"), id)

    def form(self, data: Any = None, **kwargs: Any) -> Form:
        policy = whole_policy(self.integration(kwargs["id"]))
        form = PolicyForm(data, initial=initial_of(policy))
        if not self.request.member.can(Role.ADMIN):
            for field in form.fields.values():
                field.disabled = True
        return form

    def context(self, form: Form, **kwargs: Any) -> Mapping[str, Any]:
        integration = self.integration(kwargs["id"])
        return {
            "form": form,
            "integration": integration,
            "groups": groups_of(form, self.request.GET.get("field", "")),
            "accounts": targets_of(integration, "ledger_account"),
            "missing": setup_of([integration], flows_of([integration]))[integration.pk],
        }

    def carry_out(self, form: Form, **kwargs: Any) -> HttpResponseBase:
        integration = self.integration(kwargs["id"])
        if not integration_update(integration, policy=form.policy()):
            messages.warning(
                self.request, "Asked for. A second person must ask for the same before it counts."
            )
            return redirect("policy", integration.pk)
        return self.done(
            "The policy was changed. What it held back is looked at anew.", "policy", integration.pk
        )

    def blame(self, form: Form, refusal: Refusal) -> None:
        names = field_names(form)
        blame(form, _by_line(refusal, form, names), names)


def _by_line(refusal: Refusal, form: Form, names: Mapping[str, str]) -> Refusal:
    """Put what is wrong in an entry of a list at the field that holds it, with the line and key.

    `names` are the fields by their paths.
    """
    fields: dict[str, list[str]] = {}
    for path, said in refusal.fields.items():
        entry = _ENTRY.fullmatch(path)
        if entry is None or entry["field"] not in names:
            fields.setdefault(path, []).extend(said)
            continue
        typed = form[names[entry["field"]]].data
        place = f"Line {_lines_of_entries(typed)[int(entry['at'])]}"
        if entry["key"]:
            place += f", {entry['key'].replace('_', ' ')}"
        fields.setdefault(entry["field"], []).extend(f"{place}: {words}" for words in said)
    return Invalid(fields, code=refusal.code) if fields else refusal


def _lines_of_entries(text: str) -> list[int]:
    """Return the number of each line that holds an entry, as people count: blank ones too."""
    return [number for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def groups_of(form: Form, asked: str = "") -> list[tuple[str, str, list[Any], bool]]:
    """Return the fields in groups: title, about, fields, whether it is open.

    Open are the groups with an error or the field asked for, and the first one where there is none.
    """
    groups = [
        (title, about, [form[name] for name in form.fields if name.startswith(prefixes)])
        for title, about, prefixes in GROUPS
    ]
    shown = [
        any(bound.errors or bound.name == asked for bound in fields) for _, _, fields in groups
    ]
    is_open = shown if any(shown) else [place == 0 for place in range(len(groups))]
    return [(*group, opened) for group, opened in zip(groups, is_open, strict=True)]
