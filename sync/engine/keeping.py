"""Keeps what was received: the document's row and a version for every state, in bulk.

A payload is kept before it is understood: what cannot be read becomes a document too, with the path
of the value, and parks. A new export with the same meaning adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max

from audit.record import record as tell
from connectors import codec
from connectors.base import Entry, Record
from connectors.documents import (
    Invoice,
    PurchaseOrder,
    Readiness,
    Resource,
    SourceDocument,
    Supplier,
)
from sync.domain.fingerprint import digest, fingerprint
from sync.domain.references import invoice_number_key, loose_number_key, order_reference_keys
from sync.engine.bulk import update_rows
from sync.engine.clock import database_now
from sync.engine.parking import arrival_keys, change_key
from sync.engine.release import release_causes, release_rivals
from sync.engine.site import Site
from sync.models import (
    Document,
    DocumentState,
    Elsewhere,
    Flow,
    FlowName,
    Integration,
    Run,
    Version,
)

_RESOURCE = {
    FlowName.SUPPLIERS: Resource.SUPPLIER,
    FlowName.PURCHASE_ORDERS: Resource.PURCHASE_ORDER,
    FlowName.INVOICES: Resource.INVOICE,
}
_RECEIVED_FIELDS = [
    "resource",
    "source_version",
    "modified_at",
    "version",
    "business_unit",
    "reference",
    "reference_key",
    "reference_digits",
    "alternate_key",
    "supplier_reference",
    "number_key",
    "number_loose_key",
    "credited_key",
    "supplier_source_id",
    "supplier_erp_number",
    "supplier_name",
    "parent_source_id",
    "blocked_because",
    "currency",
    "amount",
    "document_date",
    "state",
    "fingerprint",
    "changed_at",
]


def keep(site: Site, run: Run, flow: Flow, records: Sequence[Record]) -> int:
    """Store a block of records; returns how many were known already in this meaning.

    Use inside `site.rows()`. Records of business units that are not this integration's are noted
    and left out.
    """
    ours = _set_apart(site, flow, records)
    existing = _existing(site, flow, ours)
    block = _Block(site, flow, _version_numbers(existing.values()), database_now())
    for record in ours:
        block.sort_in(record, existing.get(record.source_id))
    block.store()
    _tell(run, block)
    _release(site.integration, flow, block)
    return len(block.unchanged)


def _release(integration: Integration, flow: Flow, block: _Block) -> None:
    """Let go on what waited for these documents, or was held up by what they said before."""
    arrived = block.new + block.changed
    keys = [key for document in arrived for key in arrival_keys(document)]
    if flow.resource == FlowName.PURCHASE_ORDERS:
        keys += [change_key(document.reference) for document in arrived]
    release_causes(integration, keys)
    if flow.resource == FlowName.INVOICES and block.changed:
        release_rivals(integration, [document.pk for document in block.changed])


def _set_apart(site: Site, flow: Flow, records: Sequence[Record]) -> list[Record]:
    """Return each record once, without those of other integrations' business units."""
    units: set[str | None] = set(site.integration.business_units)
    unique = {record.source_id: record for record in records}
    if not units or flow.resource == FlowName.SUPPLIERS:
        return list(unique.values())
    if any(_unit(record) is None for record in unique.values()) and _takes_the_rest(site):
        units.add(None)
    foreign = [record for record in unique.values() if _unit(record) not in units]
    _leave_to_others(flow, foreign)
    left_out = {record.source_id for record in foreign}
    return [record for key, record in unique.items() if key not in left_out]


def needing_detail(site: Site, flow: Flow, entries: Sequence[Entry]) -> list[Entry]:
    """Return the rows of a list that must be fetched; one that names another integration's unit is
    set apart unread. A row whose unit changes has a new version, so that it is judged again."""
    units = set(site.integration.business_units)
    if not units or flow.resource == FlowName.SUPPLIERS:
        return list(entries)
    foreign = [entry for entry in entries if entry.business_unit not in {None, *units}]
    _leave_to_others(flow, foreign)
    left_out = {entry.source_id for entry in foreign}
    return [entry for entry in entries if entry.source_id not in left_out]


def _leave_to_others(flow: Flow, foreign: Sequence[Record | Entry]) -> None:
    Elsewhere.objects.bulk_create(
        [
            Elsewhere(
                tenant_id=flow.tenant_id,
                flow=flow,
                source_id=one.source_id,
                version=one.version,
            )
            for one in foreign
        ],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["flow", "source_id"],
        update_fields=["version"],
    )


def _takes_the_rest(site: Site) -> bool:
    """Whether what names no unit is this integration's: of several on one source the first has it,
    so that it is booked in one company and lost in none."""
    sharing = Integration.objects.filter(source=site.integration.source_id)
    first = sharing.order_by("created_at", "pk").values_list("pk", flat=True)[0]
    return bool(first == site.integration.pk)


def _unit(record: Record) -> str | None:
    return record.document.business_unit if record.document else None


def _existing(site: Site, flow: Flow, records: Sequence[Record]) -> dict[str, Document]:
    rows = Document.objects.select_for_update().filter(
        integration=site.integration,
        flow_name=flow.resource,
        source_id__in=[record.source_id for record in records],
    )
    return {document.source_id: document for document in rows}


def _version_numbers(documents: Iterable[Document]) -> dict[UUID, int]:
    rows = Version.objects.filter(document__in=list(documents)).order_by().values("document")
    return {row["document"]: row["last"] for row in rows.annotate(last=Max("number"))}


