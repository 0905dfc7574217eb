"""A received state of a document in the words of people, and what differs between two of them.

It reads what is stored of a version: the document in our words, decimals and days as text. What
only programs need (ids, versions, hashes) is left out of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sync.domain.senses import Sense

Content = Mapping[str, Any]

# What people look for at the head of a document, in this order; all else follows it.
_HEAD = {
    "reference": "number",
    "supplier.name": "supplier",
    "name": "name",
    "supplier.erp_number": "supplier's number in the ledger",
    "erp_number": "number in the ledger",
    "supplier_number": "supplier's invoice number",
    "credited_number": "credits invoice",
    "revision": "revision",
    "document_date": "document date",
    "order_date": "order date",
    "accounting_date": "accounting date",
    "posting_date": "posting date",
    "due_date": "due date",
    "terms": "payment terms",
    "currency": "currency",
    "total": "total",
    "status": "status in JAGGAER",
    "business_unit": "business unit",
}
_IN_LINES = ("description", "quantity", "unit", "unit_price", "amount", "coding")
_LABELS = _HEAD | {
    "tax1": "first tax",
    "tax2": "second tax",
    "tax_engine": "tax as JAGGAER computes it",
    "unit_price": "price",
    "order_reference": "order",
    "closed": "closed for invoices",
    "self_billed": "billed by ourselves",
    "alternate_reference": "other number",
    "catalog_number": "article",
    "commodity_code": "commodity",
    "requested_on": "wanted on",
    "registration_number": "company registration",
    "duns": "D-U-N-S number",
    "parent_source_id": "parent in JAGGAER",
    "parent_erp_number": "parent's number in the ledger",
    "old_erp_number": "former number in the ledger",
    "third_party_ref": "number at a third party",
}
_AMOUNTS = {
    *("total", "tax1", "tax2", "tax_engine", "withholding_tax", "freight", "handling"),
    *("discount", "amount", "unit_price"),
}
# Ids and marks of programs, what the page shows elsewhere, and what says the same again.
_LEFT_OUT = {
    *("_", "source_id", "version", "modified_at", "readiness", "problems", "resource", "active"),
    *("supplier", "lines", "charges", "status_words", "amount_received", "named_as", "approved"),
    *("ja_supplier_id", "addresses", "contacts", "bank_accounts", "vendor_numbers", "other_names"),
}
_TOTALS = _AMOUNTS - {"total"}  # the page adds them up below the lines


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of a version: what people call it, and what was received there."""

    name: str
    label: str
    value: str
    sense: Sense = Sense.TEXT


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs between two versions; an empty side had nothing there."""

    label: str
    before: str
    now: str
    sense: Sense = Sense.TEXT


def head(content: Content) -> list[Fact]:
    """Return what a version says of the document as a whole: no lines, and no parts of its total.

    Fields that say nothing or no are left out; those that people ask for first come first.
    """
    shown = (fact for fact in _whole(content) if fact.name not in _TOTALS)
    return [fact for fact in shown if fact.value not in ("", "no")]


def changes(before: Content, now: Content) -> list[Change]:
    """Return what differs between two versions, a line that came or went as one row."""
    found = _differing(dict(_named(_whole(before))), dict(_named(_whole(now))))
    old, new = _lines(before), _lines(now)
    for number in sorted(old.keys() | new.keys(), key=str):
        place = f"Line {number}"
        if number in old and number in new:
            found += _differing(
                dict(_named(_of_line(old[number], place))),
                dict(_named(_of_line(new[number], place))),
            )
        else:
            found.append(Change(place, _in_one(old.get(number)), _in_one(new.get(number))))
    return found


def _differing(before: Mapping[str, Fact], now: Mapping[str, Fact]) -> list[Change]:
    names = [*now, *(name for name in before if name not in now)]
    pairs = [(before.get(name), now.get(name)) for name in names]
    return [
        Change(
            label=(new or old).label,
            before=old.value if old else "",
            now=new.value if new else "",
            sense=(new or old).sense,
        )
        for old, new in pairs
        if (old.value if old else "") != (new.value if new else "")
    ]


def _named(facts: Iterable[Fact]) -> Iterator[tuple[str, Fact]]:
    return ((fact.name, fact) for fact in facts)


def _whole(content: Content) -> list[Fact]:
    order = {name: place for place, name in enumerate(_HEAD)}
    return sorted(_fields(content), key=lambda fact: order.get(fact.name, len(order)))


def _fields(content: Content) -> Iterator[Fact]:
    supplier = content.get("supplier") or {}
    for name in ("name", "erp_number"):
        if supplier.get(name):
            yield _fact(f"supplier.{name}", supplier[name])
    for name, value in content.items():
        if name not in _LEFT_OUT:
            yield _fact(name, _terms(value) if name == "terms" else value)
    words = (content.get("status_words") or {}).values()
    yield _fact("status", ", ".join(dict.fromkeys(str(word) for word in words if word)))
    for charge in content.get("charges") or ():
        called = charge.get("name") or charge["kind"]
        yield Fact(f"charge {called}", called.capitalize(), charge["amount"], Sense.AMOUNT)
    yield from _parties(content)


def _parties(content: Content) -> Iterator[Fact]:
    """A supplier's addresses, people and accounts, each as one text."""
    for number, one in enumerate(content.get("addresses") or (), start=1):
        street = [one.get(name) for name in ("name", "line1", "line2")]
        town = " ".join(filter(None, (one.get("postal_code"), one.get("city"), one.get("state"))))
        text = ", ".join(filter(None, (*street, town, one.get("country"))))
        kind = f" ({one['kind']})" if one.get("kind") else ""
        yield Fact(f"address {number}", f"Address{kind}", text)
    for number, one in enumerate(content.get("contacts") or (), start=1):
        text = ", ".join(filter(None, (one.get("name"), one.get("email"), one.get("phone"))))
        yield Fact(f"contact {number}", "Contact", text)
    for one in content.get("bank_accounts") or ():
        yield Fact(f"bank {one['digest']}", "Bank account", f"ends in {one['hint']}")
    for unit, number in (content.get("vendor_numbers") or {}).items():
        yield Fact(f"number {unit}", f"Number in the ledger for {unit}", number)


