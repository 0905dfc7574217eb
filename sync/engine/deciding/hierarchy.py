"""A supplier's parent on the documents of the supplier, as far as the policy wants it there.

The ledger has no field for a parent (NAV contract 4.2): a dimension carries the topmost parent's
vendor number where the policy names one, and the parent is the pay-to vendor where the customer
chose that. What the source codes by itself goes before.
"""

from __future__ import annotations

from dataclasses import replace

from connectors.documents import ReferenceKind
from sync.domain.coding import Targets
from sync.domain.policy import SupplierPolicy
from sync.engine.deciding.suppliers_known import Known, SupplierDirectory
from sync.models import Integration, LedgerItem


def pay_to_vendor(policy: SupplierPolicy, known: Known, directory: SupplierDirectory) -> str | None:
    """Return the parent's vendor, where the customer chose that it is paid instead.

    None where the vendor's card names that one: a document takes it from there (NAV contract 4.2),
    and the pages of documents do not show whom it pays.
    """
    if policy.parent != "pay_to" or known.document is None:
        return None
    parent = directory.parent_vendor(known.document)
    return None if parent and known.paid_by_card == parent else parent


def with_hierarchy(
    targets: Targets, policy: SupplierPolicy, known: Known, directory: SupplierDirectory
) -> Targets:
    """Return targets whose default dimensions hold the topmost parent of the supplier.

    A child needs its parent's value: where the ledger does not have it, its documents park. A
    supplier without parent gets its own number where the ledger has a value for it.
    """
    dimension = policy.hierarchy_dimension
    if not dimension or known.view is None:
        return targets
    value = _top_number(known, directory)
    if not value:
        return targets
    has_parent = known.document is not None and bool(known.document.parent_source_id)
    if not has_parent and not _exists(targets, f"{dimension}/{value}"):
        return targets
    defaults = {**targets.default_dimensions, dimension: value}
    return replace(targets, default_dimensions=defaults)


def hierarchy_codes(integration: Integration, policy: SupplierPolicy) -> set[str]:
    """Return the values that the hierarchy dimension has in the ledger."""
    if not policy.hierarchy_dimension:
        return set()
    rows = LedgerItem.objects.filter(
        integration=integration,
        kind=ReferenceKind.DIMENSION_VALUES,
        code__startswith=f"{policy.hierarchy_dimension}/",
    )
    return set(rows.values_list("code", flat=True))


def _exists(targets: Targets, code: str) -> bool:
    return targets.find is None or targets.find(ReferenceKind.DIMENSION_VALUES, code) is not None


def _top_number(known: Known, directory: SupplierDirectory) -> str:
    family = known.view.family
    if family and not family.startswith("id "):
        return family.strip().upper()
    own = known.view.vendor_number or ""
    if known.document is None or not known.document.parent_source_id:
        return own
    return directory.parent_vendor(known.document) or ""
