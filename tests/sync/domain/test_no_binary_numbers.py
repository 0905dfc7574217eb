"""Money is decimal wherever it passes: no binary floating point, not even by division."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# Where amounts pass: rules, translation on both sides, what is stored, and what people are shown.
MONEY = (
    *("sync/domain", "sync/matching", "sync/engine/deciding", "sync/selectors", "sync/api/shown"),
    *("sync/engine/entered.py", "sync/engine/reducing.py", "sync/engine/accounting.py"),
    *("sync/engine/payments.py", "connectors/documents", "connectors/jaggaer/translate"),
    *("tenants/currencies.py", "connectors/entered.py", "connectors/payments.py"),
    *("connectors/exactjson.py", "connectors/codec.py", "connectors/nav/pages/translate.py"),
    *("connectors/nav/translate.py", "connectors/nav/compare.py", "connectors/nav/posting.py"),
    *("connectors/nav/steps.py", "connectors/nav/journals.py", "connectors/nav/entries.py"),
    *("connectors/nav/entered.py", "connectors/nav/order_lines.py", "tenants/pages/formats.py"),
    *("connectors/nav/order_changes.py", "connectors/nav/order_compare.py"),
    *("connectors/nav/reference.py", "connectors/nav/pages/reference.py"),
)
# Seconds and instants; how much two names are alike.
NO_MONEY = {"calendar.py", "suggestions.py", "outcomes.py"}
MODULES = sorted(
    path
    for name in MONEY
    for path in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))
    if path.name not in NO_MONEY
)


def binary_numbers(tree: ast.AST) -> Iterator[str]:
    """Float literals, the name float, modules of float functions, and the division operator.

    `/` of two whole numbers is a float; money is divided by `money.divide`.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield f"{node.lineno}: literal {node.value}"
        elif isinstance(node, ast.Name) and node.id == "float":
            yield f"{node.lineno}: float"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield f"{node.lineno}: division"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | {getattr(node, "module", "")}
            if names & {"math", "statistics", "random", "numpy"}:
                yield f"{node.lineno}: import of {names}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_rule_01_where_money_passes_there_are_no_binary_numbers(path) -> None:
    assert list(binary_numbers(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("code", ["x = 0.5", "float(y)", "a / b", "a /= b", "import math"])
def test_the_walk_sees_each_of_them(code) -> None:
    assert list(binary_numbers(ast.parse(code)))
