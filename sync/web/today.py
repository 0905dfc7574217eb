"""The first page, and the part of it that refreshes itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from sync.models.run import ACTIVE_STATES
from sync.selectors import today
from sync.selectors.causes import top_causes
from tenants.pages import Page

_HEIGHT, _STEP, _BAR = 120, 40, 24
_LABEL_EVERY = 3
_CAUSES = 5
_COLORS = (("written", "ok"), ("parked", "warn"), ("rejected", "bad"), ("other", "quiet"))


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of the chart, in its own units."""

    x: int
    y: int
    height: int
    color: str


@dataclass(frozen=True, slots=True)
class Chart:
    bars: list[Bar]
    labels: list[tuple[int, str]]
    totals: list[tuple[int, int, int]]  # of each day that has one: place and number
    width: int
    top: int
    rows: list[tuple[date, dict[str, int]]]

    @property
    def height(self) -> int:
        return _HEIGHT

    @property
    def is_empty(self) -> bool:
        return self.top == 0


class Today(Page):
    template = "sync/today.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        standings = today.standings()
        if not standings:
            return redirect("setup")
        causes = top_causes(_CAUSES + 1)
        context = {
            "standings": standings,
            "chart": chart_of(today.chart()),
            "causes": causes[:_CAUSES],
            "has_more": len(causes) > _CAUSES,
            "is_running": any(
                view.last_run and view.last_run.state in ACTIVE_STATES
                for standing in standings
                for view in standing.flows
            ),
        }
        if request.htmx and request.GET.get("part"):
            self.template = "sync/today_part.html"
        return self.show(context)


def chart_of(rows: list[tuple[date, dict[str, int]]]) -> Chart:
    """Draw days as stacked bars; the numbers themselves stand in the table beside it."""
    top = max((sum(day.values()) for _, day in rows), default=0)
    bars: list[Bar] = []
    labels: list[tuple[int, str]] = []
    totals: list[tuple[int, int, int]] = []
    for place, (day, counted) in enumerate(rows):
        x, y = place * _STEP + (_STEP - _BAR) // 2, _HEIGHT
        for name, color in _COLORS:
            height = _height(counted.get(name, 0), top)
            if height:
                y -= height
                bars.append(Bar(x, y, height, color))
        if y < _HEIGHT:
            totals.append((place * _STEP + _STEP // 2, y - 3, sum(counted.values())))
        if (len(rows) - 1 - place) % _LABEL_EVERY == 0:  # counted back from today
            labels.append((place * _STEP + _STEP // 2, f"{day.day} {day:%b}"))
    return Chart(bars, labels, totals, len(rows) * _STEP, top, rows)


def _height(number: int, top: int) -> int:
    return max(2, round(number / top * (_HEIGHT - 10))) if number and top else 0
