"""The tables of docs/ that follow from catalogues: `python -m tests.docs.tables` writes them anew.

A page holds its table between two comments; the words around it are written by hand.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
_OF_NUMBER = re.compile(r"\{\w+:[^/}]*/([^}]*)\}")  # {lines:line is/lines are}
_BETWEEN = re.compile(r"(<!-- table -->\n).*?(<!-- end -->)", re.S)


def actions() -> str:
    """Every name of an audit event with its sentence, as it reads for many."""
    from audit.actions import ACTIONS

    rows = ((f"`{name}`", _OF_NUMBER.sub(r"\1", text)) for name, text in sorted(ACTIONS.items()))
    return _table(("Action", "Sentence"), rows)


def reasons() -> str:
    """Every reason with its variants: who mends it, what it says, how it is mended."""
    from sync.domain.reason_texts import TEXTS

    rows = (
        (f"`{key}`", text.owner, text.message, text.fix, "yes" if text.acceptable else "")
        for key, text in sorted(TEXTS.items())
    )
    return _table(("Code", "Owner", "Says", "Fix", "May be accepted"), rows)


def errors() -> str:
    """Every error code of another system: cause, owner, what we do, what the owner does."""
    from connectors import catalogue

    found = ((code, catalogue.lookup(code)) for code in sorted(catalogue.codes()))
    rows = ((f"`{code}`", one.cause, one.owner, one.next_step, one.fix) for code, one in found)
    return _table(("Code", "Cause", "Owner", "What we do", "Fix"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "actions.md": actions,
    "errors.md": errors,
    "reasons.md": reasons,
}


def with_table(page: str, table: str) -> str:
    """Return the page with its table replaced."""
    return _BETWEEN.sub(lambda match: f"{match[1]}{table}\n{match[2]}", page)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write every table into its page."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integration_platform.settings")
    django.setup()
    for name, table in TABLES.items():
        path = DOCS / name
        path.write_text(with_table(path.read_text(encoding="utf-8"), table()), encoding="utf-8")


if __name__ == "__main__":
    main()
