"""A thousand kinds of tampering with a trail, seeded: what somebody could do who owns everything
but the signing key.

A `Trail` is what such a person holds: events, the head, the notes. Each kind is a function from
trail to trail. Events are dicts in the spelling of an export.
"""

from __future__ import annotations

import copy
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

Event = dict[str, Any]
ZERO = "00" * 32
OTHER_ID = "00000000-0000-7000-8000-00000000beef"

# Other values for each field that is chained; most are hard to see.
EDITS: dict[str, list[Callable[[Any], Any]]] = {
    "action": [lambda v: v.upper(), lambda v: "member.removed"],
    "actor": [lambda v: "user:9", lambda v: v + " "],
    "at": [lambda v: v[:-2] + ("1Z" if v[-2] != "1" else "2Z"), lambda v: "2020" + v[4:]],
    "changes": [lambda v: {**v, "name": ["A", "C"]}, lambda v: {"name": []}],
    "connection": [lambda v: OTHER_ID],
    "document": [lambda v: OTHER_ID, lambda v: None if v else OTHER_ID[:-1] + "0"],
    "facts": [
        lambda v: {**v, "number": v["number"] + 1},
        lambda v: {**v, "number": str(v["number"])},
        lambda v: {**v, "number": float(v["number"])},
        lambda v: {**v, "amount": "100.0"},
        lambda v: {**v, "note": None},
        lambda v: {key: item for key, item in v.items() if key != "amount"},
        lambda v: {**v, "place": "Zu\u0308rich"},
    ],
    "request_id": [lambda v: "req-forged-1"],
    "run": [lambda v: OTHER_ID],
    "target_id": [lambda v: v + "0"],
    "target_label": [lambda v: v.lower(), lambda v: v + "\u200b"],
    "target_type": [lambda v: "sync.document"],
    "tenant_id": [lambda v: OTHER_ID],
}


@dataclass
class Trail:
    events: list[Event]
    head: dict[str, Any]
    notes: list[dict[str, Any]] = field(default_factory=list)

    def copy(self) -> Trail:
        events, head, notes = json.loads(json.dumps([self.events, self.head, self.notes]))
        return Trail(events, head, notes)


@dataclass(frozen=True)
class Kind:
    name: str
    do: Callable[[Trail], None]

    def of(self, trail: Trail) -> Trail:
        changed = trail.copy()
        self.do(changed)
        return changed


def digest(previous: str, event: Event) -> str:
    content = {name: v for name, v in event.items() if name not in ("hash", "previous_hash")}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    seq = int(event["seq"]).to_bytes(8, "big")
    return hashlib.sha256(bytes.fromhex(previous) + seq + text.encode()).hexdigest()


def again(trail: Trail, start: int, how: str) -> None:
    """Compute digests again from place `start`: "none", "one" event, or "all" with the head."""
    if how == "none":
        return
    for place in range(start, len(trail.events)):
        event = trail.events[place]
        event["previous_hash"] = trail.events[place - 1]["hash"] if place else ZERO
        event["hash"] = digest(event["previous_hash"], event)
        if how == "one":
            return
    last = trail.events[-1] if trail.events else {"seq": 0, "hash": ZERO}
    trail.head = {"seq": last["seq"], "hash": last["hash"]}


def renumber(trail: Trail) -> None:
    for number, event in enumerate(trail.events, start=1):
        event["seq"] = number


def edit(name: str, change: Callable[[Any], Any], place: int, how: str, trail: Trail) -> None:
    event = trail.events[place]
    event[name] = change(event[name])
    again(trail, place, how)


