"""Why a document waits: one catalogue of every reason code with its words, owner and fix.

A reason is a value that is stored and shown. `cause` groups documents into one review item: all
that wait for the same missing mapping share it, while a variance is its document's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from connectors.documents import Problem
from sync.domain import money
from sync.domain.reason_texts import TEXTS, ReasonText


class Owner(StrEnum):
    """Who can put it right."""

    FINANCE = "finance"
    PROCUREMENT = "procurement"
    IT = "it"
    SUPPLIER = "supplier"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason with its numbers; `evidence` is JSON (numbers and days as text)."""

    code: str
    message: str
    owner: str
    fix: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    cause: str = ""
    acceptable: bool = False  # a person may override it with a note

    def as_dict(self) -> dict[str, Any]:
        """The reason as the API shows it."""
        return {
            "code": self.code,
            "message": self.message,
            "owner": self.owner,
            "fix": self.fix,
            "evidence": dict(self.evidence),
        }


CODES: frozenset[str] = frozenset(key.partition("/")[0] for key in TEXTS)


class _Evidence(dict[str, Any]):
    """A number that nobody gave reads "unknown": a sentence must never stop a run."""

    def __missing__(self, key: str) -> str:
        return "unknown"


def reason(key: str, /, **evidence: Any) -> Reason:
    """Build a reason from the catalogue; the evidence fills the sentence, the fix and the cause.

    `key` is a code or `code/variant` where one code has several sentences. `document` (the source
    id) makes the cause of a reason that concerns one document only. Raises KeyError for a code
    that the product does not have.
    """
    text = TEXTS[key]
    facts = {name: jsonable(value) for name, value in evidence.items() if value is not None}
    words = _Evidence({name: _spoken(evidence[name], fact) for name, fact in facts.items()})
    code = key.partition("/")[0]
    return Reason(
        code=code,
        message=_sentence(text.message.format_map(words)),
        owner=text.owner,
        fix=text.fix.format_map(words),
        evidence=facts,
        cause=(text.cause or f"{code} {{document}}").format_map(words),
        acceptable=text.acceptable,
    )


def from_problem(problem: Problem, *, document: str) -> Reason:
    """Turn what a connector could not understand into a reason with the connector's words."""
    code = problem.code if problem.code in CODES else "unreadable"
    text = TEXTS[code]
    return Reason(
        code=code,
        message=problem.message,
        owner=text.owner,
        fix=text.fix.format_map(_Evidence(path=problem.path)),
        evidence={"path": problem.path, "document": document},
        cause=f"{code} {document}",
        acceptable=False,
    )


def is_acceptable(code: str) -> bool:
    """Say whether some reason of this code may be overridden; the reason itself decides."""
    return any(text.acceptable for key, text in TEXTS.items() if key.partition("/")[0] == code)


def unique(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Keep the first of reasons that say the same, in their order."""
    kept: dict[tuple[str, str, str], Reason] = {}
    for item in reasons:
        kept.setdefault((item.code, item.cause, item.message), item)
    return tuple(kept.values())


def jsonable(value: Any) -> Any:
    """Make evidence storable: decimals, amounts and days as text, containers one by one."""
    if isinstance(value, money.Amount):
        return money.plain(value.value)
    if isinstance(value, Decimal):
        return money.plain(value)
    if isinstance(value, date | datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item) for item in value]
    return value


def _sentence(text: str) -> str:
    """End a sentence whose last words came from elsewhere: "... cannot be used: it is blocked"."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _spoken(value: Any, fact: Any) -> str:
    """Say a fact in a sentence; an amount with its currency, which the fact does not hold."""
    if isinstance(value, money.Amount):
        return str(value)
    return ", ".join(str(item) for item in fact) if isinstance(fact, list) else str(fact)


__all__ = [
    "CODES",
    "Owner",
    "Reason",
    "ReasonText",
    "from_problem",
    "is_acceptable",
    "jsonable",
    "reason",
    "unique",
]
