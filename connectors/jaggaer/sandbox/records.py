"""The stored copies of exported messages, per data set (JAGGAER contract 6).

A record keeps the body it has now and the one before, since lists and details may disagree.
Everything is served in the order of ids, never of `lastUpdate`.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.jaggaer.sandbox.catalogue import COLLECTIONS, Body, Collection
from connectors.jaggaer.sandbox.stamps import (
    compact_text,
    fraction,
    instant_text,
    message_id,
    milliseconds,
)
from connectors.jaggaer.sandbox.switches import Switches
from connectors.jaggaer.sandbox.variations import vary
from connectors.sandboxing import Clock, Store


@dataclass(frozen=True)
class Entry:
    """One record as served: varied, with the version before and when it is seen from."""

    key: str
    order: tuple[int, int, str]
    body: Body
    previous: Body | None
    updated_ms: int
    lag_share: float

    def seen(self, now_ms: float, lag_seconds: float) -> Body | None:
        """Return the version to be seen now; None while there is none yet."""
        if lag_seconds and now_ms < self.updated_ms + lag_seconds * 1000 * self.lag_share:
            return self.previous
        return self.body


class Shelf:
    """Entries of one collection in one data set, kept up to date from the store's changes."""

    def __init__(self) -> None:
        self.seen_change = 0
        self.entries: dict[str, Entry] = {}
        self._ordered: list[Entry] | None = None

    def put(self, entry: Entry) -> None:
        """Insert or replace one entry."""
        self.entries[entry.key] = entry
        self._ordered = None

    def drop(self, key: str) -> None:
        """Forget one entry."""
        self.entries.pop(key, None)
        self._ordered = None

    def ordered(self) -> list[Entry]:
        """Return all entries by id."""
        if self._ordered is None:
            self._ordered = sorted(self.entries.values(), key=lambda entry: entry.order)
        return self._ordered


