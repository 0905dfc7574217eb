"""The business document, every state of it as received, and its ids in the ledger."""

from __future__ import annotations

from django.db import models

from connectors.documents import Resource
from connectors.exactjson import ExactDecoder, ExactEncoder
from connectors.payments import Paying
from sync.models.flow import FlowName
from sync.models.integration import Integration
from tenants.scoping import TenantOwned

# After these answers the ledger is asked no more whether an invoice is paid.
PAID_FOR_GOOD = ("paid", "cancelled", "gone")


class DocumentState(models.TextChoices):
    RECEIVED = "received"
    WAITING = "waiting"
    PARKED = "parked"
    WRITING = "writing"
    UNKNOWN = "unknown"
    WRITTEN = "written"
    SETTLED = "settled"
    REJECTED = "rejected"
    IGNORED = "ignored"


# Where a document is still on its way, or a person is needed.
UNFINISHED = (
    DocumentState.RECEIVED,
    DocumentState.WAITING,
    DocumentState.PARKED,
    DocumentState.WRITING,
    DocumentState.UNKNOWN,
)

# Bills, and the states in which nobody pays them: what was billed is all others.
BILLS = (Resource.INVOICE, Resource.CREDIT_NOTE)
LEFT_OUT = (DocumentState.REJECTED, DocumentState.IGNORED)


class Document(TenantOwned):
    """A supplier, order, invoice or credit note, and where it stands."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="documents")
    flow_name = models.CharField(max_length=20, choices=FlowName)
    resource = models.CharField(max_length=20)
    source_id = models.CharField(max_length=200)
    source_version = models.CharField(max_length=200)
    modified_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    revision = models.IntegerField(null=True, blank=True)
    business_unit = models.CharField(max_length=100, blank=True)
    reference = models.CharField(max_length=200, blank=True)
    reference_key = models.CharField(max_length=200, blank=True)
    reference_digits = models.CharField(max_length=200, blank=True)
    alternate_key = models.CharField(max_length=200, blank=True)
    supplier_reference = models.CharField(max_length=200, blank=True)
    number_key = models.CharField(max_length=200, blank=True)
    number_loose_key = models.CharField(max_length=200, blank=True)
    credited_key = models.CharField(max_length=200, blank=True)  # of a credit note
    supplier_source_id = models.CharField(max_length=200, blank=True)
    supplier_erp_number = models.CharField(max_length=100, blank=True)
    supplier_name = models.CharField(max_length=250, blank=True)
    # Suppliers only: why the source says that nothing may be booked for it, in words.
    blocked_because = models.CharField(max_length=100, blank=True)
    parent_source_id = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=10, blank=True)
    amount = models.DecimalField(max_digits=28, decimal_places=10, null=True, blank=True)
    document_date = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=20, choices=DocumentState, default=DocumentState.RECEIVED)
    reasons = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    match = models.JSONField(null=True, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)  # of what was received
    planned_fingerprint = models.CharField(max_length=64, blank=True)  # of what was planned last
    booked_fingerprint = models.CharField(max_length=64, blank=True)  # of what stands
    # The run that was asked to decide this document again, if a person or program asked.
    queued_run = models.ForeignKey(
        "sync.Run", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    # Since when the source's whole list lacks it: deleted there, or no longer exported.
    gone_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "flow_name", "source_id"], name="document_once"
            ),
        ]
        indexes = [
            models.Index(fields=["integration", "flow_name", "state", "modified_at", "source_id"]),
            models.Index(fields=["integration", "flow_name", "reference_key"]),
            models.Index(fields=["integration", "flow_name", "reference_digits"]),
            models.Index(fields=["integration", "flow_name", "alternate_key"]),
            models.Index(fields=["integration", "reference"]),
            models.Index(fields=["integration", "supplier_reference"]),
            models.Index(fields=["integration", "number_key"]),
            models.Index(fields=["integration", "number_loose_key"]),
            models.Index(fields=["integration", "credited_key"]),
            models.Index(fields=["integration", "supplier_source_id"]),
            models.Index(fields=["tenant", "changed_at", "id"]),
            # What the reconciliation counts, without a look at the documents themselves.
            models.Index(
                fields=["integration", "document_date"],
                include=[
                    "tenant",
                    "state",
                    "resource",
                    "currency",
                    "amount",
                    "first_seen_at",
                    "id",
                ],
                name="document_days",
            ),
            # What suppliers billed, without a look at the documents themselves.
            models.Index(
                fields=["integration", "document_date"],
                include=[
                    "tenant",
                    "state",
                    "resource",
                    "currency",
                    "amount",
                    "supplier_source_id",
                    "supplier_erp_number",
                    "id",
                ],
                name="document_billed",
                condition=models.Q(resource__in=BILLS) & ~models.Q(state__in=LEFT_OUT),
            ),
            # What people look for on the pages: newest first, by state, by kind, by supplier.
            models.Index(fields=["tenant", "state", "changed_at", "id"], name="document_of_state"),
            models.Index(
                fields=["tenant", "resource", "changed_at", "id"], name="document_of_kind"
            ),
            models.Index(fields=["tenant", "supplier_name"], name="document_of_name"),
            models.Index(fields=["tenant", "supplier_erp_number"], name="document_of_vendor"),
            models.Index(
                fields=["tenant", "supplier_name", "id"],
                name="document_suppliers",
                condition=models.Q(resource="supplier"),
            ),
            # What the sums of a cause add up, without a look at the documents themselves.
            models.Index(
                fields=["id"],
                include=["tenant", "currency", "resource", "amount"],
                name="document_sums",
            ),
            # What Today counts: never all documents.
            models.Index(
                fields=["tenant", "integration", "state"],
                name="document_open",
                condition=models.Q(state__in=UNFINISHED),
            ),
            models.Index(fields=["integration", "first_seen_at"], name="document_arrival"),
        ]

    def __str__(self) -> str:
        return self.reference or self.source_id

    @property
    def shown_links(self) -> list[Link]:
        """What it is in the ledger, the document itself before its journal."""
        return sorted(self.links.all(), key=lambda link: link.kind not in MAIN_KINDS)


class Version(TenantOwned):
    """A document as received; never edited. Secret fields of the payload are masked.

    The payload is dropped when its time has passed, `content` stays: it is what was booked.
    """

    document = models.ForeignKey(Document, models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    source_version = models.CharField(max_length=200)
    modified_at = models.DateTimeField(null=True, blank=True)
    payload = models.JSONField(encoder=ExactEncoder, decoder=ExactDecoder)
    payload_kept = models.BooleanField(default=True, db_default=True)
    content = models.JSONField(null=True, blank=True)  # in our words; null: unreadable
    problems = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="version_once"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "id"],
                name="version_with_payload",
                condition=models.Q(payload_kept=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} v{self.number}"


INVOICE_KINDS = ("purchase_invoice", "purchase_credit_memo")
# The link that says of a document that it stands in the ledger.
MAIN_KINDS = ("vendor", "purchase_order", *INVOICE_KINDS)


class Link(TenantOwned):
    """The id of the same document in the ledger."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="links")
    kind = models.CharField(max_length=30)  # vendor, purchase_order, purchase_invoice, ...
    remote_id = models.CharField(max_length=100)
    number = models.CharField(max_length=100, blank=True)
    etag = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=40, blank=True)
    url = models.CharField(max_length=1000, blank=True)
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    # Invoices and credit notes: what the ledger says of their payment, and when it said so.
    payment = models.CharField(max_length=10, blank=True)
    remaining = models.DecimalField(max_digits=28, decimal_places=10, null=True, blank=True)
    payment_read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "kind"], name="link_once"),
            models.CheckConstraint(
                condition=models.Q(payment__in=["", *Paying]), name="link_payment_known"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "number"]),
            models.Index(
                fields=["tenant", "created_at"],
                name="link_of_invoice",
                condition=models.Q(kind__in=INVOICE_KINDS),
            ),
            models.Index(fields=["tenant", "payment"], name="link_payment"),
            models.Index(
                fields=["document"],
                include=["tenant"],
                name="link_in_ledger",
                condition=models.Q(kind__in=MAIN_KINDS),
            ),
            models.Index(
                fields=["tenant", "document"],
                include=["remote_id"],
                name="link_of_vendor",
                condition=models.Q(kind="vendor"),
            ),
            models.Index(
                fields=["tenant", "payment_read_at"],
                name="link_payment_open",
                condition=models.Q(kind__in=INVOICE_KINDS) & ~models.Q(payment__in=PAID_FOR_GOOD),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number or self.remote_id}"


