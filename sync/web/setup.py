"""The pages of the set-up, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from connectors.base import Company
from connectors.errors import ConnectorError
from connectors.services import connection_companies
from sync.models import FlowName, Integration, MappingEntry, Run
from sync.selectors.integrations import flows_of
from sync.selectors.mappings import described
from sync.selectors.rehearsal import Rehearsal, first_of, rehearsal
from sync.services.flows import flow_change
from sync.services.integrations import integration_create, integration_update, whole_policy
from sync.services.runs import runs_start
from sync.web.mappings import targets_of
from sync.web.policy_form import BookingForm, field_names, initial_of
from sync.web.runs import start_flows
from sync.web.setup_steps import Stand, integration_at_hand, stand, steps_of
from sync.web.typed_mappings import Mapped, map_what_holds
from tenants.models import Role
from tenants.pages import Action, FormPage, Page, PlainForm, blame
from tenants.refusal import Clash, Refusal

_DOCUMENT_FLOWS = [FlowName.SUPPLIERS, FlowName.PURCHASE_ORDERS, FlowName.INVOICES]
_SHOWN_FIRST = 20
SCHEDULES = {
    "15": ("Every 15 minutes", {"kind": "interval", "every_minutes": 15}),
    "60": ("Every hour", {"kind": "interval", "every_minutes": 60}),
    "morning": (
        "Monday to Friday at 07:00",
        {"kind": "daily", "at": ["07:00"], "days": ["mon", "tue", "wed", "thu", "fri"]},
    ),
}


class Setup(Page):
    """All steps, the next one marked."""

    template = "sync/setup.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        steps = steps_of(stand())
        following = next((step for step in steps if not step.done), None)
        return self.show({"steps": steps, "following": following})


class CompanyForm(PlainForm):
    """The companies that the ledger names."""

    company = forms.ChoiceField(label="Company", widget=forms.RadioSelect)
    business_units = forms.CharField(
        label="Business units of JAGGAER",
        required=False,
        max_length=500,
        help_text="Only if several companies share one JAGGAER: the units of this company,"
        " separated by commas. Empty: all.",
    )

    def __init__(self, *args: Any, companies: Sequence[Company], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["company"].choices = [(one.id, one.name) for one in companies]


class ChooseCompany(Page):
    """Asks the ledger for its companies, makes the integration, and starts reading its codes."""

    read_role = write_role = Role.ADMIN
    outside = True
    template = "sync/setup_company.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.answer(request, None)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        return self.answer(request, request.POST)

    def answer(self, request: HttpRequest, data: Any) -> HttpResponseBase:
        with self.scope():
            now = stand()
        if now.source is None or now.ledger is None:
            return redirect("setup")
        try:
            companies = connection_companies(request.tenant.pk, now.ledger.pk)
        except ConnectorError as error:
            with self.scope():
                return self.show({"problem": error.message, "ledger": now.ledger})
        chosen = now.integration.company_id if now.integration else _only(companies)
        form = CompanyForm(data, companies=companies, initial={"company": chosen})
        if form.is_valid() and self.carried_out(now, form, companies):
            return redirect("setup-booking")
        with self.scope():
            context = {"form": form, "ledger": now.ledger, "companies": companies}
            return self.show(context, status=422 if form.errors else 200)

    def carried_out(self, now: Stand, form: CompanyForm, companies: Sequence[Company]) -> bool:
        id = form.cleaned_data["company"]
        units = [unit.strip() for unit in form.cleaned_data["business_units"].split(",")]
        name = next(one.name for one in companies if one.id == id)
        try:
            with self.scope():
                integration = _paired(now, id, name, [unit for unit in units if unit])
                start_flows(integration, [FlowName.REFERENCE])
        except Refusal as refusal:
            blame(form, refusal)
            return False
        messages.success(
            self.request, f"{name} was chosen. Its accounts and dimensions are being read."
        )
        return True


def _only(companies: Sequence[Company]) -> str:
    return companies[0].id if len(companies) == 1 else ""


def _paired(now: Stand, company: str, name: str, units: list[str]) -> Integration:
    """Make the integration, or change the company of the one that was made before."""
    if now.integration is None:
        return integration_create(
            name=name,
            source=now.source,
            ledger=now.ledger,
            company=company,
            company_name=name,
            business_units=units,
        )
    integration_update(now.integration, company=company, business_units=units)
    return now.integration


class Booking(FormPage):
    """How invoices are booked, drawn as the entries they lead to."""

    read_role = write_role = Role.ADMIN
    template = "sync/setup_booking.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if stand().integration is None:
            return redirect("setup")
        return super().get(request, **kwargs)

    def form(self, data: Any = None, **kwargs: Any) -> Form:
        return BookingForm(data, initial=initial_of(whole_policy(integration_at_hand())))

    def context(self, form: Form, **kwargs: Any) -> Mapping[str, Any]:
        integration = integration_at_hand()
        runs = Run.objects.filter(integration=integration, flow__resource=FlowName.REFERENCE)
        return {
            "form": form,
            "integration": integration,
            "accounts": targets_of(integration, "ledger_account"),
            "reading": runs.select_related("flow").order_by("-queued_at").first(),
        }

    def carry_out(self, form: Form, **kwargs: Any) -> HttpResponseBase:
        integration_update(integration_at_hand(), policy=form.policy())
        return self.done("The way of booking was saved.", "setup-preview")

    def blame(self, form: Form, refusal: Refusal) -> None:
        blame(form, refusal, field_names(form))


class FirstPreview(Page):
    """Reads and matches everything without writing; proposes what each unmapped code means."""

    template = "sync/setup_preview.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        integration = stand().integration
        if integration is None:
            return redirect("setup")
        found = rehearsal(integration)
        flow = _flow_to_show(found, request.GET.get("flow", ""))
        return self.show(
            {
                "integration": integration,
                "rehearsal": found,
                "unmapped": _with_proposals(integration, found),
                "flow": flow,
                "flows": [name for name in _DOCUMENT_FLOWS if found.telling(name)],
                "first": first_of(found, flow, _SHOWN_FIRST) if flow and found.is_done else [],
                "telling": found.telling(flow),
            }
        )

    def post(self, request: HttpRequest) -> HttpResponseBase:
        try:
            with self.scope():
                _preview(integration_at_hand())
        except Refusal as refusal:
            messages.error(request, refusal.message)
        return redirect("setup-preview")


def _flow_to_show(found: Rehearsal, wanted: str) -> str:
    """Return the flow whose documents are shown: invoices, unless another one is asked for."""
    told = [name for name in reversed(_DOCUMENT_FLOWS) if found.telling(name)]
    return wanted if wanted in told else next(iter(told), "")


def _with_proposals(integration: Integration, found: Rehearsal) -> list[dict[str, Any]]:
    """Return each kind with its unmapped codes, proposals and possible targets."""
    lacking = _still_unmapped(integration, found)
    groups = []
    for kind in sorted({kind for kind, _ in lacking}):
        codes = {code: number for (of, code), number in lacking.items() if of == kind}
        help_with = described(integration, kind, list(codes))
        rows = [
            (code, number, *help_with[code])
            for code, number in sorted(codes.items(), key=lambda pair: (-pair[1], pair[0]))
        ]
        groups.append({"kind": kind, "rows": rows, "targets": targets_of(integration, kind)})
    return groups


def _still_unmapped(integration: Integration, found: Rehearsal) -> dict[tuple[str, str], int]:
    """Leave out what was mapped since the preview."""
    codes = [code for _, code in found.unmapped]
    rows = MappingEntry.objects.filter(
        integration=integration, source_code__in=codes, replaced_at__isnull=True
    )
    mapped = set(rows.values_list("kind", "source_code")) if codes else set()
    return {of: number for of, number in found.unmapped.items() if of not in mapped}


class MapFirst(Action):
    """Store the mappings of the set-up that were filled in, and preview again with them."""

    back = "setup-preview"

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        integration = integration_at_hand()
        done = [map_what_holds(integration, kind, rows) for kind, rows in _typed(request)]
        for words in (words for one in done for words in one.complaints):
            messages.error(request, words)
        mapped = Mapped(sum(one.number for one in done))
        if not mapped.number:
            return "" if any(one.complaints for one in done) else "Nothing was filled in."
        try:
            with self.scope():
                _preview(integration)
        except Clash:
            return f"{mapped.words} Preview again once the runs under way are done."
        return f"{mapped.words} The preview is made again."


def _typed(request: HttpRequest) -> list[tuple[str, list[dict[str, str]]]]:
    """Return what was filled in by kind of mapping: the fields of a row stand in one order."""
    found: dict[str, list[dict[str, str]]] = {}
    columns = (request.POST.getlist(name) for name in ("kind", "source", "target"))
    for kind, source, target in zip(*columns, strict=False):
        if target.strip():
            row = {"source_code": source, "target_code": target.strip()}
            found.setdefault(kind, []).append(row)
    return list(found.items())


def _preview(integration: Integration) -> None:
    runs_start(integration, flows=_DOCUMENT_FLOWS, mode="preview", trigger="person")


class LiveForm(PlainForm):
    schedule = forms.ChoiceField(
        label="How often",
        choices=[(key, words) for key, (words, _) in SCHEDULES.items()],
        initial="15",
        widget=forms.RadioSelect,
    )


class GoLive(FormPage):
    """Puts every flow on a schedule and starts the first live run."""

    read_role = write_role = Role.ADMIN
    template = "sync/setup_live.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if stand().integration is None:
            return redirect("setup")
        return super().get(request, **kwargs)

    def form(self, data: Any = None, **kwargs: Any) -> Form:
        return LiveForm(data)

    def context(self, form: Form, **kwargs: Any) -> Mapping[str, Any]:
        integration = integration_at_hand()
        return {
            "form": form,
            "integration": integration,
            "policy": whole_policy(integration),
            "rehearsal": rehearsal(integration),
        }

    def carry_out(self, form: Form, **kwargs: Any) -> HttpResponseBase:
        integration = integration_at_hand()
        _, schedule = SCHEDULES[form.cleaned_data["schedule"]]
        for view in flows_of([integration])[integration.pk]:
            flow_change(view.flow, enabled=True, schedule=schedule)
        try:
            run = runs_start(integration, trigger="person")[-1]
        except Clash:
            return self.done("You are live. A run is going on already.", "today")
        return self.done("You are live. The first run has begun.", "run", run.pk)
