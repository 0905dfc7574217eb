"""The audit trail: read, proved, taken along."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase

from audit.actions import ACTIONS
from audit.checkpoints import public_keys
from audit.selectors import VERIFIER, events, export_file, verify
from tenants.days import midnight
from tenants.pages import Page, PlainForm, cut_of
from tenants.pages.people import actor_names


def _kinds() -> list[tuple[str, str]]:
    """Return what events can be about, as the first words of the actions' names."""
    names = sorted({action.partition(".")[0] for action in ACTIONS})
    words = (name.replace("_", " ").capitalize().replace("Api", "API") for name in names)
    return [("", "Anything"), *zip((f"{name}." for name in names), words, strict=True)]


class TrailFilter(PlainForm):
    """Filters in the address; what does not hold is left out."""

    says_optional = False

    action = forms.ChoiceField(label="About", required=False, choices=_kinds)
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    document = forms.UUIDField(required=False, widget=forms.HiddenInput)
    connection = forms.UUIDField(required=False, widget=forms.HiddenInput)
    run = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def wanted(self) -> dict[str, Any]:
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        if "since" in given:
            given["since"] = midnight(given["since"])
        if "until" in given:
            given["until"] = midnight(given["until"] + timedelta(days=1))
        return given


class Trail(Page):
    template = "audit/trail.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        form = TrailFilter(request.GET, auto_id="filter_%s")
        wanted = form.wanted()
        # Within days their own index finds the place, otherwise the number of the event does.
        by_day = "since" in wanted or "until" in wanted
        leaf = cut_of(request, events(**wanted), *(("-at", "-seq") if by_day else ("-seq",)))
        names = actor_names([event.actor for event in leaf.rows])
        rows = list(zip(leaf.rows, names, strict=True))
        return self.show({"filter": form, "leaf": leaf, "rows": rows})


class Verify(Page):
    """Computes the whole chain again and compares it with what was signed."""

    write_role = Page.read_role
    template = "audit/verify.html"

    def post(self, request: HttpRequest) -> HttpResponseBase:
        with self.scope():
            return self.show({"result": verify(), "keys": public_keys()})

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.show({"keys": public_keys()})


class Export(Page):
    """The whole trail as JSON lines, with the hashes and what was signed."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return FileResponse(
            export_file(),
            as_attachment=True,
            filename="audit.jsonl",
            content_type="application/x-ndjson",
        )


class Verifier(Page):
    """The program that verifies an export and needs nothing of ours."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        disposition = f'attachment; filename="{VERIFIER.name}"'
        return HttpResponse(
            VERIFIER.read_bytes(),
            content_type="text/x-python",
            headers={"Content-Disposition": disposition},
        )
