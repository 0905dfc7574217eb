"""Reference data of the ledger as rules need it: usable targets and exchange rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from connectors.documents import ReferenceKind
from sync.domain.dimension_rules import Demand, DimensionRule
from sync.domain.mapping import MappingTable
from sync.domain.money import decimals_in
from sync.domain.rates import ExchangeRate, RateTable
from sync.domain.targets import Lookup
from sync.engine.deciding.hierarchy import hierarchy_codes
from sync.engine.site import Site
from sync.models import LedgerItem
from sync.services.targets import target_lookup


def usable_targets(
    site: Site, tables: Mapping[str, MappingTable], currencies: Iterable[str | None]
) -> tuple[Lookup, frozenset[ReferenceKind]]:
    """Return a look-up of every code that these tables or the policy may aim at, and of the
    currencies, which keep their code where nobody mapped them."""
    policy = site.policy
    codes = {target for table in tables.values() for target in table.targets()}
    codes |= {f"{name}/{value}" for name, value in policy.default_dimensions.items()}
    codes |= hierarchy_codes(site.integration, policy.supplier)
    accounts = policy.accounts
    codes |= {accounts.freight, accounts.tax, accounts.discount, accounts.rounding}
    codes |= {policy.journal.balancing_account}
    codes |= {(currency or "").strip().upper() for currency in currencies}
    return target_lookup(site.integration, {code for code in codes if code})


def dimension_rules(
    site: Site, vendor_ids: Iterable[str]
) -> Mapping[str, tuple[DimensionRule, ...]]:
    """Return what these vendors' cards want of documents, by the vendor's id in the ledger."""
    rows = LedgerItem.objects.filter(
        integration=site.integration,
        kind=ReferenceKind.DEFAULT_DIMENSIONS,
        remote_id__in={vendor_id.lower() for vendor_id in vendor_ids},
        attributes__has_key="demand",
    )
    found: dict[str, tuple[DimensionRule, ...]] = {}
    for vendor_id, stored in rows.order_by("code").values_list("remote_id", "attributes"):
        rule = DimensionRule(
            stored.get("dimension", ""), stored.get("value", ""), Demand(stored["demand"])
        )
        found[vendor_id] = (*found.get(vendor_id, ()), rule)
    return found


def currency_decimals(site: Site, currencies: Iterable[str | None]) -> dict[str, int]:
    """Return how many decimals the ledger keeps of its foreign currencies, by code; nothing is
    asked where all of these are the local one, which no list has."""
    local = site.setup.local_currency.upper()
    if not {(currency or "").strip().upper() for currency in currencies} - {local, ""}:
        return {}
    rows = LedgerItem.objects.filter(
        integration=site.integration, kind=ReferenceKind.CURRENCIES, usable=True
    )
    steps = {
        code.upper(): attributes.get("rounding") or ""
        for code, attributes in rows.values_list("code", "attributes")
    }
    return {code: decimals_in(Decimal(step)) for code, step in steps.items() if _is_step(step)}


def _is_step(text: str) -> bool:
    """Whether a rounding precision says something; it is 0 where nobody set one."""
    try:
        return Decimal(text) > 0
    except InvalidOperation:
        return False


def exchange_rates(site: Site, currencies: Iterable[str]) -> RateTable:
    """Return the ledger's dated rates of these currencies."""
    wanted = {currency.upper() for currency in currencies} - {site.setup.local_currency.upper(), ""}
    if not wanted:
        return RateTable()
    rows = LedgerItem.objects.filter(
        integration=site.integration, kind=ReferenceKind.EXCHANGE_RATES, usable=True
    )
    return RateTable(
        ExchangeRate(
            currency=attributes["currency"],
            starting_on=date.fromisoformat(attributes["starting_on"]),
            amount=Decimal(attributes["amount"]),
            local_amount=Decimal(attributes["local_amount"]),
        )
        for attributes in rows.values_list("attributes", flat=True)
        if attributes["currency"].upper() in wanted
    )
