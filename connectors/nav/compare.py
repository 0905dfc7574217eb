"""Does a record at NAV say what we wanted to write? Pure, field by field, in NAV's own equality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.errors import UnexpectedAnswer
from connectors.nav import odata
from connectors.nav.texts import clean


@dataclass(frozen=True, slots=True)
class Names:
    """Which of a dialect's properties compare in which way; all others are codes."""

    decimals: frozenset[str]
    dates: frozenset[str]
    options: frozenset[str]
    texts: frozenset[str]
    currency: str
    not_compared: frozenset[str]

    def differing(
        self, wanted: Mapping[str, Any], found: Mapping[str, Any], local_currency: str = ""
    ) -> list[str]:
        """Return the names of the properties of `wanted` that the record does not have so.

        Nested lines are left out; ids that we only look up and places are not compared.
        """
        return [
            name
            for name, value in wanted.items()
            if name not in self.not_compared
            and not isinstance(value, list)
            and not self.same(name, value, found.get(name), local_currency)
        ]

    def same(self, name: str, wanted: Any, found: Any, local_currency: str = "") -> bool:
        if name in self.decimals:
            return _number(wanted) == _number(found)
        if name in self.dates:
            return _day(wanted) == _day(found)
        if name in self.options:
            return odata.decode_enum(wanted) == odata.decode_enum(found)
        if isinstance(wanted, bool):
            return wanted is found
        if name in self.texts:
            return clean(str(wanted or "")) == clean(str(found or ""))
        ours, theirs = odata.key(str(wanted or "")), odata.key(str(found or ""))
        if name == self.currency:
            blank = ("", odata.code(local_currency))
            return ours == theirs or (ours in blank and theirs in blank)
        return ours == theirs


_API = Names(
    decimals=odata.DECIMAL_PROPERTIES,
    dates=frozenset({"postingDate", "orderDate", "invoiceDate", "creditMemoDate", "dueDate"}),
    options=frozenset({"lineType", "accountType", "blocked"}),
    texts=frozenset(
        {
            "description", "comment", "displayName", "addressLine1", "addressLine2", "city",
            "state", "phoneNumber", "email", "website", "taxRegistrationNumber",
        }
    ),
    currency="currencyCode",
    not_compared=frozenset({"paymentTermsId", "sequence", "lineNumber"}),
)  # fmt: skip


def differences(
    wanted: Mapping[str, Any], found: Mapping[str, Any], *, local_currency: str = ""
) -> list[str]:
    """Return the names of the properties of `wanted` that a record of API v2.0 has otherwise."""
    return _API.differing(wanted, found, local_currency)


def both_values(
    wanted: Mapping[str, Any],
    found: Mapping[str, Any],
    *,
    prefix: str = "",
    local_currency: str = "",
) -> list[tuple[str, str, str]]:
    """Return (name, wanted, found) of the properties that differ, as text."""
    names = differences(wanted, found, local_currency=local_currency)
    return [(prefix + name, spoken(wanted[name]), spoken(found.get(name))) for name in names]


def spoken(value: Any) -> str:
    """Return a value as people read it."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return odata.decode_enum(value) if isinstance(value, str) else str(value or "")


def line_differences(
    wanted: Sequence[Mapping[str, Any]],
    found: Sequence[Mapping[str, Any]],
    *,
    more_allowed: bool = False,
) -> list[str]:
    """Return `lines` when their number differs, else names like `lines[2].unitCost` (from 1).

    `more_allowed` is for posted documents: NAV adds lines of its own, e.g. for rounding.
    """
    if len(found) < len(wanted) or (len(found) > len(wanted) and not more_allowed):
        return ["lines"]
    return [
        f"lines[{place}].{name}"
        for place, (ours, theirs) in enumerate(zip(wanted, found, strict=False), start=1)
        for name in differences(ours, theirs)
    ]


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _day(value: Any) -> Any:
    try:
        return odata.parse_date(value)
    except UnexpectedAnswer:
        return value


def in_sequence(lines: Any) -> list[Mapping[str, Any]]:
    """Return the lines of a document in their order; empty where the record shows none."""
    rows = [line for line in lines or () if isinstance(line, Mapping)]
    return sorted(rows, key=lambda line: int(line.get("sequence") or 0))


def dimension_changes(
    wanted: Mapping[str, str], current: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str, Mapping[str, Any] | None]]:
    """Return (code, value, row to change or None to add) for what a line does not have yet."""
    have = {odata.code(str(row.get("code", ""))): row for row in current}
    return [
        (name, value, have.get(name))
        for name, value in wanted.items()
        if name not in have or odata.code(str(have[name].get("valueCode", ""))) != value
    ]
