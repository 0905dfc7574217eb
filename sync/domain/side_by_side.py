"""A document of ours beside what stands in the ledger under its key, field by field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sync.domain.senses import Sense

_KNOWN = {
    "vendornumber": "vendor",
    "buyfromvendorno": "vendor",
    "paytovendornumber": "paid to",
    "paytovendorno": "paid to",
    "vendorinvoicenumber": "supplier's invoice number",
    "vendorinvoiceno": "supplier's invoice number",
    "vendorcreditmemonumber": "supplier's credit note number",
    "vendorcrmemono": "supplier's credit note number",
    "vendororderno": "JAGGAER's order number",
    "yourreference": "JAGGAER's number",
    "invoicedate": "invoice date",
    "creditmemodate": "credit note date",
    "documentdate": "document date",
    "currencycode": "currency",
    "pricesincludetax": "prices with tax",
    "pricesincludingvat": "prices with tax",
    "paymenttermscode": "payment terms",
    "shortcutdimension1code": "first dimension",
    "shortcutdimension2code": "second dimension",
    "number": "number in the ledger",
    "no": "number in the ledger",
    "totalamountincludingtax": "total with tax",
    "amountincludingvat": "total with tax",
}
_KNOWN_IN_LINES = {
    "linetype": "kind of line",
    "type": "kind of line",
    "lineobjectnumber": "account",
    "no": "account",
    "accountnumber": "account",
    "accountno": "account",
    "accounttype": "kind of account",
    "description": "text",
    "unitcost": "price",
    "directunitcost": "price",
    "unitofmeasurecode": "unit",
    "taxcode": "tax code",
    "balancingaccountnumber": "balancing account",
    "balaccountno": "balancing account",
    "externaldocumentnumber": "supplier's number",
    "externaldocumentno": "supplier's number",
}
_AMOUNTS = {
    "unitcost",
    "directunitcost",
    "totalamountincludingtax",
    "amountincludingvat",
    "amount",
    "debitamount",
    "creditamount",
    "discountamount",
    "linediscountamount",
}
_SHOWN_OF_THEIRS = ("number", "status", "totalAmountIncludingTax")
_ODD = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NOT_SHOWN = re.compile(r"(Id|^id|^sequence|^@.*)$")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: what we wanted to write, and what each document there has."""

    name: str
    ours: str
    theirs: tuple[str, ...]
    differs: bool = False

    @property
    def label(self) -> str:
        """The field's name as people read it: `unitCost` -> `Price`."""
        return label(self.name)

    @property
    def sense(self) -> Sense:
        return sense(self.name)


def compare(
    ours: Mapping[str, Any], theirs: Sequence[Mapping[str, Any]], differing: Sequence[str]
) -> list[Field]:
    """Return what differs, then all else we wanted to write, then what identifies those documents.

    `ours` and `theirs` are bodies in the ledger's own words, lines nested; `differing` names what
    the ledger's own equality finds different, e.g. `dueDate` or `lines[2].unitCost`.
    """
    wanted = dict(_flat(ours))
    found = [dict(_flat(one)) for one in theirs]
    whole_lines = "lines" in differing
    fields = [
        _field(name, value, found, name in differing or (whole_lines and name.startswith("lines[")))
        for name, value in wanted.items()
    ]
    if whole_lines:
        more = sorted({name for one in found for name in one if name.startswith("lines[")})
        names = {name.partition(".")[2] for name in wanted if name.startswith("lines[")}
        fields += [
            _field(name, "", found, True)
            for name in more
            if name not in wanted and name.partition(".")[2] in names
        ]
    fields.sort(key=lambda field: not field.differs)
    rest = [name for name in _SHOWN_OF_THEIRS if name not in wanted]
    return fields + [
        _field(name, "", found, name in differing)
        for name in rest
        if any(one.get(name) for one in found)
    ]


def label(name: str) -> str:
    """Name a field at the beginning of a line: `Line 2: price`."""
    words = in_words(name)
    return words[:1].upper() + words[1:]


def in_words(name: str) -> str:
    """Name a field of the ledger as a clerk does, in either dialect: `lines[2].unitCost` and
    `lines[2].Direct_Unit_Cost` -> `line 2: price`. One that is not known is spelled out."""
    place, _, inner = name.rpartition(".")
    known = _KNOWN_IN_LINES.get(_folded(inner)) if place else None
    words = known or _KNOWN.get(_folded(inner)) or _spelled(inner)
    return f"line {place.strip('lines[]')}: {words}" if place else words


def sense(name: str) -> Sense:
    """Say how a field's value is written for people."""
    inner = _folded(name.rpartition(".")[2])
    if inner.endswith("date"):
        return Sense.DAY
    if inner == "currencycode":
        return Sense.CURRENCY
    return Sense.AMOUNT if inner in _AMOUNTS else Sense.TEXT


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


def _spelled(name: str) -> str:
    """`prepaymentPercent` and `Prepayment_Percent` -> `prepayment percent`."""
    words = re.sub(r"([a-z])([A-Z0-9])", r"\1 \2", name.replace("_", " "))
    return re.sub(r"(\d)([A-Za-z])", r"\1 \2", words).lower()


def _field(name: str, ours: str, found: Sequence[Mapping[str, str]], may_differ: bool) -> Field:
    theirs = tuple(one.get(name, "") for one in found)
    return Field(name, ours, theirs, may_differ and any(value != ours for value in theirs))


def _flat(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield names and texts; the rows of the one nested list as `lines[1].name`."""
    nested: list[Any] = []
    for name, value in body.items():
        if isinstance(value, list):
            nested = nested or value
        elif not isinstance(value, Mapping) and not _NOT_SHOWN.search(name):
            yield name, _text(value)
    rows = [row for row in nested if isinstance(row, Mapping)]
    if all("sequence" in row for row in rows):
        rows.sort(key=lambda row: int(row["sequence"]))
    for place, row in enumerate(rows, start=1):
        for name, value in row.items():
            if not isinstance(value, list | Mapping) and not _NOT_SHOWN.search(name):
                yield f"lines[{place}].{name}", _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = _ODD.sub(lambda found: chr(int(found[1], 16)), str(value)).strip()
    if re.fullmatch(r"-?\d+\.\d+", text):
        text = _plain(text)
    return "" if text == "0001-01-01" else text


def _plain(text: str) -> str:
    try:
        return format(Decimal(text).normalize(), "f")
    except InvalidOperation:
        return text
