"""One execution of a flow, and what became of each document in it."""

from __future__ import annotations

from django.db import models

from sync.models.flow import Flow
from sync.models.integration import Integration
from tenants.scoping import TenantOwned


class RunState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    STOPPED = "stopped"


ACTIVE_STATES = (RunState.QUEUED, RunState.RUNNING)


class RunMode(models.TextChoices):
    LIVE = "live"
    PREVIEW = "preview"


class Trigger(models.TextChoices):
    SCHEDULE = "schedule"
    API = "api"
    PERSON = "person"
    WEBHOOK = "webhook"
    REPLAY = "replay"
    RELEASE = "release"


class Run(TenantOwned):
    """One execution of a flow; `cursor` holds what a next slice needs to go on."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="runs")
    flow = models.ForeignKey(Flow, models.CASCADE, related_name="runs")
    mode = models.CharField(max_length=10, choices=RunMode, default=RunMode.LIVE)
    trigger = models.CharField(max_length=10, choices=Trigger)
    reads = models.BooleanField(default=True)  # False: works on documents that are here already
    full = models.BooleanField(default=False)
    mapping = models.CharField(max_length=10, default="current")
    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    position = models.PositiveSmallIntegerField(default=0)  # dependency order of one request
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    stop_requested = models.BooleanField(default=False)
    seen = models.PositiveIntegerField(default=0)
    expected = models.PositiveIntegerField(null=True, blank=True)
    counts = models.JSONField(default=dict)
    totals = models.JSONField(default=list)
    error = models.JSONField(null=True, blank=True)
    cursor = models.JSONField(default=dict)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["flow"],
                condition=models.Q(state__in=ACTIVE_STATES, mode=RunMode.LIVE, reads=True),
                name="run_one_active_per_flow",
            ),
        ]
        indexes = [
            models.Index(fields=["integration", "queued_at"]),
            models.Index(
                fields=["integration", "position"],
                name="run_active",
                condition=models.Q(state__in=ACTIVE_STATES),
            ),
            models.Index(fields=["flow", "queued_at", "id"], name="run_newest"),
            models.Index(
                fields=["flow", "queued_at"],
                name="run_preview",
                condition=models.Q(mode=RunMode.PREVIEW),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trigger} {self.state}"

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE_STATES


class Outcome(TenantOwned):
    """What became of one document in one run."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="outcomes")
    document = models.ForeignKey("sync.Document", models.CASCADE, related_name="+")
    reference = models.CharField(max_length=200, blank=True)
    decision = models.CharField(max_length=10)
    state = models.CharField(max_length=20)
    reasons = models.JSONField(default=list)
    requests = models.JSONField(null=True, blank=True)  # preview runs: what would be sent
    planned = models.JSONField(null=True, blank=True)  # preview runs: the same for an accountant
    pretended = models.JSONField(default=dict)  # preview runs: what later decisions go by
    currency = models.CharField(max_length=10, blank=True)
    amount = models.DecimalField(max_digits=28, decimal_places=10, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "document"], name="outcome_once"),
        ]
        indexes = [
            models.Index(fields=["run", "decision", "document"], name="outcome_of_decision"),
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.reference}"
