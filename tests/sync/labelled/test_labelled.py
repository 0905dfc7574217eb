"""Labelled invoices of a folder: nothing that needs review is posted, the rest is coded exactly."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from sync.labelled.labels import CODES, codes_of
from sync.labelled.run import LabelledRun, Report

RULES = {
    "price_tolerance_pct": "2",
    "price_below_order": "post",
    "amount_tolerance_pct": "2",
    "quantity_tolerance_pct": "0",
    "header_rounding_tolerance": "0.02",
    "freight_limit_pct_of_goods": "25",
    "freight_account": "8450",
    "sales_tax_account": "8910",
    "discount_account": "8640",
    "default_department": {"ACME": "ADM"},
    "family_supplier_may_invoice": True,
    "supplier_invoice_number_max_length": 35,
}


def item(number: int, quantity: str, price: str, total: str, kind: str = "item") -> dict[str, Any]:
    return {
        "line_no": number,
        "kind": kind,
        "description": f"Goods {number}",
        "quantity": quantity,
        "uom": "EACH",
        "unit_price": price,
        "line_total": total,
        "category": "Office",
        "cost_centre": None,
    }


def bill(number: str, total: str, *lines: dict[str, Any], **details: Any) -> dict[str, Any]:
    return {
        "invoice_id": f"S{number}",
        "business_unit": "ACME",
        "document_type": "invoice",
        "supplier_invoice_number": number,
        "invoice_date": "2025-02-01",
        "supplier_code": "V1",
        "supplier_name": "Kestrel",
        "currency": "EUR",
        "po_references": ["PO 77"],
        "lines": list(lines),
        "tax_total": "0.00",
        "gross_total": total,
        **details,
    }


def label(number: str, *gl: tuple[str, str], reasons: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "invoice_id": f"S{number}",
        "case": "review" if reasons else "post",
        "outcome": "review" if reasons else "post",
        "reasons": list(reasons),
        "strict": True,
        "nav_document": "purchase_invoice",
        "gl": [{"account": account, "department": "ADM", "amount": a} for account, a in gl],
    }


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One order of 10 x 5.00 at one supplier, and a chart of one account beside the charges."""
    supplier = {
        "business_unit": "ACME",
        "supplier_code": "V1",
        "name": "Kestrel",
        "parent_supplier_code": None,
        "status": "active",
        "currency": "EUR",
    }
    order = {
        "po_id": "ACME:77",
        "business_unit": "ACME",
        "po_number": "77",
        "order_date": "2025-01-01",
        "currency": "EUR",
        "supplier_code": "V1",
        "supplier_name": "Kestrel",
        "status": "open",
        "lines": [{**item(1, "10", "5", "50.00"), "line_status": "open"}],
    }
    accounts = [
        {"no": no, "account_type": "Posting", "direct_posting": True, "blocked": False}
        for no in ("8110", "8450", "8640", "8910")
    ]
    values = [{"code": "ADM", "blocked": False}]
    dimensions = {"dimensions": [{"code": "DEPARTMENT", "values": values}]}
    write_rows(tmp_path / "suppliers.jsonl.gz", [supplier])
    write_rows(tmp_path / "purchase_orders.jsonl.gz", [order])
    (tmp_path / "rules.json").write_text(json.dumps(RULES))
    (tmp_path / "chart_of_accounts.json").write_text(json.dumps({"accounts": accounts}))
    (tmp_path / "dimensions.json").write_text(json.dumps(dimensions))
    (tmp_path / "category_to_gl.csv").write_text(
        "business_unit,category,gl_account\nACME,Office,8110\n"
    )
    (tmp_path / "department_to_dimension.csv").write_text(
        "business_unit,cost_centre,dimension_code,dimension_value\n"
    )
    return tmp_path


def run(folder: Path, *pairs: tuple[dict[str, Any], dict[str, Any]]) -> Report:
    write_rows(folder / "invoices.jsonl.gz", [row for row, _ in pairs])
    write_rows(folder / "invoices.expected.jsonl.gz", [expected for _, expected in pairs])
    return LabelledRun(folder).run()


