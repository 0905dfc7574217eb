"""What every entity set does alike, and where sets that differ say so.

A set's rules answer five questions: what is shown, what a parent is needed for, how one property
is validated, what an insert or change completes, and what a deletion checks. Bound actions stand
in `registry`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from connectors.nav.sandbox.catalogue import Link, entity_sets
from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.errors import NavError, no_relation
from connectors.nav.sandbox.odata_filter import Node
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.switches import Switches
from connectors.nav.sandbox.values import NO_ID

Computed = Callable[[Company, Record], Any]


@dataclass
class Call:
    """One operation on one company's books; `deep` holds headers whose totals are put off."""

    company: Company
    switches: Switches
    root: str = ""
    deep: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Parent:
    """The record a child path goes through, and the link that leads to the child."""

    set_name: str
    record: Record
    link: Link


@dataclass
class Draft:
    """A record being written: `old` before (None on create), `seen` the values sent so far."""

    record: Record
    old: Record | None = None
    parent: Parent | None = None
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def creating(self) -> bool:
        """Say whether this is an insert."""
        return self.old is None


class Rules:
    """The rules of a plain set: a code that must be unique, nothing else."""

    computed: ClassVar[dict[str, Computed]] = {}
    unique: ClassVar[str] = "code"
    table: ClassVar[str] = ""
    linked: ClassVar[Callable[[Link], Rules] | None] = None

    def __init__(self, set_name: str) -> None:
        self.set_name = set_name
        self.entity_set = entity_sets()[set_name]

    def shown(self, company: Company, record: Record, name: str) -> Any:
        """Return one property as clients see it."""
        compute = self.computed.get(name)
        return compute(company, record) if compute else record[name]

    def stored_name(self, name: str) -> str | None:
        """Return the field a property is stored in as it is shown; None if it is computed."""
        return None if name in self.computed else name

    def is_visible(self, company: Company, record: Record) -> bool:
        """Say whether the API lists this record."""
        return True

    def require_parent(self, parent: Parent | None, node: Node) -> None:
        """Refuse a list that needs a parent and has none."""

    def rows_under(self, company: Company, parent: Parent) -> list[Record]:
        """Return the records that a navigation property leads to."""
        value = parent.record[parent.link.own]
        if value in (NO_ID, ""):
            return []
        rows = company.find(self.set_name, parent.link.other, value)
        return [row for row in rows if self.is_visible(company, row)]

    def one(self, call: Call, key: str, parent: Parent | None) -> Record | None:
        """Return the record with that key (below the parent where one is given), or None."""
        record = call.company.get(self.set_name, key)
        if record is None or not self.is_visible(call.company, record):
            return None
        if parent and record[parent.link.other] != parent.record[parent.link.own]:
            return None
        return record

    def begin(self, call: Call, draft: Draft) -> None:
        """Check what must hold before any property is looked at."""
        if draft.parent and draft.creating:
            draft.record[draft.parent.link.other] = draft.parent.record[draft.parent.link.own]

    def assign(self, call: Call, draft: Draft, name: str, value: Any) -> None:
        """Validate one sent property and set it, with all that follows from it."""
        draft.record[name] = value

    def complete(self, call: Call, draft: Draft) -> None:
        """Fill in defaults and check what needs the whole record."""
        self.refuse_duplicate(call, draft)

    def store(self, call: Call, draft: Draft) -> Record:
        """Write the record; return it as stored."""
        return call.company.put(self.set_name, draft.record)

    def finish(self, call: Call, record: Record) -> None:
        """Do what follows from a write, once nested children are in."""

    def delete(self, call: Call, record: Record) -> None:
        """Check and delete."""
        call.company.delete(self.set_name, record)

    def refuse_duplicate(self, call: Call, draft: Draft) -> None:
        """Refuse a second record with the same business key."""
        value = draft.record.get(self.unique)
        if not value or (draft.old and draft.old.get(self.unique) == value):
            return
        if call.company.find(self.set_name, self.unique, value):
            caption = self.table or self.entity_set.type
            raise NavError(
                call.switches.duplicate_key_status,
                "Internal_EntityWithSameKeyExists",
                f"The record in table {caption} already exists. "
                f"Identification fields and values: {self.unique}='{value}'",
            )


def related(
    company: Company, set_name: str, code: str, *, field: str, table: str, title: str
) -> Record | None:
    """Return the record a code names; None for a blank code, NavError for an unknown one."""
    if not code:
        return None
    key = "number" if set_name in ("vendors", "accounts", "items") else "code"
    found = company.first(set_name, key, code)
    if found is None:
        raise no_relation(field, table, code, title)
    return found
