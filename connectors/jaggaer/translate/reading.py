"""What every record has: identity, status, values; and what could not be understood of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.base import Record
from connectors.documents import CodingPart, PaymentTerms, Problem, Readiness, SourceDocument
from connectors.jaggaer.profile import Profile, Resource
from connectors.jaggaer.profile.rules import Words
from connectors.jaggaer.profile.spoken import shown
from connectors.jaggaer.profile.values import as_text
from tenants.currencies import decimals_of

Values = dict[str, Any]
Maker = Callable[["Reading"], SourceDocument | None]

_LONGEST_VERSION = 200  # characters that are kept of it


@dataclass(slots=True)
class Reading:
    """One record being understood: its values so far, and the problems met on the way."""

    profile: Profile
    resource: Resource
    payload: Mapping[str, Any]
    source_id: str
    version: str
    modified_at: datetime | None
    salt: str
    values: Values
    words: Words
    readiness: Readiness
    problems: list[Problem]

    def get(self, name: str) -> Any:
        return self.values.get(name)

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        return None if value is None else as_text(value).strip()

    def amount(self, name: str) -> Decimal:
        return self.values.get(name) or Decimal(0)

    def elements(self, name: str) -> list[tuple[Any, Values]]:
        """The elements of a list with their values; lists the profile does not have are empty."""
        part = self.resource.lists.get(name)
        if part is None:
            return []
        found = []
        for at, node in enumerate(part.elements(self.payload)):
            place = f"{part.path.text.removesuffix('[]')}[{at}]."
            found.append((node, part.fields.read(node, self.payload, place, self.problems)))
        return found

    def is_cancelled(self, name: str, node: Any, values: Values) -> bool:
        """Whether an element of a list is cancelled by the profile's rules."""
        part, status = self.resource.lists[name], self.resource.status
        fields = {rule.field for rule in part.cancelled if rule.field}
        words = {field: status.means(field, values.get(field)) for field in fields}
        return any(rule.holds(words, node, self.payload) for rule in part.cancelled)

    def coding(
        self, node: Any, at: int, amount: Decimal, quantity: Decimal
    ) -> tuple[CodingPart, ...]:
        """The coding of a line, its own or the header's."""
        headers = self.resource.node.nodes(self.payload, self.payload)
        return self.profile.coding.of_line(
            node,
            headers[0] if headers else None,
            amount=amount,
            quantity=quantity,
            place=f"lines[{at}].coding",
            problems=self.problems,
        )

    def _unit_of_lines(self) -> str | None:
        """The unit that all lines which name one agree on."""
        part = self.resource.lists.get("lines")
        field = part.fields.named("businessUnit") if part else None
        if part is None or field is None:
            return None
        found = {field.path.scalar(node, self.payload) for node in part.elements(self.payload)}
        named = {as_text(unit).strip() for unit in found if unit is not None}
        return named.pop() if len(named) == 1 else None

    def terms(self) -> PaymentTerms:
        return payment_terms(self.values)

    def common(self) -> dict[str, Any]:
        """Keyword arguments that every document takes."""
        return {
            "source_id": self.source_id,
            "version": self.version,
            "modified_at": self.modified_at,
            "readiness": self.readiness,
            "business_unit": self.text("businessUnit") or self._unit_of_lines(),
            "status_words": dict(self.words.received),
            "problems": tuple(self.problems),
        }


def understand_with(
    profile: Profile,
    resource: Resource,
    maker: Maker,
    payload: Mapping[str, Any],
    *,
    salt: str,
    stage: str = "detail",
) -> Record:
    """Understand a payload. Never raises for what a payload may hold: problems say what is wrong.

    A record without an id has `source_id` "" and no document.
    """
    problems: list[Problem] = []
    raw_id = resource.id.scalar(payload, payload)
    modified_at = modified_of(resource, profile, payload, problems)
    version = record_version(resource, payload)
    words = resource.status.words(payload)
    readiness, held = resource.status.readiness(payload, words, stage)
    values = resource.fields.read(payload, payload, "", problems)
    if held is not None:
        problems.append(held)
    if raw_id is None:
        problems.append(Problem("unreadable", resource.id.text, "The record has no id."))
        return Record("", version, modified_at, payload, None, tuple(problems))
    reading = Reading(
        profile,
        resource,
        payload,
        as_text(raw_id),
        version,
        modified_at,
        salt,
        values,
        words,
        readiness,
        problems,
    )
    document = maker(reading)
    return Record(
        reading.source_id, version, modified_at, payload, document, tuple(reading.problems)
    )


def modified_of(
    resource: Resource, profile: Profile, payload: Mapping[str, Any], problems: list[Problem]
) -> datetime | None:
    """When a record changed, by its own account; None where it does not say."""
    raw = resource.modified.scalar(payload, payload)
    if raw is None:
        return None
    try:
        instant: datetime = profile.converter.of("instant")(raw)
    except (ValueError, OverflowError):
        words = f"The time of the last change reads {shown(as_text(raw))}, which is no time."
        problems.append(Problem("unreadable", resource.modified.text, words))
        return None
    return instant


def record_version(resource: Resource, payload: Mapping[str, Any]) -> str:
    """The version a record names; without a usable one a digest of everything it holds."""
    named = resource.version.scalar(payload, payload) if resource.version else None
    if named is not None and len(as_text(named)) <= _LONGEST_VERSION:
        return as_text(named)
    canonical = json.dumps(payload, sort_keys=True, separators=(",", ":"), default=as_text)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def listed_unit(resource: Resource, row: Mapping[str, Any]) -> str | None:
    """The business unit that a list row names in its header (JAGGAER contract 7.2: list and detail
    carry it); None where it names none, which its detail's lines may still do."""
    field = resource.fields.named("businessUnit")
    unit = field.path.scalar(row, row) if field else None
    return None if unit is None else as_text(unit).strip() or None


def payment_terms(values: Values) -> PaymentTerms:
    code, kind = values.get("termsCode"), values.get("termsType")
    return PaymentTerms(
        code=None if code is None else as_text(code).strip(),
        kind=None if kind is None else as_text(kind).strip(),
        net_days=values.get("termsNetDays"),
        discount_days=values.get("termsDiscountDays"),
        discount_percent=values.get("termsDiscountPercent"),
    )


def line_amount(
    values: Values, quantity: Decimal, price: Decimal, currency: str | None
) -> tuple[Decimal, bool]:
    """The extended price as received (True), else quantity x price rounded to the currency."""
    received = values.get("extendedPrice")
    if received is not None:
        return received, True
    step = Decimal(1).scaleb(-decimals_of(currency))
    return (quantity * price).quantize(step, ROUND_HALF_UP), False


def currency_of(reading: Reading) -> str | None:
    text = reading.text("currency")
    return text.upper() if text else None
