"""None of domain rules 2 is without a test; the numbers in their names are those of the rules."""

from __future__ import annotations

import re
from pathlib import Path


def test_every_rule_has_a_test() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    named = [name for text in texts for name in re.findall(r"^def test_rule_(\d\d)_", text, re.M)]

    assert {int(number) for number in named} == set(range(1, 20))
