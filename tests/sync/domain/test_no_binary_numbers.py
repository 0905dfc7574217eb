"""Money is decimal in every module of the rules: no binary floating point, not even by division."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SYNC = Path(__file__).resolve().parents[3] / "sync"
NO_MONEY = {"calendar.py", "suggestions.py"}  # seconds; how much two names are alike
MODULES = sorted(
    path
    for name in ("domain", "matching")
    for path in (SYNC / name).rglob("*.py")
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


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_rules_hold_no_binary_numbers(path) -> None:
    assert list(binary_numbers(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize("code", ["x = 0.5", "float(y)", "a / b", "a /= b", "import math"])
def test_the_walk_sees_each_of_them(code) -> None:
    assert list(binary_numbers(ast.parse(code)))
