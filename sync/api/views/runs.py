"""Runs and their outcomes."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from sync.api.shapes import integrations as shapes
from sync.api.shown import integrations as shown
from sync.models import Integration, Outcome, Run, Trigger
from sync.services.runs import run_stop, runs_start
from tenants.models import Role
from tenants.rest import TenantView


class StartRuns(TenantView):
    write_role = Role.OPERATOR

    @extend_schema(
        operation_id="runs_start", request=shapes.RunBody, responses={202: shapes.RunsShape}
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Ask for a run of the flows named, of all enabled ones when none is."""
        integration = self.find(Integration.objects, id)
        trigger = Trigger.API if request.member.token else Trigger.PERSON
        given = self.body(shapes.RunBody)
        runs = runs_start(integration, trigger=trigger, **given)
        return self.shown({"runs": [shown.run(run) for run in runs]}, status=202)


class Runs(TenantView):
    @extend_schema(
        operation_id="runs_list",
        parameters=[shapes.RunFilter],
        responses=shapes.RunShape(many=True),
    )
    def get(self, request: Request) -> Response:
        """Runs, newest first."""
        wanted = dict(self.query(shapes.RunFilter))
        if "flow" in wanted:
            wanted["flow__resource"] = wanted.pop("flow")
        rows = Run.objects.select_related("flow").filter(**wanted)
        return self.page(rows, lambda page: [shown.run(run) for run in page])


class OneRun(TenantView):
    @extend_schema(operation_id="runs_read", responses=shapes.RunShape)
    def get(self, request: Request, id: UUID) -> Response:
        """One run: how far it is, or what it came to."""
        return self.shown(shown.run(self.find(Run.objects.select_related("flow"), id)))


class StopRun(TenantView):
    write_role = Role.OPERATOR

    @extend_schema(operation_id="runs_stop", request=None, responses=shapes.RunShape)
    def post(self, request: Request, id: UUID) -> Response:
        """Stop a run after what it is doing just now; what was written stays."""
        return self.shown(shown.run(run_stop(self.find(Run.objects, id))))


class Outcomes(TenantView):
    @extend_schema(operation_id="runs_outcomes", responses=shapes.OutcomeShape(many=True))
    def get(self, request: Request, id: UUID) -> Response:
        """What became of each document in a run."""
        run = self.find(Run.objects, id)
        rows = Outcome.objects.filter(run=run)
        return self.page(
            rows, lambda page: [shown.outcome(row, mode=run.mode) for row in page], ordering="pk"
        )
