"""Documents: found by any number that a customer quotes, told from arrival to ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from sync.admin.columns import every_integration
from sync.admin.document_page import sections_of
from sync.domain.references import invoice_number_key, loose_number_key, order_reference_keys
from sync.engine.release import release_documents
from sync.models import Document, DocumentState, FlowName, Integration, Link, ReviewItem, Run, Wait
from sync.services.documents import ReplayFilter, documents_replay
from tenants.models import Tenant
from tenants.support.base import SupportAdmin, as_uuid, column
from tenants.support.cells import badge, counted, money
from tenants.support.filters import IdFilter, id_filter, word_filter
from tenants.support.interventions import Intervention, ReasonForm
from tenants.support.reading import rows
from tenants.support.sections import Section
from tenants.support.supportsite import site

_MOST_LINKS = 100
_SHORTEST_NAME = 3


class ReplayForm(ReasonForm):
    """Why, by which mapping, and whether for good."""

    mode = forms.ChoiceField(
        choices=[("preview", "Preview: work it out, send nothing"), ("live", "Live")],
        help_text="What stands in the ledger is recognized and not written again.",
    )
    mapping = forms.ChoiceField(
        choices=[("current", "Today's"), ("pinned", "That of the last decision")],
        help_text="The mapping to decide with.",
    )


def _replay(chosen: list[Document], choices: Mapping[str, Any]) -> str:
    queued: list[Run] = []
    for integration, ids in _by_integration(chosen).items():
        queued += documents_replay(
            integration,
            chosen=ReplayFilter(documents=tuple(ids)),
            mapping=choices["mapping"],
            mode=choices["mode"],
        )
    expected = sum(run.expected or 0 for run in queued)
    documents = counted(len(chosen), "document")
    return f"A replay of {expected} of {documents} was asked for ({choices['mode']})."


def _release(chosen: list[Document], choices: Mapping[str, Any]) -> str:
    count = sum(release_documents(one, ids) for one, ids in _by_integration(chosen).items())
    return f"{counted(count, 'document')} let go on; whatever still has a cause parks again."


def _by_integration(chosen: Iterable[Document]) -> dict[Integration, list[UUID]]:
    ids: dict[UUID, list[UUID]] = defaultdict(list)
    for document in chosen:
        ids[document.integration_id].append(document.pk)
    return {one: ids[one.pk] for one in Integration.objects.filter(pk__in=ids)}


def _replayable(document: Document) -> str:
    if document.state in (DocumentState.WRITING, DocumentState.UNKNOWN):
        return "It is on its way to the ledger."
    return ""


def _releasable(document: Document) -> str:
    if document.state in (DocumentState.PARKED, DocumentState.WAITING):
        return ""
    return "Only a parked or waiting document can be released."


class SupplierFilter(admin.SimpleListFilter):
    """Documents of one supplier, by its ERP number or its id at the source."""

    title = parameter_name = "supplier"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        given = request.GET.get(self.parameter_name, "")
        return [(given, given)] if given else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
        if not self.value():
            return None
        named = Q(supplier_source_id=self.value()) | Q(supplier_erp_number=self.value())
        return queryset.filter(named)


class ReviewFilter(IdFilter):
    """Documents that wait for the cause of a review item."""

    title, parameter_name = "review", "review"

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
        if not self.value():
            return None
        key = as_uuid(self.value())
        item = rows(ReviewItem).filter(pk=key).first() if key else None
        if item is None:
            return queryset.none()
        waits = rows(Wait).filter(integration=item.integration_id, cause=item.cause)
        return queryset.filter(pk__in=waits.values("document"))


@admin.register(Document, site=site)
class DocumentAdmin(SupportAdmin):
    """A supplier, order, invoice or credit note."""

    menu = "Work"
    find_help = "document number, supplier's number, NAV number, source id, supplier's name"
    with_rows = ("tenant", "integration")
    list_display = (
        "reference_",
        "customer",
        "resource_",
        column("supplier_name", "Supplier"),
        column("supplier_reference", "Supplier's number"),
        "amount_",
        column("state", show=badge),
        column("changed_at"),
    )
    list_filter = (
        *SupportAdmin.list_filter,
        id_filter("integration"),
        ReviewFilter,
        SupplierFilter,
        word_filter("resource", ("supplier", "purchase_order", "invoice", "credit_note")),
        "state",
    )
    interventions = (
        Intervention(
            "replay",
            "Replay",
            "Decides from the version that is kept, by the same rules as the first time.",
            _replay,
            form=ReplayForm,
            fits=_replayable,
            many=True,
            about="document",
        ),
        Intervention(
            "release",
            "Release",
            "Lets parked or waiting documents be decided anew. What still has a cause parks again.",
            _release,
            fits=_releasable,
            many=True,
            about="document",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        found = super().get_queryset(request)
        return found.defer("integration__policy", "integration__ledger_setup", "match", "notes")

    def found(self, request: HttpRequest, text: str) -> QuerySet:
        tenant = request.GET.get("tenant", "")
        return super().found(request, text) if not tenant else self._of_customer(request, text)

    def _of_customer(self, request: HttpRequest, text: str) -> QuerySet:
        """Inside one customer's list beginnings are found too: its rows are few enough."""
        begins = Q()
        for field in ("reference", "supplier_reference", "source_id", "supplier_name"):
            begins |= Q(**{f"{field}__istartswith": text})
        exact = super().found(request, text).order_by().values_list("pk", flat=True)
        return self.get_queryset(request).filter(begins | Q(pk__in=list(exact[:_MOST_LINKS])))

    def terms(self, text: str) -> Q | None:
        """Compare every number that a document has, each by an index that begins with integration.

        Names of suppliers are looked for among suppliers only.
        """
        order, number = order_reference_keys(text), invoice_number_key(text)
        keys = {
            "reference": text,
            "number_key": number,
            "number_loose_key": loose_number_key(text),
            "supplier_source_id": text,
        }
        found = Q(flow_name__in=FlowName.values, source_id=text)
        for field in ("reference_key", "alternate_key") if order.strict else ():
            found |= Q(flow_name=FlowName.PURCHASE_ORDERS, **{field: order.strict})
        for field, value in keys.items():
            if value:
                found |= Q(**{field: value})
        if len(text) >= _SHORTEST_NAME:
            found |= Q(flow_name=FlowName.SUPPLIERS, supplier_name__istartswith=text)
        return Q(integration__in=every_integration()) & found | Q(pk__in=_by_ledger_number(text))

    def hint(self, row: Document) -> str:
        words = (row.resource.replace("_", " "), row.supplier_reference, row.supplier_name)
        return ", ".join([*filter(None, words), row.state])

    @admin.display(description="Reference")
    def reference_(self, row: Document) -> str:
        return str(row)

    @admin.display(description="What")
    def resource_(self, row: Document) -> str:
        return row.resource.replace("_", " ")

    @admin.display(description="Amount")
    def amount_(self, row: Document) -> str:
        return money(row.amount, row.currency)

    def title_of(self, row: Document) -> str:
        return f"{row.resource.replace('_', ' ')} {row}"

    def sections(self, request: HttpRequest, row: Document) -> Iterator[Section]:
        return sections_of(row)


def _by_ledger_number(text: str) -> list[UUID]:
    """Return the documents that bear a number in the ledger; its index begins with the tenant."""
    tenants = list(rows(Tenant).values_list("pk", flat=True))
    found = rows(Link).filter(tenant__in=tenants, number=text.upper())
    return list(found.values_list("document", flat=True)[:_MOST_LINKS])
