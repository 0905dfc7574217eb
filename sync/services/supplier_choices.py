"""What people decide about suppliers: which side's value holds, that bank details were checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audit.record import record
from sync.models import Document

CONFLICT = "supplier_conflict"
BANK = "bank_details_changed"
SIDES = ("source", "ledger")


def side_chosen(code: str, action: Any, value: Any, wrong: dict[str, list[str]]) -> str:
    """Return the side whose value holds, "" where none was named; fills in `wrong`."""
    if value in (None, ""):
        return ""
    if value not in SIDES:
        wrong["value"] = [f"One of {', '.join(SIDES)}."]
    elif code != CONFLICT or action != "retry":
        wrong["value"] = ["A value can be chosen with retry, for a conflict of suppliers only."]
    return str(value)


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
