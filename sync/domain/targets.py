"""Whether the target of a mapping can be used in the ledger, in words where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from connectors.documents import ReferenceKind
from sync.domain import mapping


class Item(Protocol):
    """A row of reference data, wherever it is kept."""

    usable: bool
    why_not: str


Lookup = Callable[[ReferenceKind, str], Item | None]

_REFERENCE = {
    mapping.LEDGER_ACCOUNT: ReferenceKind.LEDGER_ACCOUNTS,
    mapping.SUPPLIER: ReferenceKind.SUPPLIERS,
    mapping.PAYMENT_TERMS: ReferenceKind.PAYMENT_TERMS,
    mapping.CURRENCY: ReferenceKind.CURRENCIES,
    mapping.UNIT_OF_MEASURE: ReferenceKind.UNITS_OF_MEASURE,
    mapping.TAX: ReferenceKind.TAX_CODES,
}
_NAMES = {
    ReferenceKind.LEDGER_ACCOUNTS: "account",
    ReferenceKind.SUPPLIERS: "vendor",
    ReferenceKind.PAYMENT_TERMS: "payment terms code",
    ReferenceKind.CURRENCIES: "currency",
    ReferenceKind.UNITS_OF_MEASURE: "unit of measure",
    ReferenceKind.TAX_CODES: "tax code",
    ReferenceKind.DIMENSION_VALUES: "dimension value",
}


def reference_kind(kind: str) -> ReferenceKind:
    """Name the reference data that targets of a mapping kind come from.

    Cost centers and every further coding segment aim at `DIMENSION/VALUE`.
    """
    return _REFERENCE.get(kind, ReferenceKind.DIMENSION_VALUES)


def problem_with(
    kind: str,
    target: str,
    find: Lookup,
    *,
    local_currency: str | None = "",
    published: frozenset[ReferenceKind] = frozenset(ReferenceKind),
) -> str:
    """Say why `target` cannot be used, "" when it can.

    Kinds that this ledger does not publish (tax codes, often) cannot be checked and pass; so does
    a currency code that may be the local one, as long as nobody knows that (None).
    """
    wanted = reference_kind(kind)
    if not target.strip():
        return "The target is empty."
    if kind == mapping.CURRENCY and target == local_currency:
        return ""
    if wanted is ReferenceKind.DIMENSION_VALUES and mapping.split_dimension(target) is None:
        return f"{target} is not of the form DIMENSION/VALUE."
    if wanted not in published:
        return ""
    item = find(wanted, target)
    if item is None and kind == mapping.CURRENCY and local_currency is None and _is_iso(target):
        return ""
    if item is None:
        return f"The {_NAMES[wanted]} {target} does not exist in the ledger."
    return "" if item.usable else (item.why_not or f"{target} cannot be used.")


def _is_iso(currency: str) -> bool:
    return len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()
