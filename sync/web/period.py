"""The period that a page of sums is about: the days that the address names, else the newest."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils import timezone

from sync.models import Document, Integration
from sync.web.forms import PeriodForm


class Chosen(NamedTuple):
    """The filter as it is shown, and the days that it means; None leaves an end open."""

    form: PeriodForm
    since: date | None
    until: date | None

    @property
    def shown(self) -> dict[str, Any]:
        """Return what the template of such a page reads."""
        return {"filter": self.form, "since": self.since, "until": self.until}


def period_of(request: HttpRequest, integration: Integration, *, days: int) -> Chosen:
    """Return the period of the address; without one the last `days` up to the newest document.

    `?all=1` leaves both ends open.
    """
    form = PeriodForm(request.GET)
    wanted = form.wanted()
    since, until = wanted.get("since"), wanted.get("until")
    newest = _newest_day(integration)
    if since is None and until is None and newest and not request.GET.get("all"):
        since, until = newest - timedelta(days=days - 1), newest
        form = PeriodForm({"since": since, "until": until})
    return Chosen(form, since, until)


def _newest_day(integration: Integration) -> date | None:
    """Return the newest date of a document up to today."""
    rows = Document.objects.filter(integration=integration, document_date__lte=timezone.localdate())
    return rows.order_by("-document_date").values_list("document_date", flat=True).first()
