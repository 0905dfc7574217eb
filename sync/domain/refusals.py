"""What a refusal of the ledger teaches: whose fault it is, and which documents it would meet too.

The ledger's words change with version and language and are never read for their meaning (NAV
contract 4). They name codes, though, and codes are the same in every language. So we only ask which
codes of the refused document stand in the words: its vendor, its accounts, its dimensions and
values. A refusal that names none of them, or that names the document itself, stays that document's
own: better one refusal too many than a document held back for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from connectors.documents import JournalEntry, LedgerDocument, LedgerInvoice, LedgerOrder

# Faults of one value in one document, whatever else they mention (NAV contract 5.5).
_OF_THE_VALUE = frozenset(
    {"Application_StringExceededLength", "Application_EvaluateException", "Application_InvalidGUID"}
)
_SHORTEST = 3  # characters of a vendor or account that is recognized in running words
_PART = re.compile(r"_\d+$")


@dataclass(frozen=True, slots=True)
class Booked:
    """The codes that one line books on; as a subject: those that were refused together.

    In a subject a dimension with the value "" is one that the line does not carry.
    """

    vendor: str = ""
    account: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.vendor or self.account or self.dimensions)

    @property
    def parts(self) -> frozenset[tuple[str, str]]:
        """The codes as comparable pairs."""
        named = {("vendor", self.vendor), ("account", self.account)}
        pairs = {pair for pair in named if pair[1]}
        return frozenset(pairs | {(f"dimension {d}", v) for d, v in self.dimensions.items()})

    def as_dict(self) -> dict[str, Any]:
        return {
            "vendor": self.vendor,
            "account": self.account,
            "dimensions": dict(sorted(self.dimensions.items())),
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Booked:
        return cls(stored["vendor"], stored["account"], dict(stored["dimensions"]))

    def covers(self, line: Booked) -> bool:
        """Whether a line carries every code of this subject."""
        if self.vendor not in ("", line.vendor) or self.account not in ("", line.account):
            return False
        return all(line.dimensions.get(d, "") == v for d, v in self.dimensions.items())

    def words(self) -> str:
        """Name the subject as people do: `account 8210 with DEPARTMENT/ADM`."""
        codes = [f"vendor {self.vendor}"] if self.vendor else []
        codes += [f"account {self.account}"] if self.account else []
        codes += [f"{d}/{v}" for d, v in sorted(self.dimensions.items()) if v]
        without = [f"without {d}" for d, v in sorted(self.dimensions.items()) if not v]
        return " ".join([" with ".join(codes), *without]).strip()


def booked_by(effect: LedgerDocument) -> list[Booked]:
    """Return the distinct codes that the lines of a ledger document book on.

    A vendor's own refusal and a change of an order are never a fact about others.
    """
    if not isinstance(effect, LedgerInvoice | LedgerOrder | JournalEntry):
        return []
    vendor = "" if isinstance(effect, JournalEntry) else effect.vendor_number
    lines = {
        (line.account, tuple(sorted(line.dimensions.items())))
        for line in effect.lines
        if line.account
    }
    return [Booked(vendor, account or "", dict(pairs)) for account, pairs in sorted(lines)]


def subject_of(
    words: str,
    lines: Sequence[Booked],
    *,
    code: str = "",
    dimensions: Iterable[str] = (),
    own: Collection[str] = (),
) -> Booked | None:
    """Return what a refusal is about, None where it concerns its document alone.

    `words` are the ledger's, `code` its error code, `lines` what the document books on,
    `dimensions` every dimension that the ledger has, `own` the document's numbers and total. Lines
    that would give different subjects give none.
    """
    if code in _OF_THE_VALUE or any(_names(words, text) for text in own if text):
        return None
    known = {*dimensions, *(d for line in lines for d in line.dimensions)}
    named = {d for d in known if _names(words, d)}
    found = {one.parts: one for one in (_named_of(words, line, named, lines) for line in lines)}
    largest = [one for parts, one in found.items() if one and not any(parts < o for o in found)]
    return largest[0] if len(largest) == 1 else None


def _named_of(words: str, line: Booked, named: set[str], lines: Sequence[Booked]) -> Booked:
    """Return those codes of a line that stand in the words."""
    vendor = line.vendor if _is_named(words, line.vendor) else ""
    account = line.account if _is_named(words, line.account) else ""
    dimensions = {}
    for dimension in named:
        value = line.dimensions.get(dimension, "")
        said = {v for one in lines if (v := one.dimensions.get(dimension, "")) and _names(words, v)}
        if not said or value in said:
            dimensions[dimension] = value
    if not named:
        dimensions = {
            d: v for d, v in line.dimensions.items() if _is_weighty(v) and _names(words, v)
        }
    if not vendor and not account:
        dimensions = {d: v for d, v in dimensions.items() if v}
    return Booked(vendor, account, dimensions)


def _is_named(words: str, code: str) -> bool:
    return len(code) >= _SHORTEST and _names(words, code)


def _is_weighty(value: str) -> bool:
    """A value without its dimension is believed only where it is hardly anything else."""
    letters = any(c.isalpha() for c in value)
    return len(value) >= _SHORTEST and (
        (letters and any(c.isdigit() for c in value)) or len(value) > 4
    )


def _names(words: str, code: str) -> bool:
    """Whether a code stands in running words by itself, not as a part of a longer one."""
    edge = r"(?<![\w-])(?<!\d[.,])"
    return re.search(rf"{edge}{re.escape(code)}(?![\w-])(?![.,]\d)", words) is not None


def step_of(kind: str, operation: str) -> str:
    """Name a step of a chain, its parts alike: `purchase_invoice lines` for `lines_2`."""
    return f"{kind} {_PART.sub('', operation)}"


def pause_before_next_try(refusals: int) -> timedelta:
    """Return how long a refusal is believed before one document may try again.

    An hour at first, since clerks open what is blocked within the day, then twice as long each
    time up to a day: a lasting refusal costs the ledger one call a day.
    """
    return timedelta(hours=min(2 ** max(refusals - 1, 0), 24))
