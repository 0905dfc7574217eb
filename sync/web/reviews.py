"""The review queue by cause, and the page of one cause with the fix on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from sync.domain.mapping import SUPPLIER
from sync.domain.targets import reference_kind
from sync.models import Document, FlowName, Integration, LedgerItem, ReviewItem, ReviewState
from sync.selectors.causes import by_money, loaded, runs_under_way, with_waiting
from sync.selectors.mappings import described, is_mapped
from sync.selectors.reviews import reviews
from sync.services.documents import waiting_for
from sync.services.mappings import mapping_import
from sync.services.reviews import refusal_forget, review_change, review_resolve
from sync.services.supplier_choices import may_be_new
from sync.services.withdrawals import documents_withdraw, is_about_our_draft
from sync.web.forms import AcceptForm, HandOverForm, MapForm, OrderForm, ReviewFilter
from sync.words import plainly, reason_title
from tenants.access import find
from tenants.models import Membership
from tenants.pages import Action, Button, Page, page_of
from tenants.pages.views import words_of
from tenants.refusal import Clash, Invalid, Refusal

_ORDER_CODES = ("order_reference_missing", "order_not_found", "order_ambiguous")
_SUPPLIER_CODES = ("supplier_unknown", "supplier_ambiguous")
_MOST_TARGETS = 500
_DONE = {
    "retry": "{documents} are tried again.",
    "accept": "{documents} were accepted.",
    "reject": "{documents} were rejected; they will not be written to the ledger.",
    "ignore": "{documents} are ignored; they stay visible and can be replayed.",
}


class Reviews(Page):
    """Every open cause, most money first."""

    template = "sync/reviews.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        form = ReviewFilter(request.GET)
        wanted = form.wanted()
        if wanted["state"] == ReviewState.OPEN:
            leaf = page_of(request, by_money(reviews(**wanted)))
            causes = loaded(leaf.rows)
        else:
            rows = reviews(**wanted).select_related("integration", "assignee")
            leaf = page_of(request, rows.order_by("-resolved_at", "-pk"))
            causes = with_waiting(leaf.rows)
        return self.show(
            {
                "filter": form,
                "leaf": leaf,
                "causes": causes,
                "is_filtered": form.is_filtered,
                "is_new": not causes and not Integration.objects.exists(),
            }
        )


class Review(Page):
    """One cause: why, who, what waits for it, and what can be done."""

    template = "sync/review.html"

    def get(self, request: HttpRequest, id: UUID) -> HttpResponseBase:
        return self.show(self.context(request, id))

    def context(self, request: HttpRequest, id: UUID, **more: Any) -> dict[str, Any]:
        rows = ReviewItem.objects.select_related("integration", "document", "assignee")
        review = find(rows, id)
        [cause] = with_waiting([review])
        waiting = waiting_for(Document.objects.all(), review.pk).order_by("-amount", "pk")
        mapping = mapping_of(review)
        is_for_people = review.state == ReviewState.OPEN and not cause.is_on_its_way
        return {
            "review": review,
            "cause": cause,
            "leaf": page_of(request, waiting),
            "title": reason_title(review.code),
            "message": plainly(review.reason.get("message", "")),
            "evidence": {
                name: value
                for name, value in review.reason.get("evidence", {}).items()
                if not isinstance(value, dict | list)
            },
            "mapping": mapping,
            **(_mapping_help(review, *mapping) if mapping else {}),
            "order_form": OrderForm() if review.code in _ORDER_CODES else None,
            "sides": _sides(review),
            "choices": review.reason.get("evidence", {}).get("choices", []) if mapping else [],
            "may_be_new": may_be_new(review),
            "accept_form": AcceptForm() if review.reason.get("acceptable") else None,
            "hand_over": HandOverForm(
                members=_members(), initial={"assignee": review.assignee_id or ""}
            ),
            "policy_field": _policy_field(review),
            "is_open": review.state == ReviewState.OPEN,
            **(_on_its_way(review, mapping) if cause.is_on_its_way else {}),
            "can_withdraw": is_about_our_draft(review.reason)
            and review.document.flow_name == FlowName.INVOICES,
            "is_remembered": review.cause.startswith("refused "),
            "can_act": is_for_people and self.request.member.can("operator"),
            **more,
        }


def _policy_field(review: ReviewItem) -> str | None:
    """Return the field of the policy that fixes the cause, "" for several; None where none does."""
    if review.code == "unit_differs":
        return "match__unit_factors"
    return "" if review.cause.startswith(("account ", "dimension ")) else None


def _on_its_way(review: ReviewItem, mapping: tuple[str, str] | None) -> dict[str, Any]:
    """Say whether the cause itself is known to be gone, and where its documents are decided."""
    is_mended = mapping is not None and is_mapped(review.integration, *mapping)
    return {"is_mended": is_mended, "runs": list(runs_under_way(review))}


def _sides(review: ReviewItem) -> list[tuple[str, str, str]]:
    """Return the values to choose from where both sides changed a supplier's field."""
    evidence = review.reason.get("evidence", {})
    if review.code != "supplier_conflict" or "source_value" not in evidence:
        return []
    return [
        ("source", "JAGGAER", evidence["source_value"]),
        ("ledger", "the ledger", evidence["ledger_value"]),
    ]


