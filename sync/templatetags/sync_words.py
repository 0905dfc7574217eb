"""Filters that turn the codes of flows, documents and reasons into the words of people."""

from __future__ import annotations

from typing import Any

from django import template

from sync import words

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
def plainly(text: Any) -> str:
    return words.plainly(str(text))


@register.filter
def schedule(value: Any) -> str:
    return words.schedule_words(value or {})


@register.filter
def number_name(name: Any) -> str:
    return words.NUMBERS.get(str(name), str(name).replace("_", " "))