class Allocation(TenantOwned):
    """How much of an order line an invoice takes (credit notes give back: negative)."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="allocations")
    order = models.ForeignKey(Document, models.CASCADE, related_name="+")
    order_line = models.IntegerField()  # negative: a charge of the whole order
    quantity = models.DecimalField(max_digits=38, decimal_places=15)
    amount = models.DecimalField(max_digits=38, decimal_places=15)

    class Meta:
        indexes = [models.Index(fields=["order", "order_line"])]

    def __str__(self) -> str:
        return f"{self.document_id} -> {self.order_id}/{self.order_line}"


class Wait(TenantOwned):
    """A document waits for a cause to go: `cause` is what people see, `key` what releases it."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    document = models.ForeignKey(Document, models.CASCADE, related_name="waits")
    cause = models.CharField(max_length=300)
    key = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "cause"], name="wait_once"),
        ]
        indexes = [
            models.Index(fields=["integration", "cause"]),
            models.Index(fields=["integration", "key"]),
        ]

    def __str__(self) -> str:
        return self.cause


class Override(TenantOwned):
    """A person's decision to accept a reason for one document as it was received."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="overrides")
    code = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    evidence = models.JSONField(default=dict)
    order_reference = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=200)
    second_actor = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document", "code", "fingerprint"], name="override_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} by {self.actor}"
