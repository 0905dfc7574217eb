"""Many documents decided anew: what a search found, a period, what a run decided on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponseBase

from sync.models import Document, Run, RunMode
from sync.selectors.documents import documents
from sync.services.documents import found_replay, replayable
from sync.web.forms import DocumentFilter, ReplayForm
from sync.words import RESOURCES, counted_name
from tenants.models import Role
from tenants.pages import FormPage
from tenants.refusal import Refusal


class ReplayMany(FormPage):
    """Says how many documents the filters in the address choose; replays or previews them.

    A filter that does not hold chooses nothing: left out, it would choose too many.
    """

    read_role = Role.OPERATOR
    template = "sync/replay.html"

    def form(self, data: Any = None, **kwargs: Any) -> Form:
        return ReplayForm(data)

    def context(self, form: Form, **kwargs: Any) -> Mapping[str, Any]:
        chosen = DocumentFilter(self.request.GET)
        counted = {} if chosen.errors else replayable(self.found(chosen))
        busy = counted.pop("busy", 0)
        run = chosen.wanted().get("run")
        return {
            "form": form,
            "filter": chosen,
            "asked": [(field.label, _said(field)) for field in chosen if _is_shown(field)],
            "counts": [
                (counted_name(name, counted[name]), counted[name])
                for name in RESOURCES
                if name in counted
            ],
            "busy": busy,
            "documents": sum(counted.values()),
            "run": Run.objects.select_related("flow").filter(pk=run).first() if run else None,
        }

    def found(self, chosen: DocumentFilter) -> QuerySet[Document]:
        return documents(**chosen.wanted()).prefetch_related(None)

    def carry_out(self, form: Form, **kwargs: Any) -> HttpResponseBase:
        chosen = DocumentFilter(self.request.GET)
        if chosen.errors:
            raise Refusal("filter_invalid", "A filter in the address cannot be read.")
        given = form.cleaned_data
        runs = found_replay(self.found(chosen), mapping=given["mapping"], mode=given["mode"])
        expected = sum(run.expected or 0 for run in runs)
        words = f"{expected} document{'' if expected == 1 else 's'}"
        if given["mode"] == RunMode.PREVIEW:
            return self.done(f"Preview of {words}: nothing is written.", "run", runs[0].pk)
        said = f"Replay of {words}. What stands in the ledger already is not written again."
        return self.done(said, "run", runs[0].pk)


def _is_shown(field: Any) -> bool:
    return bool(field.value()) and not field.is_hidden


def _said(field: Any) -> str:
    """Return the value of a filter in the words of its choices."""
    choices = {str(key): label for key, label in getattr(field.field, "choices", ())}
    return choices.get(field.value(), field.value())
