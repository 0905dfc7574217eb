"""The grid of mappings: what documents wait for first, then what is mapped."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from rest_framework.exceptions import ParseError

from sync.models import Integration, MappingEntry
from sync.selectors.drift import drifted_among
from sync.selectors.mappings import (
    described,
    entries,
    kind_counts,
    kinds,
    targets,
    unmapped_among,
    waiting_by_cause,
)
from sync.services.mappings import mapping_import, mapping_preview, mapping_remove
from sync.web.choice import Choice, choice_of
from sync.web.forms import ImportForm
from sync.web.typed_mappings import map_what_holds
from tenants.access import find
from tenants.pages import Action, Page, page_of
from tenants.refusal import Refusal
from tenants.rest.csvtext import csv_answer, read_rows

COLUMNS = ("source_code", "target_code", "valid_from", "note")
_MOST_TARGETS = 2000
_MOST_BYTES = 10_000_000
_TARGET = "target:"  # and the source code: a field of the grid
_MOST_UNMAPPED = 100
_MOST_CHANGES = 100


class Mappings(Page):
    """One kind of one integration; the first kind that lacks something where none is named."""

    template = "sync/mappings.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        choice = choice_of(request)
        if choice.chosen is None:
            return self.show({"choice": choice})
        return self.show(self.context(request, choice, choice.chosen))

    def context(
        self, request: HttpRequest, choice: Choice, integration: Integration
    ) -> dict[str, Any]:
        waiting = waiting_by_cause(integration)
        counts = kind_counts(integration, waiting)
        lacking = next((row.kind for row in counts if row.unmapped), counts[0].kind)
        kind = request.GET.get("kind") or lacking
        if kind not in {row.kind for row in counts}:
            raise Http404
        open_codes = unmapped_among(waiting, kind)
        shown = open_codes[:_MOST_UNMAPPED]
        # Proposals are looked for among all targets, so that they are loaded once.
        offered = list(targets(integration, kind)) if shown else targets_of(integration, kind)
        help_with = described(integration, kind, [row.source_code for row in shown], offered)
        search = request.GET.get("search", "").strip()
        leaf = page_of(request, _found(integration, kind, search))
        return {
            "choice": choice,
            "integration": integration,
            "counts": counts,
            "kind": kind,
            "unmapped": [(row, *help_with[row.source_code]) for row in _heaviest(shown)],
            "more_unmapped": len(open_codes) - len(shown),
            "drifted": drifted_among(leaf.rows),
            "search": search,
            "leaf": leaf,
            "is_bare": not leaf.rows and not search,
            "changing": _changing(request),
            "names": dict(offered),
            "targets": offered[:_MOST_TARGETS],
            "import_form": ImportForm(),
        }


def _changing(request: HttpRequest) -> UUID | None:
    """Return the entry that the address asks to change; what is no id is none."""
    try:
        return UUID(request.GET.get("change", ""))
    except ValueError:
        return None


def _heaviest(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (-row.waiting.documents, row.source_code))


def _found(integration: Integration, kind: str, search: str) -> QuerySet[MappingEntry]:
    rows = entries(integration, kind)
    if search:
        rows = rows.filter(
            Q(source_code__icontains=search)
            | Q(target_code__icontains=search)
            | Q(note__icontains=search)
        )
    return rows.order_by("state", "source_code", "valid_from")  # invalid before ok


def targets_of(integration: Integration, kind: str) -> list[tuple[str, str]]:
    """Return codes and names that may be chosen as targets of a kind."""
    return list(targets(integration, kind)[:_MOST_TARGETS])


class _OfIntegration(Action):
    def integration(self, id: UUID) -> Integration:
        return find(Integration.objects.select_related("source"), id)

    def kind(self, integration: Integration, name: str) -> str:
        if name not in kinds(integration):
            raise Http404
        return name

    def home(self, **kwargs: Any) -> str:
        return f"{reverse('mappings')}?integration={kwargs['id']}&kind={kwargs['kind']}"


class Save(_OfIntegration):
    """Store one entry, new or changed."""

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        integration = self.integration(kwargs["id"])
        kind = self.kind(integration, kwargs["kind"])
        row = {name: request.POST.get(name, "").strip() for name in COLUMNS}
        done = mapping_import(integration, kind=kind, rows=[row])
        if done.unchanged:
            return f"{row['source_code']} was mapped to {row['target_code']} already."
        return f"{row['source_code']} was mapped to {row['target_code']}."


class SaveMany(_OfIntegration):
    """Take over every proposal that is ticked, and everything that was typed."""

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        integration = self.integration(kwargs["id"])
        kind = self.kind(integration, kwargs["kind"])
        rows = [
            {"source_code": code, "target_code": request.POST.get(f"target:{code}", "")}
            for code in chosen_codes(request.POST)
        ]
        if not rows:
            words = "Tick a proposal or enter what a code means first. Nothing was mapped."
            raise Refusal("nothing_chosen", words)
        done = map_what_holds(integration, kind, rows)
        for words in done.complaints:
            messages.error(request, words)
        return f"{done.words} What waited for it goes on." if done.number else ""


def chosen_codes(given: Any) -> list[str]:
    """Return the codes that are ticked, and those whose target differs from what was proposed."""
    typed = [
        name.removeprefix(_TARGET)
        for name in given
        if name.startswith(_TARGET) and _was_typed(given, name.removeprefix(_TARGET))
    ]
    return list(dict.fromkeys([*given.getlist("codes"), *typed]))


def _was_typed(given: Any, code: str) -> bool:
    target = given.get(f"{_TARGET}{code}", "").strip()
    return bool(target) and target != given.get(f"proposed:{code}", "")


class Delete(_OfIntegration):
    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        entry = find(MappingEntry.objects.select_related("integration"), kwargs["entry"])
        mapping_remove(entry)
        return f"The mapping of {entry.source_code} was removed; what needs it waits for review."


class Look(Page):
    """What a CSV file would change, before anybody confirms it."""

    template = "sync/mapping_import.html"

    def post(self, request: HttpRequest, id: UUID, kind: str) -> HttpResponseBase:
        form = ImportForm(request.POST, request.FILES)
        back = f"{reverse('mappings')}?integration={id}&kind={kind}"
        try:
            with self.scope():
                integration = find(Integration.objects.select_related("source"), id)
                if kind not in kinds(integration):
                    raise Http404
                if not form.is_valid():
                    raise Refusal("file_missing", "Choose a CSV file first. Nothing was imported.")
                file, keep = form.cleaned_data["file"], form.cleaned_data["keep_invalid"]
                rows = list(_read(file))
                seen = mapping_preview(integration, kind=kind, rows=rows, keep_invalid=keep)
                return self.show(
                    {
                        "integration": integration,
                        "kind": kind,
                        "seen": seen,
                        "changes": seen.changes[:_MOST_CHANGES],
                        "more": max(0, len(seen.changes) - _MOST_CHANGES),
                        "text": _text_of(rows),
                        "keep_invalid": keep,
                        "back": back,
                    }
                )
        except Refusal as refusal:
            for words in _complaints(refusal):
                messages.error(request, words)
            return redirect(back)


def _text_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as the CSV that the confirming form carries."""
    out = StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows({name: row.get(name) or "" for name in COLUMNS} for row in rows)
    return out.getvalue()