def _fact(name: str, value: Any) -> Fact:
    words = _LABELS.get(name, name.replace("_", " "))
    sense = Sense.AMOUNT if name in _AMOUNTS else Sense.TEXT
    return Fact(name, words[:1].upper() + words[1:], _text(value, sense), sense)


def _lines(content: Content) -> dict[Any, Content]:
    return {line.get("number"): line for line in content.get("lines") or ()}


def _of_line(line: Content, place: str) -> Iterator[Fact]:
    first = [name for name in _IN_LINES if name in line]
    for name in first + [name for name in line if name not in _IN_LINES]:
        value = line[name]
        if name in _LEFT_OUT or name == "number":
            continue
        one = _fact(name, _coding_text(value) if name == "coding" else value)
        yield Fact(name, f"{place}: {one.label[:1].lower()}{one.label[1:]}", one.value, one.sense)


def _in_one(line: Content | None) -> str:
    """Say a whole line in a few words."""
    if line is None:
        return ""
    names = ("quantity", "unit", "description")
    return " ".join(str(line[name]) for name in names if line.get(name))


def _coding_text(parts: Any) -> str:
    """Write the coding of a line: `OFFICE / R100`, each part of a split with its share."""
    told = []
    for part in parts or ():
        codes = " / ".join(str(code) for code in (part.get("segments") or {}).values())
        is_percent = part.get("kind") == "percent"
        share = f" ({part['share']}{' %' if is_percent else ''})" if len(parts) > 1 else ""
        told.append(f"{codes}{share}")
    return "; ".join(told)


def _terms(terms: Any) -> str:
    if not terms:
        return ""
    days = terms.get("net_days")
    said = [terms.get("code") or terms.get("kind"), f"{days} days" if days else None]
    percent, within = terms.get("discount_percent"), terms.get("discount_days")
    if percent and within:
        said.append(f"{percent} % within {within} days")
    return ", ".join(filter(None, said))


def _text(value: Any, sense: Sense) -> str:
    if value is None or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)
