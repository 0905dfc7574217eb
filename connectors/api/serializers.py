"""Shapes of connectors and connections; a secret goes in and never comes out."""

from __future__ import annotations

from rest_framework import serializers

from connectors.base import FindingStatus
from connectors.models import Connection, Health


class ConnectorShape(serializers.Serializer):
    kind = serializers.CharField()
    label = serializers.CharField()
    sides = serializers.ListField(child=serializers.ChoiceField(["source", "ledger"]))
    settings_schema = serializers.DictField(help_text="JSON Schema.")
    secret_schema = serializers.DictField(help_text="JSON Schema.")
    documentation = serializers.CharField()


class ConnectionShape(serializers.ModelSerializer):
    health = serializers.ChoiceField(Health.choices)
    settings = serializers.DictField()
    capabilities = serializers.DictField()

    class Meta:
        model = Connection
        fields = (
            "id",
            "kind",
            "name",
            "settings",
            "secret_set_at",
            "secret_hint",
            "health",
            "health_message",
            "last_ping_at",
            "capabilities",
            "created_at",
            "updated_at",
        )


class ConnectionBody(serializers.Serializer):
    kind = serializers.CharField()
    name = serializers.CharField()
    settings = serializers.DictField(required=False)
    secret = serializers.DictField(required=False, write_only=True)


class ConnectionChange(serializers.Serializer):
    name = serializers.CharField(required=False)
    settings = serializers.DictField(required=False, help_text="Merged; null takes a key away.")
    secret = serializers.DictField(required=False, write_only=True, help_text="Replaced whole.")


class FindingShape(serializers.Serializer):
    code = serializers.CharField()
    label = serializers.CharField()
    status = serializers.ChoiceField([status.value for status in FindingStatus])
    message = serializers.CharField()
    fix = serializers.CharField()
    evidence = serializers.DictField()


class PingShape(serializers.Serializer):
    ok = serializers.BooleanField()
    checked_at = serializers.DateTimeField()
    duration_ms = serializers.IntegerField()
    findings = FindingShape(many=True)


class CompanyShape(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
