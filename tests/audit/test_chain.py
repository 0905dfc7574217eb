"""A chain gives away whatever was done to it afterwards. Pure."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from audit import chain
from audit.chain import GENESIS, Head, canonical, digest, plain

TENANT = UUID(int=1)


@dataclass(frozen=True)
class Event:
    seq: int
    previous_hash: bytes = GENESIS
    hash: bytes = b""
    tenant_id: UUID = TENANT
    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    actor: str = "user:1"
    action: str = "write.confirmed"
    target_type: str = "sync.document"
    target_id: str = "7"
    target_label: str = "INV-7"
    changes: Any = None
    facts: Any = None
    document: UUID | None = None
    run: UUID | None = None
    connection: UUID | None = None
    request_id: str = ""


def chained(count: int, **values: Any) -> list[Event]:
    events, last = [], GENESIS
    for seq in range(1, count + 1):
        event = Event(seq, previous_hash=last, facts={"amount": f"{seq}.00"}, **values)
        event = replace(event, hash=digest(last, seq, canonical(event)))
        events.append(event)
        last = event.hash
    return events


def verify(events: list[Event], head: Head) -> chain.Verification:
    links = (chain.Link(e.seq, e.previous_hash, e.hash, canonical(e)) for e in events)
    return chain.verify(links, head)


def head_of(events: list[Event]) -> Head:
    return Head(events[-1].seq, events[-1].hash)


def rehash(event: Event, **values: Any) -> Event:
    """Change an event as somebody would who knows how it is hashed."""
    changed = replace(event, **values)
    return replace(changed, hash=digest(changed.previous_hash, changed.seq, canonical(changed)))


def test_an_untouched_chain_holds():
    events = chained(20)

    found = verify(events, head_of(events))

    assert (found.ok, found.events, found.head) == (True, 20, head_of(events))


def test_an_empty_chain_holds():
    assert verify([], Head()).ok


def insert(events: list[Event]) -> list[Event]:
    extra = rehash(replace(events[5], seq=6), action="review.accepted")
    return [*events[:5], extra, *events[5:]]


TAMPERED = {
    "edited": lambda e: [*e[:5], replace(e[5], actor="user:2"), *e[6:]],
    "edited and hashed again": lambda e: [*e[:5], rehash(e[5], actor="user:2"), *e[6:]],
    "number edited": lambda e: [*e[:5], replace(e[5], facts={"amount": "9"}), *e[6:]],
    "deleted": lambda e: [*e[:5], *e[6:]],
    "first deleted": lambda e: e[1:],
    "deleted and renumbered": lambda e: [*e[:5], *[replace(x, seq=x.seq - 1) for x in e[6:]]],
    "inserted": insert,
    "doubled": lambda e: [*e[:6], e[5], *e[6:]],
    "reordered": lambda e: [*e[:5], e[6], e[5], *e[7:]],
    "swapped contents": lambda e: [
        *e[:5],
        replace(e[5], target_label=e[6].target_label, facts=e[6].facts),
        replace(e[6], target_label=e[5].target_label, facts=e[5].facts),
        *e[7:],
    ],
    "moved to another tenant": lambda e: [replace(x, tenant_id=UUID(int=2)) for x in e],
    "tail cut": lambda e: e[:-3],
    "all cut": lambda e: [],
}


@pytest.mark.parametrize("how", TAMPERED)
def test_tampering_is_found(how):
    events = chained(10)

    found = verify(TAMPERED[how](events), head_of(events))

    assert not found.ok
    assert found.problem
    assert found.broken_at is not None


@pytest.mark.parametrize(
    ("how", "at"),
    [("edited", 6), ("deleted", 6), ("reordered", 6), ("tail cut", 8), ("all cut", 1)],
)
def test_the_first_event_that_is_wrong_is_named(how, at):
    events = chained(10)

    assert verify(TAMPERED[how](events), head_of(events)).broken_at == at


def test_a_head_set_back_is_found():
    events = chained(10)

    assert not verify(events, head_of(events[:7])).ok


def test_a_wholly_new_chain_differs_from_the_head():
    events = chained(10)

    assert not verify(chained(10, actor="user:2"), head_of(events)).ok


def test_the_same_event_has_one_spelling():
    here = datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1)))

    one = canonical(Event(1, at=here, facts={"b": Decimal("1.50"), "a": "ß"}))
    other = canonical(Event(1, facts={"a": "ß", "b": "1.50"}))

    assert one == other
    assert "ß".encode() in one


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 1, 2, 3, 4, tzinfo=UTC), "2026-03-01T01:02:03.000004Z"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        ((1, [True, None]), [1, [True, None]]),
        ({1: "x"}, {"1": "x"}),
        ("a\x00b\ud800", "ab?"),
    ],
)
def test_values_are_kept_as_json_without_loss(value, kept):
    assert plain(value) == kept


@pytest.mark.parametrize("value", [1.5, b"x", object(), {"deep": [1.5]}])
def test_what_would_lose_something_is_refused(value):
    with pytest.raises(TypeError):
        plain(value)
