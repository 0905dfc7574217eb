"""How the pages write numbers, money, days and instants: as the tenant at hand is used to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import numberformat, timezone
from django.utils.formats import get_format

from tenants.currencies import decimals_of
from tenants.models import Tenant

DASH = "–"
_language: ContextVar[str] = ContextVar("number_format", default="en")


@contextmanager
def at_home(tenant: Tenant | None) -> Iterator[None]:
    """Let what is written inside be in the tenant's time zone and number format."""
    zone = ZoneInfo(tenant.time_zone) if tenant else UTC
    token = _language.set(tenant.locale if tenant else "en")
    try:
        with timezone.override(zone):
            yield
    finally:
        _language.reset(token)


def number(value: Any, places: int | None = None) -> str:
    """Write a number with the tenant's separators; text that holds a plain decimal is one too."""
    read = as_decimal(value)
    if read is None:
        return DASH if value in (None, "") else str(value)
    if places is not None:
        read = read.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    elif read == read.to_integral():
        read = read.quantize(Decimal(1))
    else:
        read = read.normalize()
    language = _language.get()
    return numberformat.format(
        format(read, "f"),
        get_format("DECIMAL_SEPARATOR", lang=language, use_l10n=True),
        grouping=3,
        thousand_sep=get_format("THOUSAND_SEPARATOR", lang=language, use_l10n=True),
        force_grouping=True,
    )


def as_written(text: str) -> str:
    """Write a plain decimal text with the tenant's separators and all of its own decimals."""
    return number(text, len(text.partition(".")[2]))


def price(value: Any) -> str:
    """Write a price with two places at least, and with all it has where it has more."""
    return in_places(value, 2)


def in_places(value: Any, places: int) -> str:
    """Write a number with so many places at least: what is received is never shown rounded."""
    read = as_decimal(value)
    if read is not None and read == read.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):
        return number(read, places)
    return number(value)


def money(amount: Any, currency: str = "") -> str:
    """Write an amount with its currency behind it: in its usual places, and with all it has."""
    if amount is None or amount == "":
        return DASH
    written = in_places(amount, decimals_of(currency))
    return f"{written}\N{NO-BREAK SPACE}{currency}".strip()


def day(value: Any) -> str:
    """Write a day so that nobody takes the month for the day: 6 Mar 2024."""
    if isinstance(value, str):
        value = as_day(value) or value
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    if not isinstance(value, date):
        return str(value) if value else DASH
    return f"{value.day}\N{NO-BREAK SPACE}{value:%b}\N{NO-BREAK SPACE}{value.year}"


def local_day(value: datetime) -> date:
    """Return the day of an instant in the tenant's time zone."""
    return timezone.localtime(value).date()


def instant(value: Any) -> str:
    """Write an instant in the tenant's time zone; today's and yesterday's by name."""
    moment = as_instant(value)
    if moment is None:
        return DASH
    local, now = timezone.localtime(moment), timezone.localtime()
    clock = f"{local:%H:%M}"
    if local.date() == now.date():
        return f"today {clock}"
    if local.date() == now.date() - timedelta(days=1):
        return f"yesterday {clock}"
    if local.date() == now.date() + timedelta(days=1):
        return f"tomorrow {clock}"
    return f"{day(local)} {clock}"


def span(value: timedelta | None) -> str:
    """Write how long something took or lasts: 40 s, 3 min, 2 h 5 min, 4 days."""
    if value is None:
        return DASH
    seconds = max(0, round(value.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{hours // 24} days"


def as_decimal(value: Any) -> Decimal | None:
    """Read a number or a plain decimal text, None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        return None
    return read if read.is_finite() else None


def as_instant(value: Any) -> datetime | None:
    """Return an instant, also from ISO text (without a zone: UTC); None for anything else."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def as_day(value: str) -> date | None:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def sums(rows: Any) -> str:
    """Write sums per currency, the largest first: `1,200.00 EUR + 30.00 USD`."""
    pairs = [(row["currency"], row["amount"]) if isinstance(row, Mapping) else row for row in rows]
    known = [(currency, as_decimal(amount) or Decimal(0)) for currency, amount in pairs]
    largest = sorted(known, key=lambda pair: -abs(pair[1]))
    return " + ".join(money(amount, currency) for currency, amount in largest) or DASH
