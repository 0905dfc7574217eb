"""Integrations, flows and runs."""

from __future__ import annotations

from rest_framework import serializers

from sync.api.shapes.common import ReasonShape, RequestShape
from sync.models import FlowName, RunMode, RunState, Trigger


class CountsShape(serializers.Serializer):
    """Documents by what became of them; `read` is the sum of all others."""

    read = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    written = serializers.IntegerField()
    parked = serializers.IntegerField()
    waiting = serializers.IntegerField()
    rejected = serializers.IntegerField()
    unknown = serializers.IntegerField()
    failed = serializers.IntegerField()
    settled = serializers.IntegerField()
    ignored = serializers.IntegerField()


class TotalShape(serializers.Serializer):
    """Sums of one currency as plain decimals; credit notes count as negative."""

    currency = serializers.CharField()
    read = serializers.CharField()
    written = serializers.CharField()
    parked = serializers.CharField()
    rejected = serializers.CharField()
    unknown = serializers.CharField()
    failed = serializers.CharField()


class RunErrorShape(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    cause = serializers.CharField()
    owner = serializers.CharField()
    fix = serializers.CharField()


class ProgressShape(serializers.Serializer):
    seen = serializers.IntegerField()
    expected = serializers.IntegerField(allow_null=True)


class RunShape(serializers.Serializer):
    id = serializers.UUIDField()
    integration = serializers.UUIDField()
    flow = serializers.ChoiceField(FlowName.choices)
    mode = serializers.ChoiceField(RunMode.choices)
    trigger = serializers.ChoiceField(Trigger.choices)
    state = serializers.ChoiceField(RunState.choices)
    queued_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    progress = ProgressShape()
    counts = CountsShape()
    totals = TotalShape(many=True)
    error = RunErrorShape(allow_null=True)
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="What was noticed while reading both sides."
    )


class RunsShape(serializers.Serializer):
    runs = RunShape(many=True)


class RunBody(serializers.Serializer):
    flows = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="All enabled ones when left out."
    )
    mode = serializers.ChoiceField(RunMode.choices, default=RunMode.LIVE)
    full = serializers.BooleanField(default=False)


class RunFilter(serializers.Serializer):
    integration = serializers.UUIDField(required=False)
    flow = serializers.ChoiceField(FlowName.choices, required=False)
    state = serializers.ChoiceField(RunState.choices, required=False)


class OutcomeShape(serializers.Serializer):
    document = serializers.UUIDField()
    reference = serializers.CharField()
    decision = serializers.ChoiceField(
        ["create", "update", "skip", "wait", "park", "reject", "settle", "ignore"]
    )
    state = serializers.CharField()
    reasons = ReasonShape(many=True)
    writes = RequestShape(many=True, required=False, help_text="Of a preview.")


class WatermarkShape(serializers.Serializer):
    at = serializers.DateTimeField(allow_null=True)
    id = serializers.CharField(allow_null=True)


class FlowShape(serializers.Serializer):
    id = serializers.UUIDField()
    resource = serializers.ChoiceField(FlowName.choices)
    enabled = serializers.BooleanField()
    schedule = serializers.DictField()
    next_run_at = serializers.DateTimeField(allow_null=True)
    last_run = RunShape(allow_null=True)
    watermark = WatermarkShape()
    resync_offered_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When the source was found set back, as after a restore. Start a run of the flow"
        " with `full` once that is complete; the offer then ends.",
    )
    depends_on = serializers.ListField(child=serializers.ChoiceField(FlowName.choices))


class FlowBody(serializers.Serializer):
    enabled = serializers.BooleanField(required=False)
    schedule = serializers.DictField(
        required=False,
        help_text='Such as {"kind": "interval", "every_minutes": 15}, {"kind": "daily", "at":'
        ' ["07:00"], "days": ["mon"]}, {"kind": "cron", "expression": "*/10 7-19 * * 1-5"} or'
        ' {"kind": "manual"}, in the time zone of the tenant.',
    )


class MissingShape(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    fix = serializers.CharField()


class LedgerCompanyShape(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()


class IntegrationShape(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    source = serializers.UUIDField()
    ledger = serializers.UUIDField()
    company = LedgerCompanyShape()
    business_units = serializers.ListField(child=serializers.CharField())
    policy = serializers.DictField()
    setup = MissingShape(many=True)
    flows = FlowShape(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class AwaitingIntegrationShape(IntegrationShape):
    status = serializers.ChoiceField(["awaiting_second_person"])


class IntegrationBody(serializers.Serializer):
    name = serializers.CharField()
    source = serializers.CharField(help_text="Id of a connection.")
    ledger = serializers.CharField(help_text="Id of a connection.")
    company = serializers.CharField(help_text="An `id` of the ledger's companies.")
    business_units = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Empty means all."
    )
    policy = serializers.DictField(required=False)


class IntegrationChange(serializers.Serializer):
    name = serializers.CharField(required=False)
    company = serializers.CharField(required=False)
    business_units = serializers.ListField(child=serializers.CharField(), required=False)
    policy = serializers.DictField(required=False, help_text="Merged into the present one.")
