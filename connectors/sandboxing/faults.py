"""Fault scripts: which request is hit by what. What a fault does on the wire is in mischief.py."""

import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from connectors.sandboxing.messages import Request

KINDS: Mapping[str, str] = {
    "status": "answers `status` with `headers` and `body`; applied first if phase is after",
    "rate_limit": "answers 429 (or `status`), with Retry-After only if `retry_after` is given",
    "html": "answers an HTML page with `status` (200)",
    "slow": "waits `seconds` of real time, then applies (phase after: applies, waits), answers",
    "reset": "TCP reset instead of an answer",
    "hang": "no answer until the client leaves or `seconds` are over",
    "delay": "no answer; applied once the sandbox's clock is `seconds` further, or on release",
    "close_idle": "on a connection that was used before: closed instead of an answer",
    "close_after": "whole answer, then closed without having announced it",
    "cut_body": "Content-Length of all, `size` bytes (half) of the body, then closed",
    "cut_chunks": "chunked body without its end, then closed",
    "slow_bytes": "one byte every `seconds` (1.0); `part` is all, headers or body",
    "wrong_gzip": "Content-Encoding gzip, data damaged",
    "zip_bomb": "a gzip body that unpacks to `size` bytes (64 MiB) of blanks before the JSON",
    "big_body": "JSON followed by `size` bytes (64 MiB) of blanks",
    "big_header": "whole answer with one header of `size` bytes (1 MiB)",
    "deep_json": "lists nested `size` deep (10,000)",
    "bom": "byte order mark before the body",
    "rewrite": "whole answer, with `status` and `headers` put over it",
    "garbage": "bytes that are no HTTP, then closed",
}
PHASES = ("before", "after")


@dataclass(frozen=True)
class Fault:
    """One line of a script: a request that matches all given filters is hit.

    `path`, `query` and `content` are regular expressions searched in the decoded path, the raw
    query and the body. Of the matching requests the `nth` (first is 1) and the following are
    hit, `times` of them (0: all), each with `chance` (1.0: always). `phase` says whether the
    effect takes place first; kinds that damage a whole answer always apply it.
    """

    kind: str
    method: str | None = None
    path: str = ""
    query: str = ""
    content: str = ""
    nth: int = 1
    times: int = 1
    chance: float = 1.0
    phase: str = "before"
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float | None = None
    size: int | None = None
    part: str = "all"
    retry_after: str | int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(KINDS)}")
        if self.phase not in PHASES:
            raise ValueError(f"phase is before or after, not {self.phase!r}")
        for pattern in (self.path, self.query, self.content):
            re.compile(pattern)

    def matches(self, request: Request, *, reused: bool) -> bool:
        """Tell whether the request passes the filters; `reused`: not its connection's first."""
        return (
            (self.method is None or self.method.upper() == request.method)
            and re.search(self.path, request.path) is not None
            and re.search(self.query, request.raw_query) is not None
            and (not self.content or self._in_body(request))
            and (reused or self.kind != "close_idle")
        )

    def _in_body(self, request: Request) -> bool:
        return re.search(self.content.encode(), request.body) is not None


def fault_from(wish: Mapping[str, Any]) -> Fault:
    """Read one fault of a control request; raises ValueError with what is wrong about it."""
    unknown = set(wish) - {known.name for known in fields(Fault)}
    if unknown:
        raise ValueError(f"unknown fault settings: {', '.join(sorted(unknown))}")
    numbers = {name: float(wish[name]) for name in ("chance", "seconds") if name in wish}
    try:
        return Fault(**{**wish, **numbers})
    except (TypeError, re.error) as error:
        raise ValueError(f"fault {dict(wish)}: {error}") from error


class Scenario:
    """The faults in force. Same seed and same requests: same faults."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._seen: list[int] = []
        self._fired: list[int] = []
        self._random = random.Random(0)  # noqa: S311  repeatable faults, no secrets

    def load(self, *faults: Fault, seed: int = 0) -> None:
        """Replace the script; counts start anew."""
        with self._lock:
            self._faults = list(faults)
            self._seen = [0] * len(faults)
            self._fired = [0] * len(faults)
            self._random = random.Random(seed)  # noqa: S311

    def add(self, *faults: Fault) -> None:
        """Append to the script; what was counted so far stays."""
        with self._lock:
            self._faults += faults
            self._seen += [0] * len(faults)
            self._fired += [0] * len(faults)

    def pick(self, request: Request, *, reused: bool) -> Fault | None:
        """Count the request for every fault it matches; return the first that hits it."""
        if not self._faults:
            return None
        with self._lock:
            hits = [at for at, fault in enumerate(self._faults) if self._hits(at, request, reused)]
            if not hits:
                return None
            self._fired[hits[0]] += 1
            return self._faults[hits[0]]

    def fired(self) -> list[int]:
        """Return how often each line of the script has struck."""
        with self._lock:
            return list(self._fired)

    def _hits(self, at: int, request: Request, reused: bool) -> bool:
        fault = self._faults[at]
        if not fault.matches(request, reused=reused):
            return False
        self._seen[at] += 1
        if self._seen[at] < fault.nth or 0 < fault.times <= self._fired[at]:
            return False
        return fault.chance >= 1 or self._random.random() < fault.chance