def mapping_of(review: ReviewItem) -> tuple[str, str] | None:
    """Return kind and source code where a mapping would fix the cause."""
    evidence = review.reason.get("evidence", {})
    if review.cause.startswith("mapping "):
        return evidence.get("kind", ""), evidence.get("source_code", "")
    if review.code in _SUPPLIER_CODES and review.document.supplier_source_id:
        return SUPPLIER, review.document.supplier_source_id
    return None


def _mapping_help(review: ReviewItem, kind: str, code: str) -> Mapping[str, Any]:
    """Return the form that maps the code, with the proposal and the targets to choose from."""
    key = code
    if kind == SUPPLIER:
        key = review.cause.removeprefix("supplier ")
    description, suggestion = described(review.integration, kind, [key])[key]
    targets = LedgerItem.objects.filter(
        integration=review.integration, kind=reference_kind(kind), usable=True
    )
    initial = {"target_code": suggestion.target_code if suggestion else ""}
    return {
        "map_form": MapForm(initial=initial),
        "description": description,
        "suggestion": suggestion,
        "targets": list(targets.order_by("code").values_list("code", "name")[:_MOST_TARGETS]),
    }


def _members() -> list[tuple[str, str]]:
    rows = Membership.objects.select_related("user").order_by("user__email")
    return [(str(row.user_id), row.user.email) for row in rows]


class Resolve(Page):
    """Retry, accept, reject or ignore all that waits for a cause, or the documents ticked."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, id: UUID) -> HttpResponseBase:
        try:
            with self.scope():
                review = find(ReviewItem.objects, id)
                words = resolve(review, request.POST)
        except Refusal as refusal:
            messages.error(request, words_of(refusal))
            return redirect("review", id)
        messages.success(request, words)
        return redirect("reviews")


def resolve(review: ReviewItem, given: Any) -> str:
    """Carry out what a form asks for one cause; returns the words for the person."""
    done = review_resolve(
        review,
        action=given.get("action"),
        note=given.get("note", ""),
        order=given.get("order", ""),
        value=given.get("value", ""),
        documents=given.getlist("documents") or None,
    )
    if done.awaiting:
        return "Asked for. A second person must accept the same before it counts."
    return _DONE[given["action"]].format(documents=counted(done.documents))


def counted(number: int) -> str:
    return "1 document" if number == 1 else f"{number} documents"


class ResolveMany(Button):
    """One action on every cause ticked; each stands or falls by itself."""

    back = "reviews"

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        chosen = request.POST.getlist("reviews")
        if not chosen:
            messages.error(request, "Tick at least one cause first. Nothing was changed.")
        done = 0
        for id in chosen[:500]:
            done += self._one(request, id)
        if done:
            messages.success(request, f"Done for {done} of {len(chosen)} causes.")
        return redirect(self.next_page(request, **kwargs))

    def _one(self, request: HttpRequest, id: str) -> bool:
        given = request.POST
        try:
            with self.scope():
                review = find(ReviewItem.objects, id)
                review_resolve(review, action=given.get("action"), note=given.get("note", ""))
        except Refusal as refusal:
            messages.error(request, f"{plainly(review.cause)}: {words_of(refusal)}")
            return False
        return True


class MapHere(Page):
    """Map the code that a cause is about; its documents go on by themselves."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, id: UUID) -> HttpResponseBase:
        form = MapForm(request.POST)
        with self.scope():
            review = find(ReviewItem.objects.select_related("integration", "document"), id)
            mapping = mapping_of(review)
        if mapping is None or not form.is_valid():
            messages.error(request, "Name the target to map to.")
            return redirect("review", id)
        kind, code = mapping
        row = {"source_code": code, **form.cleaned_data}
        try:
            with self.scope():
                mapping_import(review.integration, kind=kind, rows=[row])
        except Refusal as refusal:
            messages.error(request, words_of(refusal))
            return redirect("review", id)
        target = form.cleaned_data["target_code"]
        messages.success(request, f"{code} was mapped to {target}. What waited for it goes on.")
        return redirect("reviews")


class Forget(Action):
    """Forget what the ledger refused, so that all that it held back goes on."""

    back = "reviews"

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        review = find(ReviewItem.objects.select_related("integration"), kwargs["id"])
        return f"Forgotten: {counted(refusal_forget(review))} go on."


class Withdraw(Action):
    """Have the drafts taken back of all that waits for a cause, once a person has confirmed it."""

    back = "reviews"

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        review = find(ReviewItem.objects, kwargs["id"])
        if request.POST.get("confirmed") != "yes":
            raise Invalid({"confirmed": ["Tick that the draft is to be deleted in the ledger."]})
        waiting = waiting_for(Document.objects.all(), review.pk).values_list("pk", flat=True)
        count = documents_withdraw(waiting)
        if not count:
            raise Clash("not_withdrawable", "Nothing of it stands in the ledger as our draft.")
        return f"The drafts of {counted(count)} are taken back; what was posted or changed stays."


class HandOver(Action):
    """Give a cause to a member, or to nobody."""

    back = "reviews"

    def carry_out(self, request: HttpRequest, **kwargs: Any) -> str:
        review = find(ReviewItem.objects.select_related("assignee"), kwargs["id"])
        review_change(review, {"assignee": request.POST.get("assignee") or None})
        return f"Handed to {review.assignee}." if review.assignee else "Nobody has it now."

    def home(self, **kwargs: Any) -> str:
        return reverse("review", args=[kwargs["id"]])
