"""What people decide about suppliers: which side's value holds, that bank details were checked,
that a supplier is none of the vendors that were proposed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.record import record
from sync.models import Document, ReviewItem

AMBIGUOUS = "supplier_ambiguous"
CONFLICT = "supplier_conflict"
BANK = "bank_details_changed"
SIDES = ("source", "ledger")
NEW = "new"  # none of the vendors proposed: create one


def value_chosen(review: ReviewItem, action: Any, value: Any, wrong: dict[str, list[str]]) -> str:
    """Return the side whose value holds or `NEW`, "" where none was named; fills in `wrong`."""
    if value in (None, ""):
        return ""
    if value not in (*SIDES, NEW):
        wrong["value"] = [f"One of {', '.join((*SIDES, NEW))}."]
    elif value == NEW and (action != "retry" or not may_be_new(review)):
        wrong["value"] = ["A new vendor can be chosen with retry, where vendors are proposed only."]
    elif value != NEW and (action != "retry" or review.code != CONFLICT):
        wrong["value"] = ["A value can be chosen with retry, for a conflict of suppliers only."]
    return str(value)


def may_be_new(review: ReviewItem) -> bool:
    """Whether a vendor may be created instead of those proposed; never where one is gone, which
    the ledger merged into another or deleted (domain rules 1b, 4 and 7)."""
    evidence = review.reason.get("evidence", {})
    return review.code == AMBIGUOUS and bool(evidence.get("choices")) and "gone" not in evidence


def none_of_these(document: Document, evidence: Mapping[str, Any]) -> None:
    """Tell that a person looked at the vendors proposed and the supplier is none of them."""
    proposed = [choice["number"] for choice in evidence.get("choices", ())]
    record(
        "supplier.new_vendor_chosen",
        target=document,
        document=document.pk,
        facts={"vendors": ", ".join(proposed)},
    )


def choose(document: Document, evidence: Mapping[str, Any], side: str) -> None:
    """Let one side's value of a field hold, as long as both sides say what they say now.

    The next decision carries it over; it is written like any other change.
    """
    name = str(evidence.get("field", "")).lower()
    match = dict(document.match or {})
    shown = next((row for row in match.get("view", ()) if row["field"] == name), None)
    if shown is None:
        return
    choice = {"side": side, "source": shown["source"], "ledger": shown["ledger"]}
    match["choices"] = {**match.get("choices", {}), name: choice}
    document.match = match
    document.save(update_fields=["match"])
    record(
        "supplier.value_chosen",
        target=document,
        document=document.pk,
        facts={"field": name, "side": side},
        words={"value": shown[side] or "nothing"},  # may be somebody's telephone number
    )
