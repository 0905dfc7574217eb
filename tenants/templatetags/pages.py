"""Tags of the pages: values as the tenant writes them, states as words with a color."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenants.pages import formats

register = template.Library()
register.filter("number", formats.number)
register.filter("price", formats.price)
register.filter("day", formats.day)
register.filter("instant", formats.instant)
register.filter("span", formats.span)
register.filter("sums", formats.sums)

# State -> words and color. A color never stands alone: the words say the same.
STATES = {
    # documents
    "received": ("Received", "info"),
    "waiting": ("Waiting", "info"),
    "parked": ("Needs review", "warn"),
    "writing": ("Being written", "info"),
    "written": ("In the ledger", "ok"),
    "settled": ("Settled at the source", ""),
    "rejected": ("Rejected", "bad"),
    "ignored": ("Ignored", ""),
    # writes
    "queued": ("Queued", ""),
    "pending": ("Ready to send", "info"),
    "claimed": ("Ready to send", "info"),
    "sending": ("Being sent", "info"),
    "unknown": ("Being looked up", "warn"),
    "confirmed": ("Confirmed", "ok"),
    "conflict": ("Conflict", "bad"),
    "cancelled": ("Withdrawn", ""),
    "withdrawn": ("Taken back from the ledger", ""),
    # runs
    "running": ("Running", "info"),
    "succeeded": ("Finished", "ok"),
    "partial": ("Some need review", "warn"),
    "failed": ("Failed", "bad"),
    "stopped": ("Stopped", ""),
    # connections and findings
    "ok": ("Works", "ok"),
    "attention": ("Needs attention", "bad"),
    "unchecked": ("Not checked yet", ""),
    "pass": ("Passed", "ok"),
    "warn": ("Look at this", "warn"),
    "fail": ("Failed", "bad"),
    "unproven": ("Could not be proved", ""),
    # notifications and payments
    "off": ("Off", ""),
    "active": ("Works", "ok"),
    "draft": ("Not posted yet", ""),
    "part_paid": ("Paid in part", "info"),
    "paid": ("Paid", "ok"),
    "gone": ("No longer in the ledger", "bad"),
    # reviews and mappings
    "open": ("Open", "warn"),
    "resolved": ("Resolved", "ok"),
    "on_its_way": ("On its way", "info"),
    "invalid": ("Cannot be used", "bad"),
    "missing": ("Not mapped", "warn"),
}


@register.simple_tag
def badge(state: Any, words: str = "") -> SafeString:
    """Write a state as a badge; an unknown one as it is."""
    label, color = STATES.get(str(state), (str(state).replace("_", " "), ""))
    return format_html('<span class="badge {}">{}</span>', color, words or label)


@register.simple_tag
def money(amount: Any, currency: Any = "") -> str:
    return formats.money(amount, str(currency or ""))


@register.simple_tag
def when(value: Any, empty: str = formats.DASH) -> str | SafeString:
    """Write an instant for people, with the exact one for programs and hovering."""
    moment = formats.as_instant(value)
    if moment is None:
        return empty
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        f"{moment:%Y-%m-%d %H:%M:%S} UTC",
        formats.instant(moment),
    )


@register.filter
def words(value: Any) -> str:
    """Turn a code into words: `purchase_order` into `purchase order`."""
    return str(value).replace("_", " ").replace("-", " ")


@register.filter
def in_words(value: Any) -> str:
    """Write what programs keep as lists and objects as people would: parts between commas."""
    if isinstance(value, Mapping):
        return "; ".join(f"{words(key)}: {in_words(part)}" for key, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(in_words, value))
    return formats.DASH if value in (None, "") else str(value)


@register.filter
def split(value: str) -> list[str]:
    return value.split(",")


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """Look a key up that is known only while rendering."""
    return mapping.get(key, "") if hasattr(mapping, "get") else ""


@register.inclusion_tag("components/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """Show a form's field with label, hint and what is wrong with it."""
    widget = bound.field.widget
    several = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    return {
        "field": bound,
        "several": several,
        "check": isinstance(widget, CheckboxInput),
        "optional": getattr(bound.form, "says_optional", True)
        and not bound.field.required
        and not several
        and not isinstance(widget, CheckboxInput),
    }