class Import(_OfIntegration):
    """Store a CSV file whole, or nothing of it; the file itself, or the text that was looked at."""

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        integration = self.integration(kwargs["id"])
        kind = self.kind(integration, kwargs["kind"])
        form = ImportForm(request.POST, request.FILES)
        is_file, text = form.is_valid(), request.POST.get("text", "")
        if not is_file and not text:
            raise Refusal("file_missing", "Choose a CSV file first. Nothing was imported.")
        done = mapping_import(
            integration,
            kind=kind,
            rows=list(_read(form.cleaned_data["file"]) if is_file else read_rows(text)),
            keep_invalid=bool(request.POST.get("keep_invalid")),
        )
        return (
            f"Imported: {done.created} new, {done.updated} changed, {done.unchanged} as before,"
            f" {done.invalid} with a target that cannot be used."
        )

    def complaints(self, refusal: Refusal) -> Iterable[str]:
        return _complaints(refusal)


def _complaints(refusal: Refusal) -> Iterator[str]:
    if not refusal.fields:
        yield refusal.message
        return
    yield f"Nothing was imported: {len(refusal.fields)} rows do not hold."
    for path, lines in list(refusal.fields.items())[:10]:
        yield f"{path.replace('rows[', 'Row ').replace('].', ', ')}: {' '.join(lines)}"


def _read(file: Any) -> Iterable[Mapping[str, Any]]:
    if file.size > _MOST_BYTES:
        raise Refusal("too_large", "The file is larger than 10 MB. Nothing was imported.")
    try:
        rows = read_rows(file.read().decode("utf-8-sig"))
    except (UnicodeDecodeError, csv.Error, ParseError) as error:
        why = str(error.detail) if isinstance(error, ParseError) else "This is no CSV in UTF-8."
        raise Refusal("unreadable", f"{why} Nothing was imported.") from None
    missing = {"source_code", "target_code"} - set(rows[0] if rows else ())
    if missing:
        raise Refusal("header", f"The header lacks {', '.join(sorted(missing))}.")
    return rows


class Export(Page):
    """The entries of a kind as CSV."""

    def get(self, request: HttpRequest, id: UUID, kind: str) -> HttpResponseBase:
        integration = find(Integration.objects.select_related("source"), id)
        if kind not in kinds(integration):
            raise Http404
        rows = entries(integration, kind).order_by("source_code", "valid_from")
        return csv_answer(f"mapping-{kind}", COLUMNS, rows.values_list(*COLUMNS))
