"""What a value that people are shown is: with that the pages write it."""

from __future__ import annotations

from enum import StrEnum


class Sense(StrEnum):
    """How a value is written for people."""

    TEXT = "text"  # a day or a decimal number in it is told by its form
    DAY = "day"
    AMOUNT = "amount"
    CURRENCY = "currency"
