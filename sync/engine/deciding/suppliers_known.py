"""Who the suppliers that documents name are: one directory for a block of documents.

A document names its supplier by the source's id, by the ledger's vendor number as the source knows
it, or both. The vendor is found by an explicit mapping, by the number that the source
has for the document's business unit, by the link of the supplier we wrote, or by the number itself
among the ledger's vendors, in this order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import F

from connectors.documents import ReferenceKind, SupplierRef
from sync.domain.mapping import SUPPLIER
from sync.matching.context import SupplierView
from sync.matching.kinship import Lineage, Member
from sync.models import (
    Document,
    DocumentState,
    FlowName,
    Integration,
    LedgerItem,
    Link,
    MappingEntry,
    Version,
)

_MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Known:
    """What we hold of one supplier; `document` is None where it was never received."""

    view: SupplierView | None
    document: Document | None = None
    vendor_id: str | None = None  # the ledger's own id
    paid_by_card: str = ""  # the pay-to vendor on the vendor's card, where it can be seen


@dataclass
class SupplierDirectory:
    """Suppliers of one integration, loaded with a fixed number of queries."""

    by_source_id: dict[str, Document] = field(default_factory=dict)
    by_number: dict[str, Document] = field(default_factory=dict)
    links: dict[object, Link] = field(default_factory=dict)
    mapped: dict[str, str] = field(default_factory=dict)
    vendors: dict[str, LedgerItem] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)  # source id -> source id
    numbers: dict[str, str] = field(default_factory=dict)  # source id -> vendor number
    names: dict[str, str] = field(default_factory=dict)  # source id -> name, of family members
    # Supplier -> business unit -> vendor number, where the source has one for each.
    by_unit: dict[UUID, Mapping[str, str]] = field(default_factory=dict)

    def find(self, ref: SupplierRef, unit: str = "") -> Known:
        """Return what is known of the supplier that a document of a business unit names; `view`
        None: nothing at all."""
        document = self._document(ref)
        item = self._vendor(ref, document, unit)
        if document is None and item is None:
            return Known(None)
        key = self.key(ref.source_id, ref.erp_number)
        view = SupplierView(
            key=key,
            name=(document.supplier_name if document else item.name) or ref.name or "",
            source_id=document.source_id if document else ref.source_id,
            erp_number=ref.erp_number or (document.supplier_erp_number if document else None),
            vendor_number=item.code if item else None,
            family=self.family(ref.source_id, ref.erp_number),
            blocked_because=_blocked_because(document, item),
            payment_hold=_blocks(item, "payment"),
            held_by=_held_by(document, item),
            lineage=self.lineage(ref.source_id, ref.erp_number),
        )
        return Known(view, document, item.remote_id if item else None, _on_card(document, item))

    def parent_vendor(self, document: Document) -> str | None:
        """Return the vendor number of a supplier's parent, None where it has none in the ledger."""
        if not document.parent_source_id:
            return None
        number = self.numbers.get(document.parent_source_id)
        ref = SupplierRef(source_id=document.parent_source_id, erp_number=number or None)
        vendor = self._vendor(ref, self._document(ref))
        return vendor.code if vendor else None

    def key(self, source_id: str | None, erp_number: str | None) -> str:
        """Name a supplier the same way however a document names it."""
        if erp_number:
            return erp_number
        number = self.numbers.get(source_id or "")
        return number or f"id {source_id or ''}"

    def family(self, source_id: str | None, erp_number: str | None) -> str:
        """Return the key of the topmost parent, or of the vendor that its card says is paid."""
        top = self._topmost(source_id, erp_number)
        card = self.vendors.get(top)
        return ((card.attributes or {}).get("pay_to") if card else "") or top

    def _topmost(self, source_id: str | None, erp_number: str | None) -> str:
        """Return the key of the topmost parent; a cycle ends at its smallest member."""
        document = self.by_number.get(erp_number or "") or self.by_source_id.get(source_id or "")
        at = document.source_id if document else (source_id or "")
        if not document and at not in self.parents:
            return self.key(source_id, erp_number)
        seen: list[str] = []
        while at not in seen and len(seen) < _MAX_DEPTH:
            seen.append(at)
            if at not in self.parents:
                return self.key(at, self.numbers.get(at))
            at = self.parents[at]
        return self.key(min(seen), self.numbers.get(min(seen)))

    def lineage(self, source_id: str | None, erp_number: str | None) -> Lineage:
        """Return who stands above a supplier, and which vendor cards say is paid for it."""
        document = self.by_number.get(erp_number or "") or self.by_source_id.get(source_id or "")
        at = document.source_id if document else (source_id or "")
        seen = [at]
        while at in self.parents and self.parents[at] not in seen and len(seen) < _MAX_DEPTH:
            at = self.parents[at]
            seen.append(at)
        parents = tuple(self._member(each) for each in seen[1:])
        own = self.key(source_id, erp_number)
        return Lineage(parents, self._paid(parents[-1].key if parents else own) or self._paid(own))

    def _member(self, source_id: str) -> Member:
        number, name = self.numbers.get(source_id, ""), self.names.get(source_id, "")
        label = f"{number or source_id} {name}".strip()
        return Member(self.key(source_id, number), label)

    def _paid(self, number: str) -> Member | None:
        """Return the vendor that a card names to be paid in its place."""
        card = self.vendors.get(number)
        code = ((card.attributes or {}).get("pay_to") or "") if card else ""
        if not code:
            return None
        paid = self.vendors.get(code)
        return Member(code, f"{code} {paid.name if paid else ''}".strip())

    def cards_of(self, family: str) -> set[str]:
        """Return the vendor numbers of all members of a family, as far as the source knows them,
        and that of the vendor that is paid for them."""
        members = set(self.parents) | set(self.parents.values())
        cards = {
            number
            for member in members
            if self.family(member, None) == family and (number := self.numbers.get(member))
        }
        is_paid = any((c.attributes or {}).get("pay_to") == family for c in self.vendors.values())
        return cards | {family} if is_paid else cards

    def _document(self, ref: SupplierRef) -> Document | None:
        by_number = self.by_number.get(ref.erp_number or "")
        return by_number or self.by_source_id.get(ref.source_id or "")

    def _vendor(
        self, ref: SupplierRef, document: Document | None, unit: str = ""
    ) -> LedgerItem | None:
        source_ids = [document.source_id if document else None, ref.source_id]
        for source_id in filter(None, source_ids):
            if source_id in self.mapped:
                return self.vendors.get(self.mapped[source_id])
        link = self.links.get(document.pk) if document else None
        own = self.by_unit.get(document.pk, {}).get(unit, "").upper() if document else ""
        if own and own != (link.number if link else ""):
            return self.vendors.get(own)  # never another unit's vendor in its place
        if link is not None:
            return self.vendors.get(link.number) or _just_written(link)
        return self.vendors.get(ref.erp_number or "")


