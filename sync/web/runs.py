"""Runs: started, watched, stopped; and when flows run by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.forms import Form
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from sync.domain.calendar import next_run
from sync.models import Flow, Integration, Outcome, Run, Trigger
from sync.selectors.integrations import flows_of
from sync.services.flows import flow_change
from sync.services.runs import run_stop, runs_start
from sync.web.choice import choice_of
from sync.web.forms import RunForm, ScheduleForm
from sync.words import FLOWS, schedule_words
from tenants.access import find
from tenants.pages import Action, FormPage, Page, cut_of
from tenants.refusal import Clash, Refusal

_NEXT_TIMES = 5
_DECISIONS = ("create", "update", "skip", "wait", "park", "reject", "settle", "ignore")


class Runs(FormPage):
    """The newest runs, what runs when, and the form that starts one."""

    template = "sync/runs.html"

    def form(self, data: Any = None, **kwargs: Any) -> Form:
        return RunForm(data)

    def context(self, form: Form, **kwargs: Any) -> Mapping[str, Any]:
        choice = choice_of(self.request)
        integration = choice.chosen
        runs = Run.objects.filter(integration=integration).select_related("flow")
        return {
            "form": form,
            "choice": choice,
            "flows": flows_of([integration])[integration.pk] if integration else [],
            "leaf": cut_of(self.request, runs, "-queued_at", "-pk"),
        }

    def carry_out(self, form: Form, **kwargs: Any) -> HttpResponseBase:
        integration = choice_of(self.request).chosen
        if integration is None:
            raise Refusal("no_integration", "Set an integration up first.")
        given = form.cleaned_data
        runs = runs_start(
            integration,
            flows=given["flows"] or None,
            mode=given["mode"],
            full=given["full"],
            trigger=Trigger.PERSON,
        )
        names = ", ".join(FLOWS[run.flow.resource].lower() for run in runs)
        return self.done(f"Started: {names}.", "run", runs[0].pk)


class OneRun(Page):
    """One run with its progress, its accounts and what became of each document."""

    template = "sync/run.html"

    def get(self, request: HttpRequest, id: UUID) -> HttpResponseBase:
        run = find(Run.objects.select_related("flow", "integration"), id)
        if request.htmx and request.GET.get("part"):
            response = render(request, "sync/run_progress.html", {"run": run})
            if not run.is_active:
                response.headers["HX-Refresh"] = "true"
            return response
        decision = request.GET.get("decision", "")
        outcomes = Outcome.objects.filter(run=run).select_related("document").defer("requests")
        if decision in _DECISIONS:
            outcomes = outcomes.filter(decision=decision)
        siblings = Run.objects.filter(integration=run.integration_id, queued_at=run.queued_at)
        return self.show(
            {
                "run": run,
                "leaf": cut_of(request, outcomes, "document_id"),
                "decision": decision,
                "decisions": _DECISIONS,
                "siblings": siblings.select_related("flow").order_by("position"),
            }
        )


class Stop(Action):
    back = "runs"

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        run = run_stop(find(Run.objects, kwargs["id"]))
        if run.state == "stopped":
            return "The run was stopped before it began."
        if not run.is_active:
            return "The run had ended already."
        return "The run stops after the documents it is working on; what it has done stays."

    def home(self, **kwargs: Any) -> str:
        return reverse("run", args=[kwargs["id"]])


class ReadAgain(Action):
    """Reads everything of a flow again, as is offered where the source was set back."""

    back = "runs"

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        flow = find(Flow.objects.select_related("integration"), kwargs["id"])
        runs_start(flow.integration, flows=[flow.resource], full=True, trigger=Trigger.PERSON)
        return f"Everything of {FLOWS[flow.resource].lower()} is being read again."


class Schedule(FormPage):
    """When a flow runs, with the next five times in words before anything is saved."""

    template = "sync/schedule.html"

    def flow(self, id: UUID) -> Flow:
        return find(Flow.objects.select_related("integration"), id)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        form = self.form(request.GET if request.GET else None, **kwargs)
        if request.htmx:
            context = self.context(form, **kwargs)
            return render(request, "sync/schedule_times.html", context)
        return self.show(self.context(form, **kwargs))

    def form(self, data: Any = None, **kwargs: Any) -> Form:
        flow = self.flow(kwargs["id"])
        return ScheduleForm(data, initial=ScheduleForm.values_of(flow.schedule, flow.enabled))

    def context(self, form: Form, **kwargs: Any) -> Mapping[str, Any]:
        flow = self.flow(kwargs["id"])
        schedule: Mapping[str, Any] | None = flow.schedule
        if form.is_bound:
            schedule = form.cleaned_data.get("schedule") if form.is_valid() else None
        return {
            "form": form,
            "flow": flow,
            "wanted": schedule,
            "times": next_times(schedule, self.request.tenant.time_zone) if schedule else [],
        }

    def carry_out(self, form: Form, **kwargs: Any) -> HttpResponseBase:
        flow = self.flow(kwargs["id"])
        given = form.cleaned_data
        flow_change(flow, enabled=given["enabled"], schedule=given["schedule"])
        name = FLOWS[flow.resource]
        if not flow.enabled:
            return self.done(f"{name} were switched off: nothing of them moves.", "runs")
        return self.done(f"{name} now run {schedule_words(flow.schedule)}.", "runs")


def next_times(schedule: Mapping[str, Any], zone: str) -> list[datetime]:
    """Return the next five times at which a flow on this schedule is due."""
    found: list[datetime] = []
    after = timezone.now()
    while len(found) < _NEXT_TIMES:
        due = next_run(schedule, after=after, zone=ZoneInfo(zone))
        if due is None:
            break
        found.append(due)
        after = due
    return found


def start_flows(integration: Integration, flows: list[str], mode: str = "live") -> Run:
    """Start flows for a step of the set-up; where one is active already, return that one."""
    try:
        return runs_start(integration, flows=flows, mode=mode, trigger=Trigger.PERSON)[0]
    except Clash as clash:
        active = Run.objects.filter(pk=clash.details.get("run")).first()
        if active is None:
            raise
        return active
