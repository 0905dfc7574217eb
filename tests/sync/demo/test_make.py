"""The maker: the same rows from the same folder, and what it chooses."""

import os
from pathlib import Path

import pytest

from sync.demo import make, source
from sync.demo.choice import Book, choose, mixed, scenarios_of
from sync.demo.records import FOLDER, UNITS, read_rows, unpacked, write_rows
from sync.demo.rows import respelled

REFERENCE = os.environ.get("REFERENCE_DATA", "")
needs_reference = pytest.mark.skipif(
    not REFERENCE, reason="REFERENCE_DATA does not name the folder with the original data"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("demo")
    assert make.main([REFERENCE, "--target", str(target)]) == 0
    return target


@needs_reference
def test_the_maker_makes_what_is_carried(made: Path) -> None:
    paths = [path for path in made.rglob("*") if path.is_file()]

    assert len(paths) > 30
    for path in paths:
        carried = FOLDER / path.relative_to(made)
        if path.suffix == ".gz":
            assert unpacked(path) == unpacked(carried), path.name
        else:
            assert path.read_bytes() == carried.read_bytes(), path.name


@needs_reference
def test_every_case_that_a_unit_has_in_the_original_is_in_its_extract(made: Path) -> None:
    original = source.read(Path(REFERENCE))
    for unit in UNITS:
        had = {scenario.case for scenario in source.book(original, unit).scenarios}
        has = {label["case"] for label in read_rows(made / "data" / unit / "labels.jsonl.gz")}
        assert has == had


@needs_reference
def test_scenarios_are_taken_whole(made: Path) -> None:
    original = source.read(Path(REFERENCE))
    for unit in UNITS:
        sizes = {s.key: len(s.invoices) for s in source.book(original, unit).scenarios}
        taken: dict[str, int] = {}
        for label in read_rows(made / "data" / unit / "labels.jsonl.gz"):
            taken[label["scenario"]] = taken.get(label["scenario"], 0) + 1
        assert taken == {key: sizes[key] for key in taken}


def test_a_folder_without_the_data_is_refused_in_words(tmp_path: Path, capsys) -> None:
    assert make.main([str(tmp_path), "--target", str(tmp_path / "out")]) == 2
    assert "is missing" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_packed_rows_depend_on_the_rows_alone(tmp_path: Path) -> None:
    rows = [{"text": "caf\u00e9 \u2028 line", "amount": "1.50"}]
    write_rows(tmp_path / "a.jsonl.gz", rows)
    write_rows(tmp_path / "b.jsonl.gz", rows)

    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()
    assert read_rows(tmp_path / "a.jsonl.gz") == rows


def test_a_mixed_order_does_not_depend_on_the_order_given() -> None:
    assert mixed("abcdef") == mixed("fedcba") != list("abcdef")


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("ASPEN CORP", "Aspen Corporation"),
        ("CIPLA LIMITED", "Cipla Ltd"),
        ("KONE INC", "Kone, Inc."),
        ("ADASS", "Adass"),
    ],
)
def test_a_name_is_respelled_as_another_clerk_would(name: str, other: str) -> None:
    assert respelled(name) == other


def supplier(code: str, parent: str | None = None, status: str = "active") -> dict:
    return {"supplier_code": code, "parent_supplier_code": parent, "status": status}


def small_book(case: str, *, named: str, suppliers: list[dict]) -> Book:
    line = {"line_no": 1, "quantity": "1", "category": "A", "cost_centre": None}
    line |= {"line_status": "open", "line_total": "5.00"}
    order = {"po_id": "U:1", "po_number": "1", "supplier_code": "S1", "lines": [line]}
    invoices = [{"supplier_code": named, "lines": [line]} for _ in range(2)]
    labels = [
        {"scenario": "X", "case": case, "outcome": "post", "po_ids": ["U:1"]} for _ in invoices
    ]
    known = {row["supplier_code"]: row for row in suppliers}
    orders = {"U:1": order | {"status": "open"}}
    return Book("U", orders, known, scenarios_of(invoices, labels, orders), {"A": True}, {})


def test_a_choice_takes_the_parents_of_the_suppliers_it_names() -> None:
    suppliers = [supplier("S1"), supplier("S2", "P"), supplier("P"), supplier("S3")]

    choice = choose(small_book("family_supplier", named="S2", suppliers=suppliers))

    assert set(choice.suppliers) == {"S1", "S2", "P"}
    assert choice.invoice_count() == 2


@pytest.mark.parametrize(
    ("case", "named", "suppliers"),
    [
        ("exact_full", "S1", [supplier("S1", status="blocked")]),
        ("family_supplier", "S2", [supplier("S1"), supplier("S2", "P"), supplier("P", "G")]),
        ("family_supplier", "S9", [supplier("S1")]),
    ],
)
def test_a_scenario_that_would_blur_its_label_is_left_out(
    case: str, named: str, suppliers: list[dict]
) -> None:
    assert choose(small_book(case, named=named, suppliers=suppliers)).scenarios == []
