"""Shapes of the audit trail."""

from __future__ import annotations

from rest_framework import serializers


class TargetShape(serializers.Serializer):
    type = serializers.CharField()
    id = serializers.CharField()
    label = serializers.CharField()


class EventShape(serializers.Serializer):
    """Something that happened; `hash` closes the chain up to it."""

    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField()
    action = serializers.CharField()
    sentence = serializers.CharField()
    target = TargetShape()
    changes = serializers.DictField()
    facts = serializers.DictField()
    document = serializers.UUIDField(allow_null=True)
    run = serializers.UUIDField(allow_null=True)
    connection = serializers.UUIDField(allow_null=True)
    request_id = serializers.CharField()
    hash = serializers.CharField()


class VerificationShape(serializers.Serializer):
    ok = serializers.BooleanField()
    events = serializers.IntegerField()
    head = serializers.CharField(help_text="Digest of the last event.")
    broken_at = serializers.IntegerField(allow_null=True)
    problem = serializers.CharField()
    signed_until = serializers.IntegerField(help_text="Last event that a signed note vouches for.")
    keys = serializers.ListField(
        child=serializers.CharField(), help_text="Public keys of the signatures; the first signs."
    )


class EventFilter(serializers.Serializer):
    document = serializers.UUIDField(required=False)
    connection = serializers.UUIDField(required=False)
    run = serializers.UUIDField(required=False)
    action = serializers.CharField(required=False, max_length=64)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add `from` and `to`, of which one is a keyword of the language."""
        fields = super().get_fields()
        for name in ("from", "to"):
            fields[name] = serializers.CharField(
                required=False, max_length=40, help_text="An instant or a day; `to` includes it."
            )
        return fields
