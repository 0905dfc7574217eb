"""Every code that a connector can raise or find has words."""

import ast
from pathlib import Path

import pytest

from connectors import catalogue

ROOT = Path(__file__).resolve().parents[2] / "connectors"
NAMES = ("code", "default_code")


def _codes(path: Path) -> set[str]:
    """Return the literals given as `code=` and assigned to `default_code`."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    values = [n.value for n in nodes if isinstance(n, ast.keyword) and n.arg == "code"]
    values += [
        n.value
        for n in nodes
        if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") in NAMES
    ]
    return {one.value for one in values if isinstance(one, ast.Constant) and one.value}


def test_every_code_has_words():
    files = {path.relative_to(ROOT): path for path in sorted(ROOT.rglob("*.py"))}
    used = {str(name): _codes(path) for name, path in files.items() if "sandbox" not in str(name)}

    without = {name: codes - catalogue.codes() for name, codes in used.items()}

    assert sum(map(bool, used.values())) > 20
    assert {name: codes for name, codes in without.items() if codes} == {}


@pytest.mark.parametrize("code", sorted(catalogue.codes()))
def test_every_entry_says_whose_turn_it_is(code):
    entry = catalogue.lookup(code)

    assert entry.owner in ("admin", "it", "finance", "support", "nobody", "procurement")
    assert entry.cause.endswith(".")
    assert entry.fix or entry.owner in ("nobody", "finance")


def test_a_code_without_words_leads_to_support():
    assert catalogue.explain("never_heard_of")["owner"] == "support"
