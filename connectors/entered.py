"""Documents that people typed into the ledger, as far as a duplicate can be told from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Card:
    """A vendor's card and a day: all documents of that vendor dated on that day are meant."""

    vendor: str
    on: date


@dataclass(frozen=True, slots=True)
class Entered:
    """A draft or posted document of the ledger; an amount is None where it is not shown."""

    remote_id: str
    number: str
    vendor: str
    external_number: str
    on: date | None
    total: Decimal | None
    net: Decimal | None
    currency: str = ""
    row: Mapping[str, Any] = field(default_factory=dict)