class Records:
    """Reading and writing records; safe for many threads."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.RLock()
        self._shelves: dict[str, Shelf] = {}

    def forget(self) -> None:
        """Drop what is in memory: the switches or the whole content changed."""
        with self._lock:
            self._shelves.clear()

    def entries(self, dataset: str, collection: str, switches: Switches) -> list[Entry]:
        """Return all entries of a collection by id; the list must not be changed."""
        with self._lock:
            return self._shelf(dataset, COLLECTIONS[collection], switches).ordered()

    def entry(self, dataset: str, collection: str, key: str, switches: Switches) -> Entry | None:
        """Return one entry, or None."""
        with self._lock:
            return self._shelf(dataset, COLLECTIONS[collection], switches).entries.get(key)

    def stored(self, dataset: str, collection: str, key: str) -> Body | None:
        """Return the body as it was put in, without any variation."""
        record = self._store.get(_drawer(dataset, collection), key)
        return record["body"] if record else None

    def keys(self, dataset: str, collection: str) -> list[str]:
        """Return the ids of a collection in the order they came in."""
        return [key for key, _ in self._store.all(_drawer(dataset, collection))]

    def put(
        self,
        dataset: str,
        collection: str,
        body: Body,
        *,
        key: str | None = None,
        restamp: bool = True,
        stamp: str = "",
    ) -> Body:
        """Store a new version and return it, stamped as a new export.

        The stamp is kept where the body brings one the stored record does not have; otherwise
        `lastUpdate` becomes now (or `stamp`) and the message id a new one. `restamp=False`
        leaves both alone. Raises ValueError for a body without id or with another one than `key`.
        """
        shape = COLLECTIONS[collection]
        body, key = _identified(shape, body, key)
        with self._store.transaction():
            old = self._store.get(_drawer(dataset, collection), key)
            if restamp:
                body = self._stamped(shape, body, old["body"] if old else None, stamp)
            record = {"body": body, "previous": old["body"] if old else None}
            self._store.put(_drawer(dataset, collection), key, record)
        return body

    def delete(self, dataset: str, collection: str, key: str) -> bool:
        """Remove a record; False where there was none."""
        return self._store.delete(_drawer(dataset, collection), key)

    def _stamped(self, shape: Collection, body: Body, old: Body | None, stamp: str) -> Body:
        head, before = shape.head_of(body), shape.head_of(old) if old else {}
        now = datetime.fromisoformat(stamp) if stamp else self._clock.now()
        text = compact_text(now) if shape.old_style else instant_text(now)
        fresh = {shape.stamp_field: text}
        if shape.message_field:
            fresh[shape.message_field] = message_id(now)
        own = {name: head[name] for name in fresh if head.get(name) not in (None, before.get(name))}
        return shape.with_head(body, {**fresh, **own})

    def _shelf(self, dataset: str, shape: Collection, switches: Switches) -> Shelf:
        drawer = _drawer(dataset, shape.name)
        shelf = self._shelves.setdefault(drawer, Shelf())
        if self._store.version(drawer) > shelf.seen_change:
            for change in self._store.changes(shelf.seen_change, drawer):
                if change.document is None:
                    shelf.drop(change.key)
                else:
                    shelf.put(_entry(shape, change.key, change.document, switches))
                shelf.seen_change = change.number
        return shelf


def merged(body: Any, patch: Any) -> Any:
    """Return a JSON merge patch applied (RFC 7396): null removes, objects merge, else replace."""
    if not isinstance(patch, dict):
        return patch
    result = dict(body) if isinstance(body, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def _identified(shape: Collection, body: Body, key: str | None) -> tuple[Body, str]:
    """Return body and id, the id written into the body where it was missing."""
    own = shape.id_of(body)
    if own is None and key is None:
        raise ValueError(f"a record of {shape.name} needs {shape.id_field}")
    if own is not None and key not in (None, own):
        raise ValueError(f"{shape.id_field} is {own} in the body, but the record is called {key}")
    if own is None and key is not None:
        number = key.isdigit() and shape.module == "ji"
        return shape.with_head(body, {shape.id_field: int(key) if number else key}), key
    return body, str(own)


def _drawer(dataset: str, collection: str) -> str:
    return f"{dataset}/{collection}"


def _entry(shape: Collection, key: str, record: Mapping[str, Any], switches: Switches) -> Entry:
    body = served(shape, key, record["body"], switches)
    previous = record["previous"]
    head = shape.head_of(body)
    version = head.get(shape.message_field or "") or head.get(shape.stamp_field) or ""
    return Entry(
        key=key,
        order=(0, int(key), "") if key.isdigit() else (1, 0, key),
        body=body,
        previous=None if previous is None else served(shape, key, previous, switches),
        updated_ms=updated_ms(shape, body),
        lag_share=fraction(f"{key}{version}"),
    )


def updated_ms(shape: Collection, body: Body) -> int:
    """Return when a version was stored, in milliseconds since 1970; 0 where it does not say."""
    return milliseconds(str(shape.head_of(body).get(shape.stamp_field, ""))) or 0


def served(shape: Collection, key: str, body: Body, switches: Switches) -> Body:
    """Return the detail body with the content switches applied, spellings still the base ones."""
    body = vary(body, shape.name, key, switches.variations)
    if switches.missing_fields:
        head = shape.head_of(body).items()
        kept = {name: value for name, value in head if name not in switches.missing_fields}
        body = {**body, shape.head: kept} if shape.head else kept
    if switches.active_words != "as_stored":
        body = _with_active(body, switches.active_words == "yes_no")
    return body


def respelled(value: Any, switches: Switches) -> Any:
    """Return JSON as the switches spell it: other names, lone objects, unknown fields."""
    if not (switches.renames or switches.lone_objects or switches.unknown_fields):
        return value
    if isinstance(value, list):
        items = [respelled(item, switches) for item in value]
        return items[0] if switches.lone_objects and len(items) == 1 else items
    if not isinstance(value, dict):
        return value
    result = {switches.renames.get(k, k): respelled(v, switches) for k, v in value.items()}
    if switches.unknown_fields:
        result["zzUnknown"] = {"since": "25.1", "flags": [Decimal("1.0"), "x"]}
    return result


def _with_active(value: Any, yes_no: bool) -> Any:
    if isinstance(value, list):
        return [_with_active(item, yes_no) for item in value]
    if not isinstance(value, dict):
        return value
    result = {name: _with_active(item, yes_no) for name, item in value.items()}
    if "active" in result:
        active = str(result["active"]).lower() in ("yes", "true")
        words = ("Yes", "No") if yes_no else ("true", "false")
        result["active"] = words[0] if active else words[1]
    return result


def known_collections(names: Iterable[str]) -> None:
    """Raise ValueError for a name that is no collection."""
    wrong = set(names) - set(COLLECTIONS)
    if wrong:
        raise ValueError(
            f"no collection {', '.join(sorted(wrong))}; known: {', '.join(COLLECTIONS)}"
        )