@dataclass(slots=True)
class _Block:
    """What one block of records comes to, before it is stored."""

    site: Site
    flow: Flow
    numbers: Mapping[UUID, int]  # of each document's last version
    now: datetime
    new: list[Document] = field(default_factory=list)
    changed: list[Document] = field(default_factory=list)
    unchanged: list[Document] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)

    def sort_in(self, record: Record, document: Document | None) -> None:
        """Add a record to what is new, changed or unchanged, with a version where it says more."""
        content = codec.dump(record.document) if record.document else None
        meaning = fingerprint(content) if content else digest(codec.dump(record.payload))
        if document is None:
            document = self._first_seen(record)
            self.new.append(document)
        elif document.fingerprint == meaning:
            document.source_version, document.modified_at = record.version, record.modified_at
            self.unchanged.append(document)
            return
        else:
            self.changed.append(document)
        version = self._version(document, record, content, meaning)
        self.versions.append(version)
        document.source_version, document.changed_at = record.version, self.now
        if not _supersedes(document, record):
            return  # an older revision that arrived late is in the trail and changes nothing
        document.version, document.fingerprint = version.number, meaning
        document.modified_at, document.state = record.modified_at, DocumentState.RECEIVED
        _describe(document, self.flow, record)

    def _first_seen(self, record: Record) -> Document:
        return Document(
            tenant_id=self.site.tenant_id,
            integration=self.site.integration,
            flow_name=self.flow.resource,
            source_id=record.source_id,
            first_seen_at=self.now,
        )

    def _version(self, document: Document, record: Record, content: Any, meaning: str) -> Version:
        return Version(
            tenant_id=self.site.tenant_id,
            document=document,
            number=self.numbers.get(document.pk, 0) + 1,
            source_version=record.version,
            modified_at=record.modified_at,
            payload=dict(record.payload),
            content=content,
            problems=codec.dump(record.problems),
            fingerprint=meaning,
            received_at=self.now,
        )

    def store(self) -> None:
        Document.objects.bulk_create(self.new, batch_size=500)
        update_rows(self.changed, [*_RECEIVED_FIELDS, "revision"])
        update_rows(self.unchanged, ["source_version", "modified_at"])
        Version.objects.bulk_create(self.versions, batch_size=500)


def _supersedes(document: Document, record: Record) -> bool:
    """Orders go by their revision number, whatever the order of arrival."""
    revision = getattr(record.document, "revision", None)
    if None not in (revision, document.revision) and revision < document.revision:
        return False
    document.revision = revision
    return True


def _describe(document: Document, flow: Flow, record: Record) -> None:
    """Copy what people search by from the document in our words to its row."""
    source: SourceDocument | None = record.document
    document.resource = _RESOURCE[FlowName(flow.resource)]
    if source is None:
        document.reference = document.reference or record.source_id
        return
    document.business_unit = source.business_unit or ""
    document.reference = source.reference[:200]
    if isinstance(source, Supplier):
        _describe_supplier(document, source)
    elif isinstance(source, PurchaseOrder):
        _describe_order(document, source)
    elif isinstance(source, Invoice):
        _describe_invoice(document, source)


def _describe_supplier(document: Document, source: Supplier) -> None:
    document.reference = source.erp_number or source.reference
    document.supplier_source_id = source.source_id
    document.supplier_erp_number = source.erp_number or ""
    document.supplier_name = source.name[:250]
    document.parent_source_id = source.parent_source_id or ""
    document.blocked_because = _blocked_because(source)
    document.currency = source.currency or ""


def _blocked_because(source: Supplier) -> str:
    """Say why documents of a supplier must not be booked, "" when they may."""
    if not source.active or source.readiness is Readiness.CANCELLED:
        return "inactive at the source"
    if not source.approved or source.readiness is Readiness.WAITING:
        return "not approved for the ledger at the source"
    return ""


def _describe_order(document: Document, source: PurchaseOrder) -> None:
    keys = order_reference_keys(source.reference)
    document.reference_key, document.reference_digits = keys.strict[:200], keys.loose[:200]
    document.alternate_key = order_reference_keys(source.alternate_reference).strict[:200]
    _describe_party(document, source)
    document.amount = source.total
    if document.amount is None:
        document.amount = sum(line.amount for line in source.lines if not line.cancelled)
    document.document_date = source.order_date


def _describe_invoice(document: Document, source: Invoice) -> None:
    document.resource = source.resource
    document.supplier_reference = (source.supplier_number or "")[:200]
    document.number_key = invoice_number_key(source.supplier_number)[:200]
    document.number_loose_key = loose_number_key(source.supplier_number)[:200]
    document.credited_key = invoice_number_key(source.credited_number)[:200]
    _describe_party(document, source)
    document.amount = source.total
    document.document_date = source.document_date


def _describe_party(document: Document, source: PurchaseOrder | Invoice) -> None:
    document.supplier_source_id = source.supplier.source_id or ""
    document.supplier_erp_number = source.supplier.erp_number or ""
    document.supplier_name = (source.supplier.name or "")[:250]
    document.currency = source.currency or ""


def _tell(run: Run, block: _Block) -> None:
    versions = {version.document_id: version for version in block.versions}
    for action, documents in (
        ("document.received", block.new),
        ("document.changed", block.changed),
    ):
        for document in documents:
            version = versions[document.pk]
            tell(
                action,
                target=document,
                document=document.pk,
                run=run.pk,
                facts={"version": version.number, "content": version.fingerprint},
            )