def supplier_directory(integration: Integration, refs: Iterable[SupplierRef]) -> SupplierDirectory:
    """Load everything about the suppliers that `refs` name: a few queries, however many they
    are."""
    refs = list(refs)
    ids = {ref.source_id for ref in refs if ref.source_id}
    numbers = {ref.erp_number for ref in refs if ref.erp_number}
    directory = SupplierDirectory()
    rows = Document.objects.filter(integration=integration, flow_name=FlowName.SUPPLIERS)
    for document in rows.filter(source_id__in=ids):
        directory.by_source_id[document.source_id] = document
    for document in rows.filter(supplier_erp_number__in=numbers):
        directory.by_number.setdefault(document.supplier_erp_number, document)
    _load_bound(directory, integration, numbers)
    _load_family(directory, rows)
    _load_parents(directory, rows)
    found = [*directory.by_source_id.values(), *directory.by_number.values()]
    directory.numbers |= {doc.source_id: doc.supplier_erp_number for doc in found}
    directory.links = {
        link.document_id: link for link in Link.objects.filter(document__in=found, kind="vendor")
    }
    entries = MappingEntry.objects.filter(
        integration=integration,
        kind=SUPPLIER,
        replaced_at__isnull=True,
        state="ok",
        source_code__in=ids | {doc.source_id for doc in found},
    )
    directory.mapped = dict(entries.values_list("source_code", "target_code"))
    codes = numbers | set(directory.mapped.values())
    codes |= {link.number for link in directory.links.values()}
    codes |= {document.supplier_erp_number for document in found}
    directory.by_unit = _numbers_by_unit(found)
    codes |= {code.upper() for numbers in directory.by_unit.values() for code in numbers.values()}
    _load_vendors(directory, integration, codes)
    return directory


