"""CSV in and out. A cell that a spreadsheet would take for a formula goes out as text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from django.http import HttpResponse
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


class CsvOffered(BaseRenderer):
    """Lets a client ask for CSV; the view then answers with `csv_answer`."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        raise TypeError("a view that offers CSV answers with csv_answer")


class CsvBody(BaseParser):
    """Reads CSV with a header into a list of rows by column; commas or semicolons."""

    media_type = "text/csv"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> list[dict[str, str]]:
        try:
            text = stream.read().decode("utf-8-sig")
            return read_rows(text)
        except (UnicodeDecodeError, csv.Error) as error:
            raise ParseError(f"The body is not CSV in UTF-8: {error}"[:200]) from None


def read_rows(text: str) -> list[dict[str, str]]:
    """Return the rows below the header, each by column; blank lines are left out.

    Raises ParseError for a text without header and for a row with more cells than the header.
    """
    if "\x00" in text:
        raise ParseError("The body holds a NUL character.")
    header, _, _ = text.partition("\n")
    delimiter = ";" if header.count(";") > header.count(",") else ","
    lines = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]
    if not lines:
        raise ParseError("The CSV needs a header line.")
    names = [name.strip() for name in lines[0]]
    for number, row in enumerate(lines[1:], start=1):
        if len(row) > len(names):
            raise ParseError(f"Row {number} has more cells than the header.")
    return [dict(zip(names, map(_as_typed, row), strict=False)) for row in lines[1:]]


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """Return rows as a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return HttpResponse(
        out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def harmless(cell: Any) -> str:
    """Return a cell as text that no spreadsheet computes; numbers stay numbers."""
    text = "" if cell is None else str(cell)
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _as_typed(cell: str) -> str:
    """Undo `harmless`, so that what was exported can be imported again."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
