"""Date formulas such as 10D, 1M, CM, CM+15D: how payment terms make a due date."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.values import NO_DATE

_PART = re.compile(r"([+-]?)(?:C([DWMQY])|(\d+)([DWMQY]))")


def due_date(company: Company, header: Record, start: str) -> str:
    """Return the due date of a document by its payment terms; the start itself without terms."""
    terms = company.get("paymentTerms", header.get("paymentTermsId", ""))
    if start == NO_DATE:
        return NO_DATE
    formula = terms["dueDateCalculation"] if terms else ""
    return apply_formula(formula, date.fromisoformat(start)).isoformat()


def apply_formula(formula: str, start: date) -> date:
    """Return the day a formula leads to; `C` units go to the end of the current unit."""
    day = start
    for sign, current, count, unit in _PART.findall(formula.strip("<>").upper()):
        step = -1 if sign == "-" else 1
        day = _end_of(day, current) if current else _move(day, step * int(count), unit)
    return day


def _move(day: date, count: int, unit: str) -> date:
    if unit in "DW":
        return day + timedelta(days=count * (7 if unit == "W" else 1))
    months = count * {"M": 1, "Q": 3, "Y": 12}[unit]
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _end_of(day: date, unit: str) -> date:
    if unit == "D":
        return day
    if unit == "W":
        return day + timedelta(days=6 - day.weekday())
    month = {"M": day.month, "Q": (day.month + 2) // 3 * 3, "Y": 12}[unit]
    return date(day.year, month, calendar.monthrange(day.year, month)[1])