def _load_vendors(
    directory: SupplierDirectory, integration: Integration, codes: Iterable[str]
) -> None:
    """Load vendor cards, and those of the vendors that are paid in their place."""
    rows = LedgerItem.objects.filter(integration=integration, kind=ReferenceKind.SUPPLIERS)
    directory.vendors = {item.code: item for item in rows.filter(code__in=list(codes))}
    paid = {(item.attributes or {}).get("pay_to") for item in directory.vendors.values()}
    missing = paid - directory.vendors.keys() - {None, ""}
    for item in rows.filter(code__in=missing) if missing else ():
        directory.vendors[item.code] = item


def _load_bound(
    directory: SupplierDirectory, integration: Integration, numbers: Iterable[str]
) -> None:
    """Load the suppliers that documents name by a number which only the ledger has for them."""
    missing = [number for number in numbers if number not in directory.by_number]
    if not missing:
        return
    links = Link.objects.filter(
        kind="vendor", number__in=missing, document__integration=integration
    ).select_related("document")
    for link in links.order_by("created_at"):
        directory.by_number.setdefault(link.number, link.document)


def _numbers_by_unit(suppliers: Iterable[Document]) -> dict[UUID, Mapping[str, str]]:
    """Return the vendor numbers that the source has for each business unit (domain rule 1b, 6)."""
    rows = Version.objects.filter(
        document__in=list(suppliers),
        number=F("document__version"),
        content__vendor_numbers__isnull=False,
    ).exclude(content__vendor_numbers={})
    return dict(rows.values_list("document_id", "content__vendor_numbers"))


def _load_family(directory: SupplierDirectory, rows) -> None:
    """Load all parent links: few suppliers have one, and a family may be several steps high."""
    related = rows.exclude(parent_source_id="").values_list("source_id", "parent_source_id")
    directory.parents = dict(related)
    members = set(directory.parents) | set(directory.parents.values())
    named = rows.filter(source_id__in=members).values_list(
        "source_id", "supplier_erp_number", "supplier_name"
    )
    for source_id, number, name in named:
        directory.numbers[source_id], directory.names[source_id] = number, name


def _load_parents(directory: SupplierDirectory, rows) -> None:
    """Load the direct parents of the suppliers that were found."""
    found = [*directory.by_source_id.values(), *directory.by_number.values()]
    wanted = {document.parent_source_id for document in found} - {""}
    for document in rows.filter(source_id__in=wanted):
        directory.by_source_id.setdefault(document.source_id, document)


def _on_card(document: Document | None, item: LedgerItem | None) -> str:
    """Return the pay-to vendor on a vendor's card: as it was read, or as it was written since."""
    shown = (item.attributes or {}).get("pay_to", "") if item else ""
    if shown or document is None or document.state != DocumentState.WRITTEN:
        return shown
    decided_at = document.decided_at  # None where a preview pretends that it was written
    is_read_since = item and item.fetched_at and decided_at and decided_at < item.fetched_at
    return "" if is_read_since else (document.match or {}).get("pay_to", "")


def _just_written(link: Link) -> LedgerItem:
    """A vendor that we created after the last reference run."""
    return LedgerItem(
        kind=ReferenceKind.SUPPLIERS, code=link.number, remote_id=link.remote_id, usable=True
    )


def _blocked_because(document: Document | None, item: LedgerItem | None) -> str:
    if _blocks(item, "all"):
        return "blocked in the ledger"
    return document.blocked_because if document else ""


def _blocks(item: LedgerItem | None, what: str) -> bool:
    return item is not None and item.attributes.get("blocked") == what


def _held_by(document: Document | None, item: LedgerItem | None) -> str:
    """Return the code of the card or of the supplier that has to change before anything goes on."""
    if item is not None and (_blocks(item, "all") or not (document and document.blocked_because)):
        return item.code
    return document.source_id if document else ""
