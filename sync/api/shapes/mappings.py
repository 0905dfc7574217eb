"""Mappings, reference data, reconciliation."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from sync.api.shapes.common import SumShape, WithDays
from sync.selectors.reconciliation import FIGURES


class KindShape(serializers.Serializer):
    kind = serializers.CharField()
    entries = serializers.IntegerField()
    invalid = serializers.IntegerField()
    unmapped = serializers.IntegerField()


class EntryShape(serializers.Serializer):
    id = serializers.UUIDField()
    source_code = serializers.CharField()
    target_code = serializers.CharField()
    valid_from = serializers.DateField(allow_null=True)
    note = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(["ok", "invalid"])
    problem = serializers.CharField(allow_blank=True)
    open_lines = serializers.IntegerField(
        allow_null=True, help_text="Of an invalid entry: open lines that need it."
    )
    open_documents = serializers.IntegerField(allow_null=True)


class EntryBody(serializers.Serializer):
    source_code = serializers.CharField()
    target_code = serializers.CharField()
    valid_from = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(required=False)


class EntriesBody(serializers.Serializer):
    """Many entries; a single one may be sent as it is."""

    entries = EntryBody(many=True)


class ImportedShape(serializers.Serializer):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    invalid = serializers.IntegerField()
    # Of a preview: the open lines whose target would change; nothing was stored.
    stored = serializers.BooleanField(required=False)
    open_lines = serializers.IntegerField(required=False)
    open_documents = serializers.IntegerField(required=False)
    amounts = SumShape(many=True, required=False)


class ImportFilter(serializers.Serializer):
    invalid = serializers.ChoiceField(["keep"], required=False)
    preview = serializers.BooleanField(
        required=False, help_text="Says what the import would change, and stores nothing."
    )


class ReferenceFilter(serializers.Serializer):
    search = serializers.CharField(
        required=False, max_length=100, help_text="A part of the code or the name."
    )
    bound = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Of `suppliers` only: those that are some supplier's vendor, or nobody's.",
    )


class SuggestionShape(serializers.Serializer):
    target_code = serializers.CharField()
    why = serializers.CharField()
    score = serializers.FloatField(min_value=0, max_value=1)


class UnmappedShape(serializers.Serializer):
    source_code = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    documents = serializers.IntegerField()
    amounts = SumShape(many=True)
    suggestion = SuggestionShape(allow_null=True)


class ItemShape(serializers.Serializer):
    """A row of what the ledger offers, as of `fetched_at`."""

    id = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    usable = serializers.BooleanField()
    why_not = serializers.CharField(allow_blank=True)
    attributes = serializers.DictField()
    fetched_at = serializers.DateTimeField()


class FigureShape(serializers.Serializer):
    documents = serializers.IntegerField()
    amount = serializers.CharField(help_text="A plain decimal; credit notes count as negative.")


class UnexplainedShape(serializers.Serializer):
    document = serializers.UUIDField()
    reference = serializers.CharField()
    why = serializers.CharField()


class ReconciledShape(serializers.Serializer):
    resource = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    day = serializers.DateField()
    unexplained = UnexplainedShape(many=True)

    def get_fields(self) -> dict[str, Any]:
        """Add a figure each for seen, written and so on."""
        return {**super().get_fields(), **{name: FigureShape() for name in FIGURES}}


class ReconciliationFilter(WithDays):
    pass
