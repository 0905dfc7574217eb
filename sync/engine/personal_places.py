"""Where a person's data may lie among a tenant's rows, and what becomes of it there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q

from audit.models import AuditText
from sync.domain.personal import Person, attributes_without, memory_without, supplier_without
from sync.engine.site import WRITTEN_BACK
from sync.models import (
    OPEN_STATES,
    Document,
    FlowName,
    LedgerFinding,
    LedgerItem,
    Link,
    MappingEntry,
    Outcome,
    OutgoingMail,
    Override,
    PendingFetch,
    Refusal,
    ReviewItem,
    Run,
    Version,
    Write,
)
from tenants.models import Invitation, StoredAnswer, SupportVisit

_CONTACT_WRITES = ("vendor", WRITTEN_BACK)  # contact data; every other write is what was booked
_ALL = Q()
_SUPPLIERS = Q(flow_name=FlowName.SUPPLIERS)


def _plainly(row: Any, field: str, person: Person) -> Any:
    return person.erased_from(getattr(row, field))


def _nothing(row: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Place:
    """A table whose rows may say something of a person, in these fields.

    `cleaned` returns a field without the person, `is_held` says that a row must stay as it is for
    now, `kept` names the part that stays for good though it may name the person; `is_dropped`
    deletes the row.
    """

    name: str
    model: type[Any]
    fields: tuple[str, ...]
    where: Q = _ALL
    cleaned: Callable[[Any, str, Person], Any] = _plainly
    is_held: Callable[[Any], bool] = _nothing
    kept: Callable[[Any], Any] = _nothing
    needs: tuple[str, ...] = ()
    is_dropped: bool = False

    def names(self, row: Any, person: Person) -> bool:
        return any(
            self.cleaned(row, field, person) is not getattr(row, field) for field in self.fields
        )

    def keeps(self, row: Any, person: Person) -> bool:
        return person.is_in(self.kept(row))

    def erase(self, row: Model, person: Person) -> None:
        for field in self.fields:
            fresh = self.cleaned(row, field, person)
            longest = row._meta.get_field(field).max_length
            setattr(row, field, fresh[:longest] if longest else fresh)


# What differs by field.


def _version(row: Version, field: str, person: Person) -> Any:
    """The raw payload loses the person; in our words only a supplier's contacts do."""
    value = getattr(row, field)
    if field != "content":
        return person.erased_from(value)
    return supplier_without(value, person) if _is_supplier(row) else value


def _booked(row: Version) -> Any:
    """What of a version stays: an order or invoice whole, of a supplier its own name."""
    content = row.content or {}
    return [content.get("name"), content.get("other_names")] if _is_supplier(row) else content


def _is_supplier(row: Version) -> bool:
    return (row.content or {}).get("_") == "Supplier"


def _memory(row: Document, field: str, person: Person) -> Any:
    value = getattr(row, field)
    return memory_without(value, person) if field == "match" else person.erased_from(value)


def _vendor(row: LedgerItem, field: str, person: Person) -> Any:
    return attributes_without(getattr(row, field), person)


def _write(row: Write, field: str, person: Person) -> Any:
    """What was booked is evidence as it was sent; answers and errors are not."""
    value = getattr(row, field)
    is_booked = field == "content" and row.kind not in _CONTACT_WRITES
    return value if is_booked else person.erased_from(value)


def _sent_for_good(row: Write) -> Any:
    return None if row.kind in _CONTACT_WRITES else row.content


def _is_open(row: Write) -> bool:
    return row.state in OPEN_STATES


def _waits_to_be_read(row: PendingFetch) -> bool:
    return True


PLACES = (
    Place(
        "versions",
        Version,
        ("payload", "content", "problems"),
        cleaned=_version,
        kept=_booked,
    ),
    Place("suppliers", Document, ("match", "reasons", "notes"), _SUPPLIERS, cleaned=_memory),
    Place("documents", Document, ("reasons", "notes"), ~_SUPPLIERS),
    Place("reviews", ReviewItem, ("reason", "resolution", "pending_accept")),
    Place("decisions", Override, ("note", "evidence")),
    Place("outcomes", Outcome, ("reasons", "requests", "pretended")),
    Place("mappings", MappingEntry, ("note", "problem")),
    Place("vendors", LedgerItem, ("attributes",), cleaned=_vendor),
    Place("findings", LedgerFinding, ("differences",)),
    Place("refusals", Refusal, ("words",)),
    Place("links", Link, ("facts",)),
    Place("runs", Run, ("error",)),
    Place("mails", OutgoingMail, ("subject", "content"), is_dropped=True),
    Place("answers", StoredAnswer, ("body", "headers"), is_dropped=True),
    Place("invitations", Invitation, ("email",), is_dropped=True),
    Place("visits", SupportVisit, ("reason",)),
    Place("words in the audit trail", AuditText, ("text",), is_dropped=True),
    Place(
        "writes",
        Write,
        ("content", "facts", "error"),
        cleaned=_write,
        is_held=_is_open,
        kept=_sent_for_good,
        needs=("kind", "state"),
    ),
    Place("records to be read", PendingFetch, ("payload",), is_held=_waits_to_be_read),
)
