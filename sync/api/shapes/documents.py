"""Documents and reviews."""

from __future__ import annotations

from rest_framework import serializers

from connectors.documents import Resource
from connectors.payments import Paying
from sync.api.shapes.common import NoteShape, ReasonShape, RequestShape, SumShape, WithDays
from sync.api.shapes.integrations import RunShape
from sync.domain.decision import Action
from sync.domain.reasons import CODES, Owner
from sync.models import DocumentState, ReviewState, RunMode, WriteState
from sync.services.documents import MAPPINGS
from sync.services.review_requests import ACTIONS

_RESOURCES = [resource.value for resource in Resource]
_LINKED = ("purchase_order", "purchase_invoice", "purchase_credit_memo", "vendor", "journal")


class SupplierShape(serializers.Serializer):
    source_id = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    ledger_number = serializers.CharField(allow_null=True)


class LinkShape(serializers.Serializer):
    id = serializers.CharField()
    number = serializers.CharField(allow_null=True)
    status = serializers.CharField(allow_null=True)
    url = serializers.CharField(allow_null=True)


class PaymentShape(serializers.Serializer):
    """What the ledger says of the payment of an invoice or a credit note."""

    state = serializers.ChoiceField([state.value for state in Paying])
    remaining = serializers.CharField(
        allow_null=True, help_text="A plain decimal; null where the ledger does not tell."
    )
    read_at = serializers.DateTimeField()


class DocumentShape(serializers.Serializer):
    id = serializers.UUIDField()
    integration = serializers.UUIDField()
    resource = serializers.ChoiceField(_RESOURCES)
    source_id = serializers.CharField()
    business_unit = serializers.CharField(allow_null=True)
    reference = serializers.CharField()
    supplier_reference = serializers.CharField(allow_null=True)
    supplier = SupplierShape()
    currency = serializers.CharField(allow_null=True)
    amount = serializers.CharField(allow_null=True, help_text="With tax, positive.")
    document_date = serializers.DateField(allow_null=True)
    state = serializers.ChoiceField(DocumentState.choices)
    reasons = ReasonShape(many=True)
    version = serializers.IntegerField()
    versions = serializers.IntegerField()
    ledger = serializers.DictField(child=LinkShape(), help_text=f"By {', '.join(_LINKED)}.")
    payment = PaymentShape(allow_null=True)
    first_seen_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()


class EffectShape(serializers.Serializer):
    """An effect that was intended in the ledger, and what became of it."""

    id = serializers.UUIDField()
    key = serializers.CharField()
    kind = serializers.CharField()
    operation = serializers.CharField()
    state = serializers.ChoiceField(WriteState.choices)
    attempt = serializers.IntegerField()
    remote_id = serializers.CharField(allow_blank=True)
    number = serializers.CharField(allow_blank=True)
    adopted = serializers.BooleanField()
    sent_at = serializers.DateTimeField(allow_null=True)
    confirmed_at = serializers.DateTimeField(allow_null=True)
    request = serializers.DictField(help_text="What was to be sent; ids may be filled in later.")
    answer = serializers.DictField(help_text="What the ledger's answer taught us.")
    error = serializers.DictField(allow_null=True)


class UnclearShape(serializers.Serializer):
    write = serializers.UUIDField(help_text="Its outcome is being found out.")
    looked_for = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    look_ups = serializers.IntegerField(help_text="Made so far.")
    next_look_up_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.DateTimeField(
        allow_null=True, help_text="From then on the ledger can no longer apply what was sent."
    )


class ComparedShape(serializers.Serializer):
    name = serializers.CharField(help_text="In the ledger's words.")
    ours = serializers.CharField(allow_blank=True)
    ledger = serializers.ListField(child=serializers.CharField(allow_blank=True))
    differs = serializers.BooleanField()


class ConflictShape(serializers.Serializer):
    message = serializers.CharField()
    numbers = serializers.ListField(
        child=serializers.CharField(allow_blank=True), help_text="Of the documents in the ledger."
    )
    compared = ComparedShape(many=True)


