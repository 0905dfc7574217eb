"""Records in memory and on disk, with undo.

The base's store is the truth. Changes of one operation wait in an overlay that every read looks
through; `commit` writes them in one database transaction, `roll_back` forgets them, so that a
refused request costs nothing however many documents exist.
"""

from __future__ import annotations

import itertools
import time
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from connectors.sandboxing.store import Store

Record = dict[str, Any]
OrderKey = tuple[Any, str]


@dataclass(frozen=True)
class Change:
    """What a commit did to one record; `old` is None for an insert, `new` for a deletion."""

    collection: str
    key: str
    old: Record | None
    new: Record | None


class Records:
    """Collections of records by key, with equality indexes and sorted key lists."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pending: dict[str, dict[str, Record | None]] = {}
        self._sorted: dict[tuple[str, str], list[OrderKey]] = {}
        self._versions = itertools.count(time.time_ns())
        self.watchers: list[Callable[[list[Change]], None]] = []

    def get(self, collection: str, key: str) -> Record | None:
        """Return one record, or None."""
        pending = self._pending.get(collection)
        if pending and key in pending:
            return pending[key]
        return self._store.get(collection, key)

    def all(self, collection: str) -> list[Record]:
        """Return every record of a collection."""
        pending = self._pending.get(collection, {})
        kept = [r for key, r in self._store.all(collection) if key not in pending]
        return kept + [r for r in pending.values() if r is not None]

    def find(self, collection: str, field: str, value: Any) -> list[Record]:
        """Return the records whose field equals the value, by index."""
        pending = self._pending.get(collection, {})
        kept = [r for key, r in self._store.find(collection, field, value) if key not in pending]
        return kept + [r for r in pending.values() if r is not None and r.get(field) == value]

    def count(self, collection: str) -> int:
        """Return how many records a collection holds."""
        if collection in self._pending:
            return len(self.all(collection))
        return self._store.count(collection)

    def order(self, collection: str, field: str) -> list[OrderKey]:
        """Return (value of field, key) of all records in ascending order; do not change it."""
        name = (collection, field)
        if name not in self._sorted:
            rows = self._store.all(collection)
            self._sorted[name] = sorted((r.get(field), key) for key, r in rows)
        if collection not in self._pending:
            return self._sorted[name]
        return sorted((r.get(field), r["_key"]) for r in self.all(collection))

    def put(self, collection: str, key: str, record: Record) -> Record:
        """Insert or replace a record; it gets a new version, the source of its ETag."""
        kept = {**record, "_key": key, "_version": next(self._versions)}
        self._pending.setdefault(collection, {})[key] = kept
        return kept

    def delete(self, collection: str, key: str) -> None:
        """Delete a record."""
        self._pending.setdefault(collection, {})[key] = None

    def roll_back(self) -> None:
        """Forget all changes since the last commit."""
        self._pending.clear()

    def commit(self) -> None:
        """Write all changes since the last commit to disk and tell the watchers."""
        if not self._pending:
            return
        changes = list(self._changes())
        with self._store.transaction():
            for change in changes:
                if change.new is None:
                    self._store.delete(change.collection, change.key)
                else:
                    self._store.put(change.collection, change.key, change.new)
        self._pending.clear()
        self._sort(changes)
        for watcher in self.watchers:
            watcher(changes)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Make all commits inside one on disk: a killed process leaves all of them or none."""
        try:
            with self._store.transaction():
                yield
        except BaseException:
            self._pending.clear()
            self._sorted.clear()
            raise

    def clear(self) -> None:
        """Forget every record, on disk too."""
        self._pending.clear()
        self._sorted.clear()
        self._store.clear()

    def _changes(self) -> Iterable[Change]:
        for collection, pending in self._pending.items():
            for key, new in pending.items():
                old = self._store.get(collection, key)
                if old is not None or new is not None:
                    yield Change(collection, key, old, new)

    def _sort(self, changes: list[Change]) -> None:
        touched = {change.collection for change in changes}
        for (collection, field), order in self._sorted.items():
            if collection not in touched:
                continue
            for change in changes:
                if change.collection == collection:
                    _move(order, field, change)


def _move(order: list[OrderKey], field: str, change: Change) -> None:
    """Keep one sorted key list in step with one change."""
    old = None if change.old is None else (change.old.get(field), change.key)
    new = None if change.new is None else (change.new.get(field), change.key)
    if old == new:
        return
    if old is not None:
        place = bisect_left(order, old)
        if place < len(order) and order[place] == old:
            del order[place]
    if new is not None:
        insort(order, new)
