"""What could not be read is told in words that a clerk knows, its path beside them."""

from __future__ import annotations

import pytest

from connectors.documents import Problem
from connectors.jaggaer.profile.fields import compile_fields
from connectors.jaggaer.profile.spoken import spoken, spoken_status
from connectors.jaggaer.profile.values import Converter
from sync.domain.reasons import from_problem


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        ("invoiceDate", "", "invoice date"),
        ("supplierErpNumber", "", "supplier ERP number"),
        ("unitPrice", "lineList.invoiceLine[2].", "unit price of invoice line 3"),
        ("coding", "lines[0].coding", "coding of line 1"),
    ],
)
def test_a_field_is_called_what_people_call_it(name, place, expected):
    assert spoken(name, place) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("workflow", "workflow status"), ("type", "document type"), ("ap", "AP status")],
)
def test_a_status_is_called_what_people_call_it(name, expected):
    assert spoken_status(name) == expected


def problems_of(spec: dict[str, object], record: dict[str, object], place: str = "") -> list:
    found: list[Problem] = []
    fields = compile_fields({"invoiceDate": spec}, Converter({}, {}))
    fields.read(record, record, place, found)
    return found


def test_a_date_that_does_not_exist_is_told_without_its_path():
    spec = {"path": "header.invoiceDate", "type": "date"}

    (problem,) = problems_of(spec, {"header": {"invoiceDate": "2026-02-30"}})

    assert problem.message.startswith("The invoice date reads “2026-02-30”: ")
    assert "header" not in problem.message
    assert problem.path == "header.invoiceDate"


def test_a_missing_field_of_a_line_names_the_line_as_people_count():
    spec = {"path": "date", "required": True}

    (problem,) = problems_of(spec, {}, "lines[1].")

    assert problem.message == ("The invoice date of line 2 is missing, and the document needs it.")
    assert problem.path == "lines[1].date"


def test_who_corrects_the_profile_is_told_the_path():
    reason = from_problem(
        Problem("unreadable", "header.total", "The total reads “x”."), document="1"
    )

    assert "header.total" in reason.fix
    assert reason.evidence["path"] == "header.total"


def test_a_secret_value_stays_untold():
    spec = {"path": "date", "type": "date", "secret": True}

    (problem,) = problems_of(spec, {"date": "hush"})

    assert "hush" not in problem.message
