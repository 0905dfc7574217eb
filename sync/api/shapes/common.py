"""Reasons, sums of money, days in filters."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from sync.domain.reasons import CODES, Owner


class ReasonShape(serializers.Serializer):
    """Why a document is not in the ledger, who can change that, and how."""

    code = serializers.ChoiceField(sorted(CODES))
    message = serializers.CharField()
    owner = serializers.ChoiceField([owner.value for owner in Owner])
    fix = serializers.CharField()
    evidence = serializers.DictField()


class NoteShape(ReasonShape):
    """What was noticed and holds nothing back: a reason's code, or `note`, which nobody owns."""

    code = serializers.ChoiceField(["note", *sorted(CODES)])
    owner = serializers.ChoiceField(["nobody", *(owner.value for owner in Owner)])
    fix = serializers.CharField(allow_blank=True)


class SumShape(serializers.Serializer):
    currency = serializers.CharField()
    amount = serializers.CharField(help_text="A plain decimal.")


class WithDays(serializers.Serializer):
    """Adds `from` and `to`, days that are both included; `to` must not be the earlier one."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for name in ("from", "to"):
            fields[name] = serializers.DateField(required=False)
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a period that holds no day: who asks for one has mixed up its ends."""
        if {"from", "to"} <= attrs.keys() and attrs["to"] < attrs["from"]:
            raise serializers.ValidationError({"to": ["A day that is not before `from`."]})
        return attrs


class RequestShape(serializers.Serializer):
    """A request exactly as it would be sent."""

    operation = serializers.CharField()
    method = serializers.CharField()
    path = serializers.CharField()
    body = serializers.JSONField(allow_null=True)
