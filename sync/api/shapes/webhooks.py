"""The ledger's notifications."""

from __future__ import annotations

from rest_framework import serializers

from sync.models import WATCHED, FlowName, SubscriptionState
from sync.selectors.webhooks import Standing

_STATES = [state for state in SubscriptionState.values if state != SubscriptionState.ENDING]


class WebhooksBody(serializers.Serializer):
    """Whether the ledger shall notify us."""

    enabled = serializers.BooleanField()


class TroubleShape(serializers.Serializer):
    code = serializers.CharField()
    message = serializers.CharField()
    cause = serializers.CharField()
    owner = serializers.CharField()
    fix = serializers.CharField()


class SubscriptionShape(serializers.Serializer):
    """One subscription at the ledger, and what its notifications were worth."""

    resource = serializers.ChoiceField(list(WATCHED))
    flow = serializers.ChoiceField(FlowName.choices)
    state = serializers.ChoiceField(_STATES)
    expires_at = serializers.DateTimeField(allow_null=True)
    renew_at = serializers.DateTimeField(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)
    losses = serializers.IntegerField(help_text="How often the ledger had dropped it.")
    notices = serializers.IntegerField(help_text="Notices that told something new.")
    last_notice_at = serializers.DateTimeField(allow_null=True)
    measured_until = serializers.DateTimeField(allow_null=True)
    changes_seen = serializers.IntegerField(help_text="Changes the safety poll saw.")
    changes_missed = serializers.IntegerField(help_text="Those of them that nothing told of.")
    silent_since = serializers.DateTimeField(allow_null=True)
    error = TroubleShape(allow_null=True)


class WebhooksShape(serializers.Serializer):
    """How the ledger's notifications stand."""

    enabled = serializers.BooleanField()
    state = serializers.ChoiceField([state.value for state in Standing])
    error = TroubleShape(allow_null=True)
    subscriptions = SubscriptionShape(many=True)
