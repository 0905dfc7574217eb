"""Use case around vendors that no supplier is bound to: a person says whose vendor it is."""

from __future__ import annotations

from django.db.models import Q

from sync.domain.mapping import SUPPLIER
from sync.models import Document, FlowName, Integration
from sync.services.mappings import mapping_import
from tenants.refusal import Invalid


def supplier_link(integration: Integration, *, supplier: str, vendor: str) -> Document:
    """Bind a supplier to a vendor by a mapping; returns the supplier.

    `supplier` is its id at the source, its number, or its name where only one has it. Raises
    Invalid for a supplier that is not known or has a vendor, and for a vendor that the ledger does
    not have or has blocked.
    """
    found = _supplier(integration, supplier.strip())
    link = found.links.filter(kind="vendor").first()
    if link is not None:
        words = f"{found.supplier_name or found.source_id} is vendor {link.number} already."
        raise Invalid({"supplier": [words]})
    row = {"source_code": found.source_id, "target_code": vendor}
    mapping_import(integration, kind=SUPPLIER, rows=[row])
    return found


def _supplier(integration: Integration, text: str) -> Document:
    rows = Document.objects.filter(integration=integration, flow_name=FlowName.SUPPLIERS)
    if not text:
        raise Invalid({"supplier": ["Name the supplier that this vendor is."]})
    exact = rows.filter(source_id=text).first()
    if exact is not None:
        return exact
    named = list(rows.filter(Q(reference=text) | Q(supplier_name__iexact=text))[:2])
    if not named:
        raise Invalid({"supplier": [f"No supplier has the id, number or name “{text}”."]})
    if len(named) > 1:
        raise Invalid({"supplier": [f"Several suppliers are called “{text}”: name one by its id."]})
    return named[0]
