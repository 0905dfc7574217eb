"""Filters that turn the codes of flows, documents and reasons into the words of people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from sync import words
from sync.domain.senses import Sense
from sync.domain.side_by_side import label, sense
from sync.engine.receipt_alarms import days_since as elapsed
from sync.models import RunMode
from tenants.pages import formats

register = template.Library()


@register.filter
def flow(name: Any) -> str:
    return words.FLOWS.get(str(name), str(name))


@register.filter
def resource(name: Any) -> str:
    return words.RESOURCES.get(str(name), str(name))


@register.filter
def kind(name: Any) -> str:
    return words.KINDS.get(str(name), str(name).replace("_", " ").capitalize())


@register.filter
def owner(name: Any) -> str:
    return words.OWNERS.get(str(name), str(name))


@register.filter
def ledger_document(name: Any) -> str:
    return words.LEDGER_DOCUMENTS.get(str(name), str(name).replace("_", " "))


@register.filter
def field_owner(name: Any) -> str:
    return words.FIELD_OWNERS.get(str(name), str(name))


@register.filter
def payment(name: Any) -> str:
    return words.PAYMENTS.get(str(name), str(name))


@register.filter
def trigger(name: Any) -> str:
    return words.TRIGGERS.get(str(name), str(name))


@register.filter
def decision(name: Any) -> str:
    return words.DECISIONS.get(str(name), str(name))


@register.filter
def resolved_as(action: Any) -> str:
    return words.RESOLVED.get(str(action), str(action).replace("_", " "))


@register.filter
def done(outcome: Any, mode: str) -> str:
    """Say beside an outcome's state what was done, or in a preview what would be."""
    if mode == RunMode.PREVIEW:
        return words.WOULD.get(outcome.decision, "")
    is_done = outcome.state == "written" or outcome.decision == "skip"
    return words.DONE.get(outcome.decision, "") if is_done else ""


@register.filter
def count_name(name: Any) -> str:
    return words.COUNTS.get(str(name), str(name).capitalize())


@register.filter
def column_name(name: Any) -> str:
    """Name a column of the reconciliation, where "In the ledger" is what the ledger itself has."""
    return {"written": "Written", "settled": "Settled"}.get(str(name)) or count_name(name)


@register.filter
def reason_title(code: Any) -> str:
    return words.reason_title(str(code))


@register.filter
def evidence_name(name: Any) -> str:
    return words.evidence_name(str(name))


@register.filter
def plainly(text: Any) -> str:
    return words.plainly(str(text))


@register.filter
def schedule(value: Any) -> str:
    return words.schedule_words(value or {})


@register.filter
def number_name(name: Any) -> str:
    return words.NUMBERS.get(str(name), str(name).replace("_", " "))


@register.filter
def field_name(name: Any) -> str:
    return label(str(name))


@register.filter
def field_sense(name: Any) -> str:
    return sense(str(name))


@register.filter
def days_since(moment: datetime) -> int:
    """Count the days from a moment to today, in the tenant's time zone."""
    return elapsed(moment, timezone.now())


@register.filter
def as_here(text: Any) -> str:
    """Write a value of another system as the pages do: days and decimals; all else as it is."""
    return words.as_here(str(text or ""))


@register.simple_tag
def checked(check: Mapping[str, Any], name: str, currency: str) -> str:
    """Write a number of a comparison; amounts and prices with the document's currency."""
    number = check["numbers"][name]
    if name in check.get("amounts", ()):
        return formats.money(number, currency)
    return formats.number(number)


@register.simple_tag
def received(value: str, sense: str, currency: str) -> str:
    """Write a field of a version; amounts with the currency of that version."""
    if sense == Sense.AMOUNT and value:
        return formats.money(value, currency)
    return words.plainly(words.as_here(value)) or formats.DASH


@register.simple_tag
def ledger_value(value: str, sense: str, currency: str) -> str:
    """Write a field's value of the ledger; amounts with the document's currency."""
    if sense == Sense.AMOUNT and value:
        return formats.money(value, currency)
    if sense == Sense.CURRENCY:
        return value or "local currency"
    return words.as_here(value) or formats.DASH
