"""The fields of a policy: their words and the checks that read one JSON value each.

A check gives the value as the policy holds it (Decimal, date, tuple ...) or raises ValueError with
the message for the person who sent it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

Check = Callable[[Any], Any]

_PLAIN_DECIMAL = re.compile(r"\d{1,18}(\.\d{1,10})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAYS = re.compile(r"\d{1,4}", re.ASCII)
_MOST_DAYS = 3660
LONGEST = 10_000  # default dimensions, overrides, factors: more is a mistake, not a policy


def switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def word(*words: str) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValueError(f"must be one of: {', '.join(words)}")
        return value

    return check


def text(longest: int, *, nullable: bool = False) -> Check:
    def check(value: Any) -> str | None:
        if value is None and nullable:
            return None
        if not isinstance(value, str) or not value.strip():
            raise ValueError("must be a text that is not empty" + (" or null" if nullable else ""))
        if len(value.strip()) > longest:
            raise ValueError(f"must not be longer than {longest} characters")
        return value.strip()

    return check


def limit(value: Any) -> Decimal | None:
    """A limit is a plain decimal text, a whole number, or null for "not applied"."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _PLAIN_DECIMAL.fullmatch(value):
        raise ValueError('must be a plain decimal text such as "2.5", not negative, or null')
    return Decimal(value)


def factor(value: Any) -> Decimal:
    """How many of one unit another one is: a plain decimal text or whole number above zero."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _PLAIN_DECIMAL.fullmatch(value) or not Decimal(value):
        raise ValueError('must be a plain decimal text above zero such as "12"')
    return Decimal(value)


def day(value: Any) -> date | None:
    if value is None:
        return None
    try:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("must be a day such as 2025-01-31, or null") from None


def days(value: Any) -> int | None:
    """A number of days, or null for any number."""
    if value is None:
        return None
    if isinstance(value, str) and _DAYS.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_DAYS:
        raise ValueError(f"must be a whole number of days up to {_MOST_DAYS}, or null")
    return value


def codes(value: Any) -> Mapping[str, str]:
    """A map of dimension codes to values."""
    if not isinstance(value, Mapping) or len(value) > LONGEST:
        raise ValueError('must be an object such as {"DEPARTMENT": "ADM"}')
    code = text(20)
    try:
        return {code(dimension): code(target) for dimension, target in value.items()}
    except ValueError as error:
        raise ValueError(f"every dimension and value {error}") from None


LIMITS: Mapping[str, Check] = {
    "mode": word("two_way", "three_way"),
    "price_percent": limit,
    "price_amount": limit,
    "price_below": word("accept", "review"),
    "price_below_percent": limit,
    "amount_percent": limit,
    "quantity_percent": limit,
    "total_amount": limit,
    "charge_percent": limit,
    "reverse_charge": switch,
}

_OWNER = word("source", "ledger", "changed", "stricter")

# Everything a policy may say, as a tree of checks.
FIELDS: Mapping[str, Any] = {
    "start_on": day,
    "invoice": {
        "enabled": switch,
        "post": switch,
        "lines_account": word("auto", "mapped", "balancing"),
    },
    "journal": {
        "enabled": switch,
        "batch": text(10),
        "balancing_account": text(20, nullable=True),
    },
    "purchase_order": {
        "enabled": switch,
        "after_invoice": word("keep", "reduce"),
        "cancelled": word("close", "delete"),
    },
    "supplier": {
        "direction": word("both", "to_ledger", "to_source"),
        "create_blocked": switch,
        "payment_blocked": word("post", "review"),
        "parent": word("report", "pay_to"),
        "hierarchy_dimension": text(20, nullable=True),
        "owners": dict.fromkeys(("name", "address", "contact", "payment_terms", "status"), _OWNER),
    },
    "match": {
        **LIMITS,
        "related_supplier": word("accept", "review"),
        "without_order": word("review", "write"),
        "receipt_alarm_days": days,
        "overrides": None,  # read by policy.py: a list of objects
        "unit_factors": None,  # read by unit_factors.py: a list of objects
    },
    "tax": {"tax1": word("ledger", "line"), "tax2": word("ledger", "line")},
    "accounts": dict.fromkeys(("freight", "tax", "discount", "rounding"), text(20, nullable=True)),
    "default_dimensions": codes,
    "posting_date": {
        "source": word("accounting_date", "document_date", "today"),
        "closed_period": word("review", "next_open"),
        "next_open_days": days,
    },
    "four_eyes": switch,
}

DEFAULTS: Mapping[str, Any] = {
    "start_on": None,
    "invoice": {"enabled": True, "post": False, "lines_account": "auto"},
    "journal": {"enabled": True, "batch": "JAGGAER", "balancing_account": None},
    "purchase_order": {"enabled": True, "after_invoice": "keep", "cancelled": "close"},
    "supplier": {
        "direction": "both",
        "create_blocked": False,
        "payment_blocked": "post",
        "parent": "report",
        "hierarchy_dimension": None,
        "owners": {
            "name": "source",
            "address": "source",
            "contact": "changed",
            "payment_terms": "ledger",
            "status": "stricter",
        },
    },
    "match": {
        "mode": "two_way",
        "price_percent": "2",
        "price_amount": None,
        "price_below": "accept",
        "price_below_percent": None,
        "amount_percent": "2",
        "quantity_percent": "0",
        "total_amount": "0.02",
        "charge_percent": "25",
        "reverse_charge": False,
        "related_supplier": "accept",
        "without_order": "review",
        "receipt_alarm_days": 14,
        "overrides": [],
        "unit_factors": [],
    },
    "tax": {"tax1": "ledger", "tax2": "line"},
    "accounts": {"freight": None, "tax": None, "discount": None, "rounding": None},
    "default_dimensions": {},
    "posting_date": {
        "source": "accounting_date",
        "closed_period": "review",
        "next_open_days": None,
    },
    "four_eyes": False,
}
