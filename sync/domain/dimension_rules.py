"""What the ledger wants of a document's dimensions, as far as its API shows it (NAV contract 4.5).

A vendor's card may ask for a dimension with any value, for one value, or for none; posting compares
that with the dimensions of the document's head. The head has a global dimension on which all lines
agree, else what the vendor brings along. Rules of accounts are not shown: the first refusal teaches
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.documents import LedgerInvoice
from sync.domain.reasons import Reason, reason


class Demand(StrEnum):
    """How a dimension is asked for."""

    MANDATORY = "mandatory"
    SAME = "same"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class DimensionRule:
    """One dimension of a vendor's card: `value` is what documents get from there."""

    dimension: str
    value: str
    demand: Demand


def objections(
    invoice: LedgerInvoice, rules: Iterable[DimensionRule], shared: Sequence[str]
) -> list[Reason]:
    """Say which rules a document would break; `shared` are the dimensions that its head takes from
    its lines."""
    vendor = invoice.pay_to_vendor_number or invoice.vendor_number
    found = []
    for rule in rules:
        value = _of_lines(invoice, rule.dimension) if rule.dimension in shared else ""
        value = value or rule.value
        wrong = {
            Demand.MANDATORY: not value,
            Demand.SAME: value != rule.value,
            Demand.NONE: bool(value),
        }[rule.demand]
        if wrong:
            found.append(
                reason(
                    f"ledger_refused/dimension_{rule.demand}",
                    vendor=vendor,
                    dimension=rule.dimension,
                    wanted=rule.value,
                    value=value or "no value",
                    accounts=sorted({line.account for line in invoice.lines if line.account}),
                )
            )
    return found


def _of_lines(invoice: LedgerInvoice, dimension: str) -> str:
    """Return the value on which all lines agree."""
    values = {line.dimensions.get(dimension, "") for line in invoice.lines if line.account}
    return values.pop() if len(values) == 1 else ""
