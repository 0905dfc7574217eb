"""No use case changes a customer's rows without an event of the trail, and none without its row.

The services are read as source: whoever of them can reach a statement that changes rows must reach
`record` as well. Calls are followed by name through services and engine.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    "tenants/services",
    "tenants/rotation.py",
    "connectors/services.py",
    "connectors/mending.py",
    "sync/services",
    "sync/engine",
)
SERVICES = ("tenants/services", "connectors/services.py", "sync/services")
WRITES = {"save", "create", "update", "delete", "bulk_create", "bulk_update", "update_or_create",
          "get_or_create", "update_rows", "insert_rows"}  # fmt: skip
TELLS = {"record", "tell"}

# What changes rows and says nothing, and why that is right.
SILENT = {
    "session_note": "where a person's session is used, for their own list",
    "sessions_forget": "what ended long ago is dropped",
    "connection_companies": "names as the ledger lists them, for pages to say",
    "account_erase": "told by member_erase to every customer",
    "staff_set": "no tenant: the log of the installation says so",
    "staff_end": "no tenant: the log of the installation says so",
    "confirm_address": "part of signing up and joining, which tell",
    "wake_flow": "a doorbell: the run that it wakes is told",
    "webhooks_orphan": "told by integration_delete",
}


@dataclass
class Function:
    name: str
    module: str
    calls: set[str] = field(default_factory=set)

    @property
    def is_service(self) -> bool:
        return self.module.startswith(SERVICES) and not self.name.startswith("_")


def functions(text: str, module: str) -> Iterator[Function]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            calls = {_name(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)}
            handed = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            yield Function(node.name, module, calls | handed)


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def every_function() -> list[Function]:
    files = [
        path
        for source in SOURCES
        for path in ([ROOT / source] if source.endswith(".py") else (ROOT / source).rglob("*.py"))
    ]
    return [
        one for path in files for one in functions(path.read_text(), str(path.relative_to(ROOT)))
    ]


def untold(known: list[Function]) -> set[str]:
    """Return the services that can change rows without a word."""
    by_name: dict[str, set[str]] = {}
    for one in known:
        by_name.setdefault(one.name, set()).update(one.calls)
    found = set()
    for one in filter(lambda f: f.is_service, known):
        reached = _reached(one, by_name)
        if reached & WRITES and not reached & TELLS:
            found.add(one.name)
    return found


def _reached(start: Function, by_name: dict[str, set[str]]) -> set[str]:
    seen, open_ = set(), set(start.calls)
    while open_:
        name = open_.pop()
        seen.add(name)
        if name not in WRITES | TELLS:
            open_ |= by_name.get(name, set()) - seen
    return seen


def test_every_service_that_changes_something_tells_the_trail():
    assert untold(every_function()) - set(SILENT) == set()


def test_what_may_be_silent_exists_and_is_silent():
    assert set(SILENT) <= untold(every_function())


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("def thing_change(row):\n    row.save()\n", True),
        ("def thing_change(row):\n    _keep(row)\ndef _keep(row):\n    row.save()\n", True),
        ("def thing_change(row):\n    row.save()\n    record('thing.changed')\n", False),
        (
            "def thing_change(row):\n    _keep(row)\n"
            "def _keep(row):\n    row.save()\n    tell('thing.changed')\n",
            False,
        ),
        ("def thing_look(row):\n    return row.name\n", False),
    ],
)
def test_a_service_that_says_nothing_would_be_found(text, is_found):
    """Negative control: the same search over services that are made up."""
    made_up = list(functions(text, "sync/services/made_up.py"))

    assert bool(untold(made_up)) is is_found
