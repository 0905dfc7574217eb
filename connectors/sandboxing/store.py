"""State of a sandbox: collections of JSON documents in one SQLite file.

The file is the truth and survives `kill -9` (write-ahead log, one commit per change); memory
holds parsed copies. One process owns a file. Documents handed out are shared: build a new one
and `put` it, never change one in place.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.sandboxing.messages import dumps, loads

Document = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    collection TEXT NOT NULL, key TEXT NOT NULL, body TEXT,
    born INTEGER NOT NULL, change INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (collection, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


class RollBack(Exception):
    """Raise inside `Store.transaction` to undo it and go on after the block."""


@dataclass(frozen=True)
class Change:
    """The latest change of one document; `document` is None once it was deleted."""

    number: int
    collection: str
    key: str
    document: Document | None


@dataclass
class _Cached:
    """One collection in memory, with the equality indexes asked for so far."""

    documents: dict[str, Document] = field(default_factory=dict)
    indexes: dict[str, dict[Any, dict[str, None]]] = field(default_factory=dict)
    version: int = 0

    def replace(self, key: str, document: Document | None) -> None:
        old = self.documents.pop(key, None) if document is None else self.documents.get(key)
        if document is not None:
            self.documents[key] = document
        for name, index in self.indexes.items():
            if old is not None:
                index.get(_indexed(old, name), {}).pop(key, None)
            if document is not None:
                index.setdefault(_indexed(document, name), {})[key] = None

    def index(self, name: str) -> dict[Any, dict[str, None]]:
        if name not in self.indexes:
            index: dict[Any, dict[str, None]] = {}
            for key, document in self.documents.items():
                index.setdefault(_indexed(document, name), {})[key] = None
            self.indexes[name] = index
        return self.indexes[name]


class Store:
    """Documents by collection and key, with an ordered change counter and transactions.

    `path` is a file (made with its folders) or ":memory:". Safe for many threads: every call is
    atomic, and a transaction keeps all other threads out until it ends.
    """

    def __init__(self, path: str | Path = ":memory:") -> None:
        if str(path) != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._cache: dict[str, _Cached] = {}
        self._database = sqlite3.connect(
            str(path), isolation_level=None, check_same_thread=False, timeout=5
        )
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file; the store cannot be used after that."""
        with self._lock:
            self._database.close()

    def get(self, collection: str, key: str) -> Document | None:
        """Return one document, or None."""
        with self._lock:
            return self._collection(collection).documents.get(key)

    def all(self, collection: str) -> list[tuple[str, Document]]:
        """Return (key, document) of the whole collection, in the order of first insertion."""
        with self._lock:
            return list(self._collection(collection).documents.items())

    def find(self, collection: str, name: str, value: Any) -> list[tuple[str, Document]]:
        """Return (key, document) where the top-level field `name` equals `value`; indexed."""
        with self._lock:
            cached = self._collection(collection)
            keys = cached.index(name).get(value, {})
            return [(key, cached.documents[key]) for key in keys]

    def count(self, collection: str) -> int:
        """Return how many documents the collection holds."""
        with self._lock:
            return len(self._collection(collection).documents)

    def version(self, collection: str) -> int:
        """Return the number of the collection's last change; 0 while it was never used."""
        with self._lock:
            return self._collection(collection).version

    def put(self, collection: str, key: str, document: Mapping[str, Any]) -> int:
        """Insert or replace one document; return the number of this change."""
        return self._write(collection, key, dict(document))

    def delete(self, collection: str, key: str) -> bool:
        """Delete one document; False where there was none."""
        with self._lock:
            if self.get(collection, key) is None:
                return False
            self._write(collection, key, None)
            return True

    def clear(self, *collections: str) -> None:
        """Forget whole collections, and all of them where none is named; the counter goes on."""
        with self.transaction():
            every = self._database.execute("SELECT DISTINCT collection FROM document").fetchall()
            for name in collections or [name for (name,) in every]:
                self._database.execute("DELETE FROM document WHERE collection = ?", (name,))
                self._cache.pop(name, None)

    def next_number(self, name: str, start: int = 1) -> int:
        """Return the next value of a named counter: number series, ids; never given twice."""
        with self.transaction():
            return self._count(name, start)

    def changes(self, after: int = 0, collection: str | None = None) -> list[Change]:
        """Return the latest change of every document changed after number `after`, in order."""
        with self._lock:
            rows = self._database.execute(
                "SELECT change, collection, key, body FROM document WHERE change > ?"
                " AND (? IS NULL OR collection = ?) ORDER BY change",
                (after, collection, collection),
            ).fetchall()
        return [Change(n, c, k, loads(body) if body else None) for n, c, k, body in rows]

    @contextmanager
    def transaction(self) -> Iterator["Store"]:
        """Keep or undo everything inside together; nested ones undo their own part alone.

        An exception undoes and is raised on; `RollBack` undoes and is swallowed.
        """
        with self._lock:
            self._begin()
            try:
                yield self
            except RollBack:
                self._undo()
            except BaseException:
                self._undo()
                raise
            else:
                self._keep()

    def commit(self) -> None:
        """Inside a transaction: keep what was done so far, whatever happens to the rest."""
        with self._lock:
            if not self._depth:
                return
            self._database.execute("COMMIT")
            self._database.execute("BEGIN IMMEDIATE")
            for level in range(1, self._depth):
                self._database.execute(f"SAVEPOINT level_{level}")

    def _begin(self) -> None:
        level = self._depth
        self._database.execute(f"SAVEPOINT level_{level}" if level else "BEGIN IMMEDIATE")
        self._depth += 1

    def _keep(self) -> None:
        self._depth -= 1
        level = self._depth
        self._database.execute(f"RELEASE level_{level}" if level else "COMMIT")

    def _undo(self) -> None:
        self._depth -= 1
        level = self._depth
        if level:
            self._database.execute(f"ROLLBACK TO level_{level}")
            self._database.execute(f"RELEASE level_{level}")
        else:
            self._database.execute("ROLLBACK")
        self._cache.clear()

    def _write(self, collection: str, key: str, document: Document | None) -> int:
        body = None if document is None else dumps(document)
        with self.transaction():
            number = self._count("change", 1)
            self._database.execute(
                "INSERT INTO document (collection, key, body, born, change)"
                " VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT (collection, key) DO UPDATE SET"
                " born = CASE WHEN body IS NULL THEN ?4 ELSE born END, body = ?3, change = ?4",
                (collection, key, body, number),
            )
            cached = self._collection(collection)
            cached.replace(key, document)
            cached.version = number
        return number

    def _count(self, name: str, start: int) -> int:
        rows = self._database.execute(
            "INSERT INTO counter (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (name, start),
        ).fetchall()
        return rows[0][0]

    def _collection(self, name: str) -> _Cached:
        cached = self._cache.get(name)
        if cached is None:
            rows = self._database.execute(
                "SELECT key, body, change FROM document WHERE collection = ? ORDER BY born",
                (name,),
            ).fetchall()
            cached = self._cache[name] = _Cached(
                {key: loads(body) for key, body, _ in rows if body is not None},
                version=max((change for _, _, change in rows), default=0),
            )
        return cached


def _indexed(document: Document, name: str) -> Any:
    value = document.get(name)
    return None if isinstance(value, (dict, list)) else value
