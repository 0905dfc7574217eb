"""The policy of an integration: what the customer decided, read strictly.

`parse` turns the JSON of the API into values, filling in defaults; `merged` applies a PATCH. The
words and what they mean are those of the product's API contract, section "Integrations and flows".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sync.domain import money, unit_factors
from sync.domain.policy_fields import DEFAULTS, FIELDS, LIMITS, days, text
from sync.domain.unit_factors import UnitFactors

_OVERRIDE_KEYS = ("supplier", "account")


class PolicyError(Exception):
    """A policy that cannot hold: path -> messages; `code` is the API's error code."""

    def __init__(self, fields: Mapping[str, list[str]], code: str = "invalid") -> None:
        super().__init__(fields, code)
        self.fields = fields
        self.code = code

    def __str__(self) -> str:
        return "; ".join(f"{path}: {', '.join(said)}" for path, said in self.fields.items())


@dataclass(frozen=True, slots=True)
class InvoicePolicy:
    enabled: bool
    post: bool
    lines_account: str  # auto | mapped | balancing


@dataclass(frozen=True, slots=True)
class JournalPolicy:
    enabled: bool
    batch: str
    balancing_account: str | None


@dataclass(frozen=True, slots=True)
class PurchaseOrderPolicy:
    enabled: bool
    after_invoice: str  # keep | reduce
    cancelled: str  # close | delete

    @property
    def reduces(self) -> bool:
        """Whether the open quantity of a ledger's order follows what was invoiced through us."""
        return self.after_invoice == "reduce"


@dataclass(frozen=True, slots=True)
class Owners:
    """Per field of a supplier: source | ledger | changed | stricter."""

    name: str
    address: str
    contact: str
    payment_terms: str
    status: str


@dataclass(frozen=True, slots=True)
class SupplierPolicy:
    direction: str  # both | to_ledger | to_source
    create_blocked: bool
    payment_blocked: str  # post | review: invoices of a vendor that is blocked for payment
    parent: str  # report | pay_to
    hierarchy_dimension: str | None
    owners: Owners


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed for one line or document; None = not applied, bounds are inclusive."""

    mode: str  # two_way | three_way
    price_percent: Decimal | None
    price_amount: Decimal | None
    price_below: str  # accept | review
    price_below_percent: Decimal | None  # up to which a lower price is never reviewed
    amount_percent: Decimal | None
    quantity_percent: Decimal | None
    total_amount: Decimal | None
    charge_percent: Decimal | None
    reverse_charge: bool  # the supplier bills no tax, the ledger books both sides of it
    rule: str = "default"  # which rule gave them: default, or "supplier 006105"

    def in_currency(self, factor: Decimal, currency: money.Kept) -> Limits:
        """Give the amounts in a document's currency, of which `factor` is worth one of the
        accounting currency (domain rule 2.10); cut to its decimals, never more than allowed."""
        if factor == 1:
            return self
        names = ("price_amount", "total_amount")
        amounts = {name: getattr(self, name) for name in names}
        converted = {
            name: money.cut(money.multiply(amount, factor), currency)
            for name, amount in amounts.items()
            if amount is not None
        }
        return replace(self, **converted)


@dataclass(frozen=True, slots=True)
class Override:
    """Limits of one supplier or one account, which replace the general ones they name."""

    kind: str  # supplier | account
    code: str
    limits: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MatchPolicy:
    limits: Limits
    related_supplier: str  # accept | review
    without_order: str  # review | write
    receipt_alarm_days: int | None  # longer than that no invoice waits for its receipt unsaid
    overrides: tuple[Override, ...] = ()
    unit_factors: UnitFactors = field(default_factory=UnitFactors)

    def limits_for(self, suppliers: Iterable[str], accounts: Iterable[str] = ()) -> Limits:
        """Give the limits for a supplier (any of its codes) and account: first override wins."""
        if not self.overrides:
            return self.limits
        known = {"supplier": set(suppliers), "account": set(accounts)}
        for override in self.overrides:
            if override.code in known[override.kind]:
                rule = f"{override.kind} {override.code}"
                return replace(self.limits, **override.limits, rule=rule)
        return self.limits


@dataclass(frozen=True, slots=True)
class TaxPolicy:
    tax1: str  # ledger | line
    tax2: str


@dataclass(frozen=True, slots=True)
class AccountsPolicy:
    freight: str | None
    tax: str | None
    discount: str | None
    rounding: str | None


@dataclass(frozen=True, slots=True)
class PostingDatePolicy:
    source: str  # accounting_date | document_date | today
    closed_period: str  # review | next_open
    next_open_days: int | None  # how far a date may be moved; None: as far as it takes


@dataclass(frozen=True, slots=True)
class Policy:
    """One integration's policy; `version` is a digest of what it says, kept with each verdict."""

    start_on: date | None
    invoice: InvoicePolicy
    journal: JournalPolicy
    purchase_order: PurchaseOrderPolicy
    supplier: SupplierPolicy
    match: MatchPolicy
    tax: TaxPolicy
    accounts: AccountsPolicy
    default_dimensions: Mapping[str, str]
    posting_date: PostingDatePolicy
    four_eyes: bool
    version: str = field(default="", compare=False)

    @property
    def writes_journal(self) -> bool:
        """A journal is written when it is enabled and has its balancing account."""
        return self.journal.enabled and self.journal.balancing_account is not None

    @property
    def lines_on_balancing_account(self) -> bool:
        """Whether invoice lines go to the balancing account instead of the mapped ones."""
        choice = self.invoice.lines_account
        return choice == "balancing" or (choice == "auto" and self.writes_journal)