class WholeDocumentShape(DocumentShape):
    notes = NoteShape(many=True)
    timeline = serializers.ListField(child=serializers.DictField())
    writes = EffectShape(many=True)
    unclear = UnclearShape(many=True)
    conflicts = ConflictShape(many=True)
    match = serializers.DictField(allow_null=True)
    lines = serializers.ListField(child=serializers.DictField())


class VersionShape(serializers.Serializer):
    document = serializers.UUIDField()
    version = serializers.IntegerField()
    source_version = serializers.CharField()
    modified_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField()
    problems = serializers.ListField(child=serializers.DictField())
    payload = serializers.DictField(help_text="As received.")


class DocumentFilter(serializers.Serializer):
    integration = serializers.UUIDField(required=False)
    resource = serializers.ChoiceField(_RESOURCES, required=False)
    state = serializers.ChoiceField(DocumentState.choices, required=False)
    reference = serializers.CharField(
        required=False, max_length=200, help_text="Its own number, the supplier's or the ledger's."
    )
    supplier = serializers.CharField(
        required=False, max_length=200, help_text="Id, vendor number or a part of the name."
    )
    source_id = serializers.CharField(required=False, max_length=200)
    changed_since = serializers.DateTimeField(required=False)
    review = serializers.UUIDField(required=False, help_text="All that wait for this review.")
    payment = serializers.ChoiceField([state.value for state in Paying], required=False)


class PreviewFilter(serializers.Serializer):
    mapping = serializers.ChoiceField(MAPPINGS, default="current")


class PreviewShape(serializers.Serializer):
    decision = serializers.ChoiceField([action.value for action in Action])
    writes = RequestShape(many=True)
    reasons = ReasonShape(many=True)
    notes = serializers.ListField(child=serializers.CharField())


class ReplayBody(serializers.Serializer):
    mapping = serializers.ChoiceField(MAPPINGS, default="current")
    mode = serializers.ChoiceField(RunMode.choices, default=RunMode.LIVE)


class ChosenBody(WithDays):
    integration = serializers.UUIDField()
    resource = serializers.ChoiceField(_RESOURCES, required=False)
    state = serializers.ChoiceField(DocumentState.choices, required=False)
    review = serializers.UUIDField(required=False)


class ReplayManyBody(ReplayBody):
    filter = ChosenBody()


class ReplayedShape(RunShape):
    """The first run, and in `runs` the one of each flow that has documents to replay."""

    runs = RunShape(many=True)


class ReviewShape(serializers.Serializer):
    id = serializers.UUIDField()
    integration = serializers.UUIDField()
    document = serializers.UUIDField()
    reasons = ReasonShape(many=True)
    cause = serializers.CharField()
    acceptable = serializers.BooleanField()
    waiting = serializers.IntegerField()
    money_at_risk = SumShape(many=True)
    opened_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    alarmed_at = serializers.DateTimeField(
        allow_null=True, help_text="When it had waited for a receipt for too long."
    )
    assignee = serializers.UUIDField(allow_null=True)
    state = serializers.ChoiceField(ReviewState.choices)
    resolution = serializers.DictField(allow_null=True)


class AwaitingReviewShape(ReviewShape):
    status = serializers.ChoiceField(["awaiting_second_person"])


class ReviewFilter(serializers.Serializer):
    state = serializers.ChoiceField(ReviewState.choices, required=False)
    reason = serializers.ChoiceField(sorted(CODES), required=False)
    integration = serializers.UUIDField(required=False)
    owner = serializers.ChoiceField([owner.value for owner in Owner], required=False)
    supplier = serializers.CharField(required=False, max_length=200)


class ReviewChange(serializers.Serializer):
    assignee = serializers.CharField(
        required=False,
        allow_null=True,
        help_text="A member: its id, that of its user, or its mail address.",
    )
    due_at = serializers.DateTimeField(required=False, allow_null=True)


class ResolveBody(serializers.Serializer):
    action = serializers.ChoiceField(ACTIONS)
    note = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    order = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, help_text="Number of the order meant."
    )
    value = serializers.CharField(
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="With `retry` of a `supplier_conflict`: `source` or `ledger`, whose value holds;"
        " of a `supplier_ambiguous`: `new`, it is none of the vendors proposed.",
    )
    documents = serializers.ListField(
        child=serializers.UUIDField(), required=False, help_text="All that wait when left out."
    )
