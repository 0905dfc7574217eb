"""Where a worker of the drill dies: functions of the product wrapped, in the drill's workers only.

A point is armed by a file that names it. The first process that passes it takes the file away and
is gone at once (SIGKILL), or pauses (SIGSTOP), or takes the database with it. The names K1 to K26
are those of the reliability specification.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any

POINTS: Mapping[str, str] = {
    "K1": "a list was fetched, nothing stored",
    "K2": "records and watermark stored, nothing decided",
    "K3": "inside the transaction that stores records",
    "K4": "writes claimed",
    "K5": "sending saved, not connected",
    "K6": "half of a request sent",
    "K7": "request sent, the ledger at work",
    "K8": "applied and answered, answer not read",
    "K9": "headers of the answer read, its body not",
    "K10": "answer understood, not stored",
    "K11": "database gone at the commit of an outcome",
    "K12": "outcome stored, round not ended",
    "K13": "document created, its dimensions not",
    "K14": "before a document is posted",
    "K15": "posted, answer lost",
    "K16": "before a look-up",
    "K17": "found, not adopted",
    "K18": "unknown stored",
    "K19": "in the middle of a batch",
    "K20": "token fetched, not shared",
    "K21": "due flows queued",
    "K22": "in the middle of a replay",
    "K23": "subscription made at the ledger, not stored",
    "K24": "in the middle of a key rotation",
    "K26": "in the middle of the purge",
}
_writing: ContextVar[str] = ContextVar("writing", default="")


def passing(point: str) -> None:
    """Die here if the point is armed."""
    wish = _armed()
    if wish.get("point") != point:
        return
    folder = _folder()
    try:
        (folder / "armed.json").rename(folder / f"fired.{wish['number']}")
    except FileNotFoundError:
        return  # another process was first
    act = wish.get("act", "kill")
    if act == "database":
        os.kill(int(wish["postmaster"]), signal.SIGQUIT)  # PostgreSQL's "immediate" shutdown
        return
    if act == "pause":
        (folder / "paused").write_text(str(os.getpid()))
    os.kill(os.getpid(), signal.SIGSTOP if act == "pause" else signal.SIGKILL)


def _folder() -> Path:
    return Path(os.environ["DRILL_FOLDER"])


def _armed() -> dict[str, Any]:
    try:
        return json.loads((_folder() / "armed.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}


def install() -> None:
    """Wrap the functions of this process; call it once, after Django is set up."""
    from connectors.http import auth, session
    from connectors.nav.client import Client
    from connectors.nav.connector import NavConnector
    from connectors.nav.subscriptions import Subscriptions
    from sync.engine import reading, runner, work
    from sync.engine.deciding import block
    from sync.engine.writing import sending, transitions, verifying
    from tenants import rotation

    before(reading, "_unknown_entries", "K1")
    before(block, "decide_documents", "K2")
    after(reading, "keep", "K3")
    after(sending, "_claim", "K4", when=lambda found, *_: bool(found))
    after(sending, "_mark_sending", "K5")
    before(session, "collect", "K9", when=lambda *_: bool(_writing.get()))
    before(sending, "_record", "K10")
    after(transitions.WriteBook, "save", "K11")
    after(sending, "_record", "K12")
    before(NavConnector, "send_many", "K13", when=_has("line_dimensions"))
    before(NavConnector, "send_many", "K14", when=_has("post"))
    after(Client, "act", "K15")
    before(NavConnector, "find", "K16")
    after(verifying, "_find", "K17", when=lambda answer, *_: any(map(bool, answer[0].values())))
    after(sending, "_record", "K18", when=_unknown_stored)
    after(auth.ClientCredentials, "fetch", "K20")
    after(work, "queue_due_flows", "K21")
    before(block, "save_decisions", "K22", when=lambda _site, run, _: run.trigger == "replay")
    after(Subscriptions, "create", "K23")
    after(rotation, "_seal_block_again", "K24", when=lambda sealed, *_: bool(sealed))
    _watch_the_wire()
    _purge_in_halves()
    runner.SLICE_SECONDS = 5


def before(owner: Any, name: str, point: str, when: Callable[..., bool] = lambda *_: True) -> None:
    """Let `owner.name` pass a point before it is done; `when` looks at its arguments."""
    original = getattr(owner, name)

    @wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if when(*args):
            passing(point)
        return original(*args, **kwargs)

    setattr(owner, name, wrapped)


def after(owner: Any, name: str, point: str, when: Callable[..., bool] = lambda *_: True) -> None:
    """Let `owner.name` pass a point once it is done; `when` looks at its result and arguments."""
    original = getattr(owner, name)

    @wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        answer = original(*args, **kwargs)
        if when(answer, *args):
            passing(point)
        return answer

    setattr(owner, name, wrapped)


def _has(operation: str) -> Callable[..., bool]:
    return lambda _self, _company, steps: any(step.operation == operation for step, _ in steps)


def _unknown_stored(_answer: Any, _site: Any, results: Any) -> bool:
    return any(type(result).__name__ == "UnknownOutcome" for _, result in results)


def _watch_the_wire() -> None:
    """Points inside one exchange: a write's bytes leave in `send`, its answer begins in `begin`."""
    from connectors.http import session, transport

    send_request, send_bytes = session.Session._send, transport._Checked.send
    begin = transport._Response.begin

    def noted(self: Any, method: str, url: str, *args: Any, write: bool = False, **kw: Any) -> Any:
        token = _writing.set(url if write else "")
        try:
            return send_request(self, method, url, *args, write=write, **kw)
        finally:
            _writing.reset(token)

    def in_parts(self: Any, data: Any) -> None:
        leaves = _writing.get() and self._pieces is None
        if leaves and _armed().get("point") == "K6":
            send_bytes(self, data[: len(data) // 2])
            passing("K6")
            data = data[len(data) // 2 :]
        send_bytes(self, data)
        if leaves:
            passing("K7")
            if _writing.get().endswith("$batch") and _armed().get("point") == "K19":
                time.sleep(0.02)
                passing("K19")

    def answered(self: Any) -> None:
        if _writing.get() and _armed().get("point") == "K8":
            select.select([self.fp], [], [], 1.0)
            passing("K8")
        begin(self)

    session.Session._send = noted
    transport._Checked.send = in_parts
    transport._Response.begin = answered


def _purge_in_halves() -> None:
    """The purge goes tenant by tenant; K26 lies between the first two."""
    from sync import retention

    scope = retention.tenant_scope

    def scoped(tenant_id: Any) -> Any:
        passing("K26")
        return scope(tenant_id)

    retention.tenant_scope = scoped
