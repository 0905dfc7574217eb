"""Values as support reads them: instants with their zone, plain decimals, links, colored states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

NOTHING = "–"
GOOD, BUSY, WARN, BAD, QUIET = "good", "busy", "warn", "bad", "quiet"
_TONES = {
    GOOD: "ok active succeeded written confirmed pass resolved settled create update enabled live"
    " done",
    BUSY: "queued running writing pending claimed sending received waiting asked",
    WARN: "attention partial parked unknown suspended warn open wait park unproven paused expired"
    " held failing",
    BAD: "failed rejected conflict fail reject closed invalid",
}
_SAID = {"api": "API", "api_key": "API key", "it": "IT", "tenant": "customer"}
_TONE_OF = {word: tone for tone, words in _TONES.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere; without an address it is only the text."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """A state, colored by what it means for whoever looks."""

    text: str
    tone: str = QUIET


def badge(state: Any) -> Badge:
    """Return a state word with its color; an unknown word is gray."""
    return badge_as(state, str(state))


def badge_as(state: Any, text: str) -> Badge:
    """Return a state under other words, in the color of the state."""
    return Badge(text, _TONE_OF.get(str(state), QUIET))


def page_of(row: models.Model | None, text: Any = None) -> Link | str:
    """Return a link to a row's admin page."""
    if row is None:
        return ""
    return page_at(row._meta, row.pk, str(row) if text is None else str(text))


def page_at(options: Any, pk: Any, text: str) -> Link | str:
    """Return a link to the page of a row that was not fetched, or the text alone."""
    return page_named(options.label_lower, pk, text)


def page_named(label: str, pk: Any, text: Any = None) -> Link | str:
    """The same for a model by its name, such as `sync.run`, of an app that may not be imported."""
    text = str(pk) if text is None else text
    if not pk or not label:
        return text if pk else ""
    try:
        name = f"admin:{label.replace('.', '_')}_change"
        return Link(text or NOTHING, reverse(name, args=[pk]))
    except NoReverseMatch:
        return text


def list_of(model: type[models.Model], text: Any, **filters: Any) -> Link:
    """Return a link to the list of a model, narrowed."""
    path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return Link(str(text), f"{path}?{query}" if query else path)


def age(instant: datetime | None) -> str:
    """Return how long ago, or in how long, in its two largest units; '' for no instant."""
    if instant is None:
        return ""
    now = timezone.now()
    span = _span(abs(now - instant))
    return f"in {span}" if instant > now else f"{span} ago"


def _span(delta: timedelta) -> str:
    minutes = int(delta.total_seconds() // 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h" if days < 10 else f"{days} d"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def shown(value: Any) -> str | SafeString:
    """Return a value as safe HTML; anything that came from outside is escaped."""
    match value:
        case None | "":
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case SafeString():
            return value
        case Link():
            return format_html('<a href="{}">{}</a>', value.href, value.text)
        case Badge():
            return format_html('<span class="badge {}">{}</span>', value.tone, value.text)
        case datetime():
            return _instant(value)
        case date():
            return value.isoformat()
        case Decimal():
            return plain_decimal(value)
        case UUID():
            return format_html("<code>{}</code>", value)
        case Mapping():
            return _pairs(value)
        case list() | tuple() | set() | frozenset():
            return (
                format_html_join("", "<div>{}</div>", ((shown(one),) for one in value)) or NOTHING
            )
        case _:
            return format_html("{}", value)


def spoken(word: Any) -> str:
    """Return a code as support says it: `purchase_invoice` is a purchase invoice."""
    return _SAID.get(str(word), str(word).replace("_", " "))


def counted(number: int, one: str, many: str = "") -> str:
    """Return how many of something: 1 document, 2 documents."""
    return f"{number} {agreeing(number, one, many)}"


def agreeing(number: int, one: str, many: str = "") -> str:
    """Return the words that go with a number; those of many are those of one with an s."""
    return one if number == 1 else many or f"{one}s"


def times(number: int) -> str:
    """Return how often, in words where a number stumbles."""
    return {0: "never", 1: "once"}.get(number, f"{number} times")


def plain_decimal(value: Decimal) -> str:
    """Return a decimal without an exponent and without zeros that say nothing; cents stay."""
    text = f"{value:f}"
    whole, dot, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(2, "0") if dot else ""
    return f"{whole}.{fraction}" if dot else whole


def money(amount: Decimal | None, currency: str) -> str:
    return f"{plain_decimal(amount)} {currency}".strip() if amount is not None else ""


def _instant(value: datetime) -> SafeString:
    utc = value.astimezone(timezone.get_default_timezone())
    return format_html(
        '<time datetime="{}" title="{}">{} UTC</time>',
        utc.isoformat(),
        age(value),
        f"{utc:%Y-%m-%d %H:%M:%S}",
    )


def _pairs(value: Mapping[Any, Any]) -> str | SafeString:
    rows = ((key, shown(item)) for key, item in value.items())
    return format_html_join("", "<div><em>{}</em> {}</div>", rows) or NOTHING
