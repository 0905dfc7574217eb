"""What the documentation says is there: settings, actions, codes, files and commands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.tables import DOCS, TABLES, with_table

ROOT = DOCS.parent
PAGES = [*sorted(DOCS.glob("*.md")), ROOT / "README.md"]
CORES = ("audit", "tenants", "connectors", "sync")
WRITE_ANEW = "write the tables anew: .venv/bin/python -m tests.docs.tables"


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TABLES)
def test_a_page_of_codes_holds_its_catalogue(name: str) -> None:
    page = _text(DOCS / name)

    assert page == with_table(page, TABLES[name]()), WRITE_ANEW


def _refused_codes() -> Iterator[str]:
    """Yield the codes with which services refuse; those of the pages are not the API's."""
    for path in (one for core in CORES for one in (ROOT / core).rglob("*.py")):
        if "web" in path.parts:
            continue
        for node in ast.walk(ast.parse(_text(path))):
            if isinstance(node, ast.Call):
                place = {"Refusal": 0, "Clash": 0, "PolicyError": 1}.get(_called(node))
                given = node.args[place : place + 1] if place is not None else []
                yield from (one.value for one in given if isinstance(one, ast.Constant))


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def test_every_code_that_the_api_refuses_with_is_described() -> None:
    from integration_platform.api import CODES

    described = set(re.findall(r"^\| `(\w+)` \|", _text(DOCS / "errors.md"), re.M))
    refused = set(_refused_codes())

    assert refused
    assert refused | set(CODES.values()) <= described


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", _text(page))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_way_of_an_invoice_leads_through_files_that_are_there() -> None:
    way = _text(ROOT / "README.md").partition("file by file below `sync/`")[2]
    named = re.findall(r"`([\w./]+(?:\.py|/))`", way.partition("| Page |")[0])

    assert len(named) > 15
    assert [name for name in named if not (ROOT / "sync" / name).exists()] == []


@pytest.mark.parametrize("kind", ["nav", "jaggaer"])
def test_a_connectors_page_names_each_of_its_modules(kind: str) -> None:
    folder = ROOT / "connectors" / kind
    named = set(re.findall(r"`(\w+\.py)`", _text(folder / "README.md")))
    modules = {path.name for path in (*folder.glob("*.py"), *folder.glob("pages/*.py"))}

    assert modules - named == {"__init__.py", "apps.py"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_named_exists(page: Path) -> None:
    from django.core.management import get_commands

    targets = set(re.findall(r"^([\w-]+):", _text(ROOT / "Makefile"), re.M))
    text = _text(page)

    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= set(get_commands())
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_are_named_as_they_are(page: Path) -> None:
    """A word in capitals with an underscore stands for a setting."""
    known = set(re.findall(r"^\| `([A-Z_]+)` \|", _text(DOCS / "settings.md"), re.M))
    named = re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", _text(page))

    others = {"INSTALLED_APPS", "NAME", "REFERENCE_DATA"}
    assert {name.removesuffix("_FILE") for name in named} <= known | others
