"""Request log: who asked what, under which token, and what was done to him."""

import hashlib
import json
import threading
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path

_KEPT = 200_000


@dataclass(frozen=True)
class Entry:
    """One request. `auth` is the SHA-256 of its Authorization header, never the header itself.

    `status` is None where no answer was given; `connection` numbers the TCP connection;
    `in_flight` counts the requests being served at its start, itself included.
    """

    n: int
    at: float
    method: str
    path: str
    query: str
    status: int | None
    auth: str | None
    duration_ms: float
    bytes_in: int
    bytes_out: int
    connection: int
    in_flight: int
    fault: str | None


class RequestLog:
    """Entries in memory (the last 200,000) and, where a path is given, as lines of JSON."""

    def __init__(self, path: str | Path | None = None) -> None:
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._last = 0
        self._lock = threading.Lock()
        self._file = open(path, "a", encoding="utf-8", buffering=1) if path else None  # noqa: SIM115

    def add(self, **values: object) -> Entry:
        """Append one entry; its number is given here, in the order of the answers."""
        with self._lock:
            self._last += 1
            entry = Entry(n=self._last, **values)  # type: ignore[arg-type]
            self._entries.append(entry)
            if self._file and not self._file.closed:
                self._file.write(json.dumps(asdict(entry)) + "\n")
            return entry

    def entries(self, since: int = 0) -> list[Entry]:
        """Return the entries with a number above `since`, oldest first."""
        with self._lock:
            return [entry for entry in self._entries if entry.n > since]

    def clear(self) -> None:
        """Forget the entries in memory; numbers go on, the file stays."""
        with self._lock:
            self._entries.clear()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file:
                self._file.close()


def digest(authorization: str | None) -> str | None:
    """Return what stands for an Authorization header in the log."""
    return hashlib.sha256(authorization.encode()).hexdigest() if authorization else None