PART = bill("1", "25.00", item(1, "4", "5", "20.00"), item(2, "1", "5", "5.00", "freight"))


def test_a_part_with_freight_is_coded_exactly(folder: Path) -> None:
    report = run(folder, (PART, label("1", ("8110", "20.00"), ("8450", "5.00"))))

    assert (report.post_exact, report.post_total) == (1, 1)


def test_other_amounts_than_labelled_are_a_miss(folder: Path) -> None:
    report = run(folder, (PART, label("1", ("8110", "25.00"))))

    assert (report.post_exact, report.post_total) == (0, 1)
    assert report.wrong == ["S1 post: other amounts"]


def test_an_invoice_counts_against_those_that_follow(folder: Path) -> None:
    second = bill("2", "50.00", item(1, "10", "5", "50.00"))

    report = run(
        folder,
        (PART, label("1", ("8110", "20.00"), ("8450", "5.00"))),
        (second, label("2", reasons=["QUANTITY_OVER"])),
        (PART | {"invoice_id": "S3"}, label("3", reasons=["DUPLICATE_INVOICE_NUMBER"])),
    )

    assert (report.review_posted, report.review_right, report.review_total) == (0, 2, 2)


def test_a_posted_invoice_that_needed_review_is_counted(folder: Path) -> None:
    report = run(folder, (PART, label("1", reasons=["PRICE_OVER"])))

    assert report.review_posted == 1


def test_a_credit_note_of_negative_amounts_is_coded_positive(folder: Path) -> None:
    whole = bill("1", "20.00", item(1, "4", "5", "20.00"))
    credit = bill(
        "CR1",
        "-10.00",
        item(1, "-2", "5", "-10.00"),
        document_type="credit_memo",
        original_invoice_number="1",
    )
    expected = label("CR1", ("8110", "-10.00")) | {"nav_document": "purchase_credit_memo"}

    report = run(folder, (whole, label("1", ("8110", "20.00"))), (credit, expected))

    assert report.post_exact == 2


def test_rows_without_their_label_are_refused(folder: Path) -> None:
    with pytest.raises(ValueError):
        run(folder, (PART, label("2")))


def test_the_last_line_of_the_command_is_the_result(folder: Path, capsys: Any) -> None:
    run(folder, (PART, label("1", ("8110", "20.00"), ("8450", "5.00"))))

    call_command("match_labelled", str(folder))

    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["invoices"] == result["post_exact"] == result["post_total"] == 1
    assert result["review_posted"] == 0
    assert result["per_second"] > 0
    assert result["peak_mb"] > 0


def test_a_folder_that_lacks_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"lacks invoices\.jsonl\.gz"):
        call_command("match_labelled", str(tmp_path))


def test_a_folders_own_reasons_come_before_ours(folder: Path) -> None:
    (folder / "reasons.json").write_text(json.dumps({"PRICE_OVER": ["unit_differs"]}))

    assert codes_of(folder)["PRICE_OVER"] == {"unit_differs"}
    assert codes_of(folder)["TAX_MISMATCH"] == CODES["TAX_MISMATCH"]


def test_all_labelled_invoices_end_as_labelled() -> None:
    given = os.environ.get("REFERENCE_DATA")
    if not given or not (Path(given) / "invoices.expected.jsonl.gz").exists():
        pytest.skip("REFERENCE_DATA names no folder with labelled invoices")

    # In a process of its own: the memory is that of the command and of nothing before it.
    command = [sys.executable, "manage.py", "match_labelled", given]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    report = json.loads(done.stdout.splitlines()[-1])
    assert report["review_posted"] == 0
    assert report["post_exact"] >= report["post_total"] * 995 // 1000
    assert report["review_right"] == report["review_total"]
    assert report["peak_mb"] < 300
