"""Controls of a published page: reading their definitions, showing and setting their values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from connectors.nav.sandbox.catalogue import EntitySet, Field, Link, enum_members
from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.documents import KIND_OF_LINES
from connectors.nav.sandbox.pages.definitions import PAGES, Page
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.reference_rules import global_dimension
from connectors.nav.sandbox.values import BLANK, NO_ID, decode_member, empty, plain

_KIND = re.compile(r"^(Dt|S|D|I|B|N|O:)(.*)$")


def _captions(enum: str) -> dict[str, str]:
    return {decode_member(member): member for member in enum_members()[enum]}


# Option captions as the page shows them -> values as records keep them.
OPTIONS: dict[str, dict[str, str]] = {
    "documentStatus": {
        "Open": "Draft", "Released": "Open", "Pending Approval": "In_x0020_Review",
    },
    "lineType": {
        " ": "Comment", "G/L Account": "Account", "Item": "Item",
        "Fixed Asset": "Fixed_x0020_Asset", "Charge (Item)": "Charge",
    },
    "documentType": _captions("genJournalDocumentType"),
    "accountType": _captions("genJournalAccountType"),
    "blocked": _captions("vendorBlocked"),
    "category": _captions("glAccountCategory"),
    "glAccountType": _captions("glAccountType"),
}  # fmt: skip


@dataclass(frozen=True)
class Control:
    """One property of a page: `field` as the protocol sees it, `source` as in `definitions`."""

    field: Field
    source: str
    option: str
    is_key: bool

    @property
    def stored(self) -> str | None:
        """Return the record's field if it is shown unchanged, else None."""
        return None if self.option or self.source[0] in "@=!" or ">" in self.source else self.source

    def shown(self, company: Company, record: Record) -> Any:
        """Return the value as clients see it."""
        source = self.source
        if source[0] == "=":
            return source[1:].replace("_", " ")
        if source[0] == "!":
            return _COMPUTED[source[1:]](company, record)
        if source[0] == "@":
            code = global_dimension(company, int(source[1:]) - 1)
            return record.get("dims", {}).get(code, "")
        if ">" in source:
            name, target = source.split(">")
            found = company.get(target, record.get(name, NO_ID))
            return found["code"] if found else ""
        value = record.get(source, empty(self.field))
        return self._caption(value) if self.option else value

    def _caption(self, value: str) -> str:
        captions = {stored: caption for caption, stored in OPTIONS[self.option].items()}
        return captions.get(value or BLANK, decode_member(value or BLANK))


@dataclass(frozen=True)
class Service:
    """One published page: its name, its page, its controls, and its lines if it has a part."""

    name: str
    page: Page
    controls: dict[str, Control]
    entity_set: EntitySet
    lines: str = ""


def services(
    published: dict[str, int], name_length: int, hidden: Iterable[str] = ()
) -> dict[str, Service]:
    """Return the services of an instance by name, subforms as '<service><part>' among them.

    `hidden` names controls that its pages do not have, as "<service>.<control>".
    """
    hidden = frozenset(hidden)
    found: dict[str, Service] = {}
    for name, number in published.items():
        page = PAGES.get(number)
        if page is None:
            continue
        service = _service(name, page, name_length, hidden)
        if page.part:
            control, subform = page.part
            lines = f"{name}{control}"
            found[lines] = _service(lines, PAGES[subform], name_length, hidden)
            service = _with_lines(service, lines)
        found[name] = service
    return found


def _service(name: str, page: Page, name_length: int, hidden: frozenset[str]) -> Service:
    all_controls = _controls(page.number, name_length)
    controls = {n: each for n, each in all_controls.items() if f"{name}.{n}" not in hidden}
    keys = [control.field.name for control in controls.values() if control.is_key]
    entity_set = EntitySet(
        name=name,
        type=name,
        key=keys[-1],
        methods=frozenset(page.methods),
        actions=(),
        webhook=False,
        fields={n: control.field for n, control in controls.items()},
        links={},
        order=keys[-1],
    )
    return Service(name, page, controls, entity_set)


def _with_lines(service: Service, lines: str) -> Service:
    link = Link(lines, lines, True, "id", "documentId", "subpage")
    entity_set = replace(service.entity_set, links={lines: link})
    return replace(service, entity_set=entity_set, lines=lines)


@cache
def _controls(number: int, name_length: int) -> dict[str, Control]:
    rows = (line.split() for line in PAGES[number].controls.splitlines() if line.strip())
    return {row[0]: _control(*row, name_length=name_length) for row in rows}


def _control(name: str, source: str, kind: str, flags: str, *, name_length: int) -> Control:
    found = _KIND.match(kind)
    letter, rest = (found[1], found[2]) if found else ("S", "")
    option = rest if letter == "O:" else ""
    length = name_length if letter == "N" else int(rest or 0) if letter == "S" else 0
    field = Field(
        name=name,
        kind="S" if letter in ("N", "O:") else letter,
        length=length,
        read_only="w" not in flags,
        is_code="c" in flags,
        not_null="k" in flags,
    )
    return Control(field, source, option, "k" in flags)


def _document_no(company: Company, line: Record) -> str:
    for kind in KIND_OF_LINES.values():
        header = company.get(kind.headers, line["documentId"])
        if header:
            return header["number"]
    return ""


def _journal(company: Company, line: Record) -> Record:
    blank = {"code": "", "templateDisplayName": ""}
    return company.get("journals", line["journalId"]) or blank


def _dimension_code(company: Company, value: Record) -> str:
    dimension = company.get("dimensions", value["dimensionId"])
    return dimension["code"] if dimension else ""


_COMPUTED: dict[str, Callable[[Company, Record], Any]] = {
    "document_no": _document_no,
    "template": lambda company, line: _journal(company, line)["templateDisplayName"],
    "batch": lambda company, line: _journal(company, line)["code"],
    "dimension_code": _dimension_code,
    "balance": lambda company, card: plain(-company.total("vendor", card["number"])),
    "net_change": lambda company, card: company.total("account", card["number"]),
    "cancelled": lambda company, record: record["status"] == "Canceled",
    "blocked": lambda company, record: bool(record.get("blocked")),
    "posting_from": lambda company, _: company.setup["allowPostingFrom"],
    "posting_to": lambda company, _: company.setup["allowPostingTo"],
    "local_currency": lambda company, _: company.setup["localCurrency"],
    "entry_amount": lambda _, entry: entry["debitAmount"] - entry["creditAmount"],
    **{
        f"dimension_{n}": lambda company, _, place=n - 1: global_dimension(company, place)
        for n in range(1, 9)
    },
}