def flip(name: str, place: int, bit: int, trail: Trail) -> None:
    raw = bytearray.fromhex(trail.events[place][name])
    raw[bit // 8] ^= 1 << bit % 8
    trail.events[place][name] = raw.hex()


def delete(place: int, count: int, how: str, trail: Trail) -> None:
    del trail.events[place : place + count]
    if how != "none":
        renumber(trail)
        again(trail, place, how if place < len(trail.events) else "all")


def cut(count: int, how: str, trail: Trail) -> None:
    del trail.events[-count:]
    if how == "all":
        again(trail, max(0, len(trail.events) - 1), how)


def insert(what: Event, place: int, how: str, trail: Trail) -> None:
    trail.events.insert(place, {**copy.deepcopy(what), "seq": place + 1})
    if how != "none":
        renumber(trail)
        again(trail, place, how)


def double(place: int, trail: Trail) -> None:
    trail.events.insert(place, copy.deepcopy(trail.events[place]))


def swap(one: int, other: int, how: str, trail: Trail) -> None:
    """Let two events change places and numbers."""
    events = trail.events
    events[one], events[other] = events[other], events[one]
    renumber(trail)
    again(trail, one, how)


def swap_contents(one: int, other: int, name: str, trail: Trail) -> None:
    a, b = trail.events[one], trail.events[other]
    a[name], b[name] = b[name], a[name]


def replace_all(events: list[Event], head: dict[str, Any], how: str, trail: Trail) -> None:
    mine = trail.events[0]["tenant_id"]
    trail.events, trail.head = copy.deepcopy(events), dict(head)
    if how == "all":
        for event in trail.events:
            event["tenant_id"] = mine
        again(trail, 0, how)


def change_head(name: str, value: Any, trail: Trail) -> None:
    trail.head[name] = value


def change_note(place: int, name: str, change: Callable[[Any], Any], trail: Trail) -> None:
    trail.notes[place][name] = change(trail.notes[place][name])


def replace_note(place: int, note: dict[str, Any], trail: Trail) -> None:
    trail.notes[place] = dict(note)


def every_kind(trail: Trail, other: Trail, forged: dict[str, Any]) -> Iterator[Kind]:
    """Yield every kind that this module knows for a trail, `other` being a stranger's.

    `forged` is a note over the real end, signed with a key that is not ours.
    """
    size = range(len(trail.events))
    hows = ("none", "one", "all")
    for name, changes in EDITS.items():
        for number, change in enumerate(changes):
            for place in size:
                for how in hows:
                    label = f"edit {name} {number} of event {place + 1}, {how} computed again"
                    yield Kind(label, partial(edit, name, change, place, how))
    for place in size:
        for name in ("hash", "previous_hash"):
            for bit in (0, 77, 255):
                yield Kind(f"flip bit {bit} of {name} {place + 1}", partial(flip, name, place, bit))
        yield Kind(f"double event {place + 1}", partial(double, place))
        for how in hows:
            for count in (1, 2, 5):
                if place + count < len(trail.events):
                    label = f"delete {count} from event {place + 1}, {how} computed again"
                    yield Kind(label, partial(delete, place, count, how))
            for source, events in (("own", trail.events), ("stranger's", other.events)):
                label = f"insert a {source} event as {place + 1}, {how} computed again"
                yield Kind(label, partial(insert, events[-1 - place], place, how))
            for later in range(place + 1, len(trail.events)):
                label = f"let events {place + 1} and {later + 1} change places, {how} again"
                yield Kind(label, partial(swap, place, later, how))
        for name in ("connection", "at", "hash"):
            for later in range(place + 1, len(trail.events)):
                label = f"swap {name} of events {place + 1} and {later + 1}"
                yield Kind(label, partial(swap_contents, place, later, name))
        for how in ("none", "all"):
            yield Kind(f"cut {place + 1} events off, head {how}", partial(cut, place + 1, how))
    for how in ("none", "all"):
        label = f"put the stranger's trail here, {how} computed again"
        yield Kind(label, partial(replace_all, other.events, other.head, how))
    yield from _of_ends(trail, other, forged)


def _of_ends(trail: Trail, other: Trail, forged: dict[str, Any]) -> Iterator[Kind]:
    for seq in range(len(trail.events)):
        yield Kind(f"set the head back to {seq}", partial(change_head, "seq", seq))
    for digest_ in (ZERO, trail.events[0]["hash"], other.head["hash"]):
        yield Kind(
            f"another digest {digest_[:6]} in the head", partial(change_head, "hash", digest_)
        )
    changes: dict[str, Callable[[Any], Any]] = {
        "seq": lambda v: v - 1,
        "hash": lambda v: v[::-1],
        "tenant": lambda v: OTHER_ID,
        "at": lambda v: "2099" + v[4:],
        "signature": lambda v: v[::-1],
    }
    for place in range(len(trail.notes)):
        for name, change in changes.items():
            label = f"change {name} of note {place + 1}"
            yield Kind(label, partial(change_note, place, name, change))
        yield Kind(f"a forged note {place + 1}", partial(replace_note, place, forged))
        for number, note in enumerate(other.notes):
            label = f"the stranger's note {number + 1} as note {place + 1}"
            yield Kind(label, partial(replace_note, place, note))


def a_thousand(trail: Trail, other: Trail, forged: dict[str, Any]) -> list[Kind]:
    """Return 1,000 different kinds, the same for the same trail; all families are among them."""
    kinds = list(every_kind(trail, other, forged))
    rare = [kind for kind in kinds if not kind.name.startswith(("edit", "let", "swap"))]
    common = [kind for kind in kinds if kind.name.startswith(("edit", "let", "swap"))]
    chosen = rare + random.Random(7).sample(common, 1000 - len(rare))
    random.Random(8).shuffle(chosen)
    return chosen
