"""`make bench` says for every figure how it stands to its goal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.figures import MARKS, figure

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("name", "value", "share", "ok"),
    [
        ("nav_calls_per_order", 1, 1.0, True),
        ("nav_calls_per_order", 1.02, 1.0, False),
        ("labelled_invoices_matched", MARKS["labelled_invoices_matched"].goal, 1.0, True),
        ("labelled_invoices_matched", MARKS["labelled_invoices_matched"].goal - 1, 1.0, False),
        ("orders_seconds", MARKS["orders_seconds"].goal / 10, 0.1, True),
        ("orders_seconds", MARKS["orders_seconds"].goal / 9, 0.1, False),
    ],
)
def test_a_figure_is_held_against_its_goal(name, value, share, ok) -> None:
    assert figure(name, value, share=share).ok is ok


def test_the_bench_prints_a_line_for_each_figure() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--documents", "8"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    apart = {"labelled_invoices_matched", "hold_after_notice_seconds"}
    assert {line["name"] for line in lines} >= set(MARKS) - apart, done.stderr
    assert all(set(line) >= {"name", "value", "unit", "base", "goal", "ok"} for line in lines)
    assert max(line["queries"] for line in lines if line["name"].startswith("page ")) <= 15
    missed = [line["name"] for line in lines if line["unit"].startswith("calls") and not line["ok"]]
    assert missed == []