def parse(raw: Mapping[str, Any] | None) -> Policy:
    """Read a policy, filling in defaults; raises PolicyError naming every wrong path."""
    if not isinstance(raw or {}, Mapping):
        raise PolicyError({"": ["must be an object"]})
    wrong: dict[str, list[str]] = {}
    whole = merged(DEFAULTS, raw or {})
    values = _read(whole, FIELDS, "", wrong)
    if isinstance(whole["match"], Mapping):
        values["match"] |= {
            "overrides": _overrides(whole["match"], wrong),
            "unit_factors": unit_factors.read(whole["match"]["unit_factors"], wrong),
        }
    if wrong:
        raise PolicyError(wrong)
    policy = _build(values, version=_digest(whole))
    _check_together(policy)
    return policy


def merged(current: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Apply a PATCH: objects merge, everything else replaces.

    In `default_dimensions`, whose keys are the customer's own, null takes a key away.
    """
    result = deepcopy(dict(current))
    for key, value in patch.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = deepcopy(value)
    dimensions = result.get("default_dimensions")
    if isinstance(dimensions, Mapping):
        result["default_dimensions"] = {
            code: target for code, target in dimensions.items() if target is not None
        }
    return result


def in_plain_text(whole: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy that holds with its limits as texts, whole numbers too: in the API amounts
    and percentages never are JSON numbers."""
    match = _texts(whole["match"])
    match["receipt_alarm_days"] = days(match["receipt_alarm_days"])
    match["overrides"] = [_texts(row) for row in match["overrides"]]
    match["unit_factors"] = unit_factors.kept(match["unit_factors"])
    return {**whole, "match": match}


def _texts(limits: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for key, value in limits.items()
    }


def _read(raw: Any, tree: Mapping[str, Any], path: str, wrong: dict[str, list[str]]) -> Any:
    if not isinstance(raw, Mapping):
        wrong.setdefault(path, []).append("must be an object")
        return {}
    for key in raw.keys() - tree.keys():
        wrong.setdefault(_join(path, key), []).append("unknown key")
    return {
        key: _read_one(raw[key], check, _join(path, key), wrong)
        for key, check in tree.items()
        if check is not None
    }


def _read_one(value: Any, check: Any, path: str, wrong: dict[str, list[str]]) -> Any:
    if isinstance(check, Mapping):
        return _read(value, check, path, wrong)
    try:
        return check(value)
    except ValueError as error:
        wrong.setdefault(path, []).append(str(error))
        return None


def _overrides(match: Mapping[str, Any], wrong: dict[str, list[str]]) -> tuple[Override, ...]:
    rows = match["overrides"]
    if not isinstance(rows, list):
        wrong.setdefault("match.overrides", []).append("must be a list")
        return ()
    read = (_override(row, f"match.overrides[{n}]", wrong) for n, row in enumerate(rows))
    return tuple(override for override in read if override is not None)


def _override(row: Any, path: str, wrong: dict[str, list[str]]) -> Override | None:
    if not isinstance(row, Mapping):
        wrong.setdefault(path, []).append("must be an object")
        return None
    named = [key for key in _OVERRIDE_KEYS if key in row]
    if len(named) != 1:
        wrong.setdefault(path, []).append('must name either a "supplier" or an "account"')
        return None
    kind = named[0]
    limits = {key: value for key, value in row.items() if key != kind}
    for key in limits.keys() - LIMITS.keys():
        wrong.setdefault(_join(path, key), []).append("unknown key")
    checked = {
        key: _read_one(value, LIMITS[key], _join(path, key), wrong)
        for key, value in limits.items()
        if key in LIMITS
    }
    code = _read_one(row[kind], text(100), _join(path, kind), wrong)
    return Override(kind, code, checked) if code else None


def _build(values: dict[str, Any], *, version: str) -> Policy:
    match = dict(values["match"])
    limits = Limits(**{key: match.pop(key) for key in LIMITS})
    supplier = dict(values["supplier"])
    supplier["owners"] = Owners(**supplier["owners"])
    return Policy(
        start_on=values["start_on"],
        invoice=InvoicePolicy(**values["invoice"]),
        journal=JournalPolicy(**values["journal"]),
        purchase_order=PurchaseOrderPolicy(**values["purchase_order"]),
        supplier=SupplierPolicy(**supplier),
        match=MatchPolicy(limits, **match),
        tax=TaxPolicy(**values["tax"]),
        accounts=AccountsPolicy(**values["accounts"]),
        default_dimensions=values["default_dimensions"],
        posting_date=PostingDatePolicy(**values["posting_date"]),
        four_eyes=values["four_eyes"],
        version=version,
    )


def _check_together(policy: Policy) -> None:
    choice = policy.invoice.lines_account
    if choice == "balancing" and policy.journal.balancing_account is None:
        raise PolicyError(
            {"journal.balancing_account": ["is needed where invoice.lines_account is balancing"]},
            "balancing_account_missing",
        )
    if choice == "mapped" and policy.invoice.enabled and policy.writes_journal:
        raise PolicyError(
            {
                "invoice.lines_account": [
                    "mapped lines and a journal would book every cost twice;"
                    " use auto or balancing, or switch the journal off"
                ]
            },
            "would_book_twice",
        )


def _digest(whole: Mapping[str, Any]) -> str:
    canonical = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _join(path: str, key: Any) -> str:
    return f"{path}.{key}" if path else str(key)


LIMIT_NAMES = tuple(item.name for item in fields(Limits) if item.name != "rule")

__all__ = [
    "DEFAULTS",
    "LIMIT_NAMES",
    "Limits",
    "Policy",
    "PolicyError",
    "in_plain_text",
    "merged",
    "parse",
]
