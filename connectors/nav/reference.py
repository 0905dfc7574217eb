"""What a company offers to be booked with, as our reference items.

Each kind is one set, read page by page; `rows` turns one row into an item. Whether an item may be
used is said in words with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from connectors.documents import ReferenceItem, ReferenceKind
from connectors.errors import ConnectorError
from connectors.nav import odata, urls
from connectors.nav.client import Client, Row
from connectors.nav.errors import NOT_SERVED

log = structlog.get_logger(__name__)

_SETS: Mapping[ReferenceKind, str] = {
    ReferenceKind.LEDGER_ACCOUNTS: "accounts",
    ReferenceKind.DIMENSIONS: "dimensions",
    ReferenceKind.DIMENSION_VALUES: "dimensionValues",
    ReferenceKind.PAYMENT_TERMS: "paymentTerms",
    ReferenceKind.CURRENCIES: "currencies",
    ReferenceKind.UNITS_OF_MEASURE: "unitsOfMeasure",
    ReferenceKind.SUPPLIERS: "vendors",
    ReferenceKind.EXCHANGE_RATES: "currencyExchangeRates",
    ReferenceKind.TAX_CODES: "taxGroups",
    ReferenceKind.DEFAULT_DIMENSIONS: "vendors",
}
# Default dimensions are shown by way of their card alone ("You must get to the parent first");
# those of accounts have no card in the API (NAV contract 3.5, 3.7).
_ON_CARDS = "defaultDimensions"
_PARAMS: Mapping[ReferenceKind, Mapping[str, str]] = {
    ReferenceKind.DEFAULT_DIMENSIONS: {"$select": "id", "$expand": _ON_CARDS},
}
# What booking can do without, and the statuses by which an instance may refuse it. What default
# dimensions ask for NAV checks itself, only later.
_DONE_WITHOUT: Mapping[ReferenceKind, frozenset[int]] = {
    ReferenceKind.EXCHANGE_RATES: NOT_SERVED,
    ReferenceKind.TAX_CODES: NOT_SERVED,
    ReferenceKind.UNITS_OF_MEASURE: NOT_SERVED,
    ReferenceKind.DEFAULT_DIMENSIONS: NOT_SERVED | {400},
}
_DEMANDS = {"Code Mandatory": "mandatory", "Same Code": "same", "No Code": "none"}


def read(client: Client, company_id: str, kind: ReferenceKind) -> Iterator[list[ReferenceItem]]:
    """Yield pages of one kind; nothing where the instance does not publish its set, or refuses one
    that booking can do without."""
    if not _publishes(client, kind):
        return
    convert = _converter(client, company_id, kind)
    try:
        for rows in client.pages(urls.company(company_id, _SETS[kind]), _PARAMS.get(kind)):
            yield [convert(row) for row in _rows_of(kind, rows)]
    except ConnectorError as error:
        if error.status not in _DONE_WITHOUT.get(kind, ()):
            raise
        log.warning("reference_done_without", kind=kind, code=error.code, status=error.status)


def _publishes(client: Client, kind: ReferenceKind) -> bool:
    metadata = client.metadata()
    if kind is ReferenceKind.DEFAULT_DIMENSIONS:
        return metadata.has(_SETS[kind]) and _ON_CARDS in metadata.names(_SETS[kind])
    return metadata.has(_SETS[kind])


def _rows_of(kind: ReferenceKind, rows: list[Row]) -> list[Row]:
    if kind is not ReferenceKind.DEFAULT_DIMENSIONS:
        return rows
    return [{**each, "parentId": card["id"]} for card in rows for each in card.get(_ON_CARDS) or ()]


def read_changed_vendors(
    client: Client, company_id: str, since: datetime | None, terms: Mapping[str, str]
) -> Iterator[list[ReferenceItem]]:
    """Yield pages of vendors changed since an instant; `terms` are read where one is not known."""
    params = {"$filter": f"lastModifiedDateTime ge {odata.literal(since)}"} if since else None
    for rows in client.pages(urls.company(company_id, "vendors"), params):
        named = {_terms_id(row) for row in rows}
        if any(not odata.is_blank_id(one) and one not in terms for one in named):
            terms = _codes(client, company_id, "paymentTerms")
        yield [vendor(row, terms) for row in rows]


def _terms_id(row: Row) -> str:
    return str(row.get("paymentTermsId") or "").lower()


def _converter(
    client: Client, company_id: str, kind: ReferenceKind
) -> Callable[[Row], ReferenceItem]:
    if kind is ReferenceKind.DIMENSION_VALUES:
        dimensions = _codes(client, company_id, "dimensions")
        return lambda row: dimension_value(row, dimensions)
    if kind is ReferenceKind.SUPPLIERS:
        terms = _codes(client, company_id, "paymentTerms")
        return lambda row: vendor(row, terms)
    return {
        ReferenceKind.LEDGER_ACCOUNTS: account,
        ReferenceKind.EXCHANGE_RATES: exchange_rate,
        ReferenceKind.PAYMENT_TERMS: payment_terms,
        ReferenceKind.CURRENCIES: currency,
        ReferenceKind.UNITS_OF_MEASURE: unit_of_measure,
        ReferenceKind.TAX_CODES: tax_code,
        ReferenceKind.DIMENSIONS: dimension,
        ReferenceKind.DEFAULT_DIMENSIONS: default_dimension,
    }[kind]


def _codes(client: Client, company_id: str, entity_set: str) -> dict[str, str]:
    """Return id -> code of a small set."""
    rows = client.rows(urls.company(company_id, entity_set))
    return {str(row["id"]).lower(): str(row.get("code", "")) for row in rows}


# Rows.


def account(row: Row) -> ReferenceItem:
    kind = odata.decode_enum(row.get("accountType"))
    why = why_not_posted_to(kind, blocked=row.get("blocked"), direct=row.get("directPosting"))
    return _item(
        ReferenceKind.LEDGER_ACCOUNTS,
        row,
        code=_text(row, "number"),
        why_not=why,
        account_type=kind,
        category=odata.decode_enum(row.get("category")),
        sub_category=_text(row, "subCategory"),
    )


def why_not_posted_to(kind: str, *, blocked: Any, direct: Any) -> str:
    """Return why documents cannot use a ledger account, "" where they can: it is a posting account,
    takes direct posting and is not blocked (NAV contract 4.6)."""
    if kind != "Posting":
        return f"it is a {kind.lower() or 'blank'} account, not a posting account"
    if blocked is True:
        return "it is blocked"
    return "" if direct is True else "it does not take direct posting"


def dimension(row: Row) -> ReferenceItem:
    return _item(ReferenceKind.DIMENSIONS, row)


def dimension_value(row: Row, dimensions: Mapping[str, str]) -> ReferenceItem:
    """A dimension value, as `DIMENSION/VALUE`; whether it is blocked the API does not say."""
    name = dimensions.get(str(row.get("dimensionId", "")).lower(), "")
    return _item(
        ReferenceKind.DIMENSION_VALUES,
        row,
        code=f"{name}/{_text(row, 'code')}",
        why_not="" if name else "its dimension is not known",
        dimension=name,
        value=_text(row, "code"),
    )


def default_dimension(row: Row) -> ReferenceItem:
    """A dimension that a vendor's card gives to documents, and how it is asked for there."""
    vendor, name = str(row.get("parentId") or "").lower(), _text(row, "dimensionCode")
    return replace(
        _item(
            ReferenceKind.DEFAULT_DIMENSIONS,
            row,
            code=f"{vendor}/{name}",
            dimension=name,
            value=_text(row, "dimensionValueCode"),
            demand=_DEMANDS.get(odata.decode_enum(row.get("postingValidation")), ""),
        ),
        remote_id=vendor,
    )


def payment_terms(row: Row) -> ReferenceItem:
    return _item(
        ReferenceKind.PAYMENT_TERMS,
        row,
        due_date_calculation=_text(row, "dueDateCalculation"),
        discount_date_calculation=_text(row, "discountDateCalculation"),
        discount_percent=_text(row, "discountPercent"),
    )


def currency(row: Row) -> ReferenceItem:
    return _item(
        ReferenceKind.CURRENCIES,
        row,
        decimal_places=_text(row, "amountDecimalPlaces"),
        rounding=_text(row, "amountRoundingPrecision"),
    )


def unit_of_measure(row: Row) -> ReferenceItem:
    return _item(
        ReferenceKind.UNITS_OF_MEASURE,
        row,
        international_code=_text(row, "internationalStandardCode"),
    )


def tax_code(row: Row) -> ReferenceItem:
    return _item(ReferenceKind.TAX_CODES, row, tax_type=odata.decode_enum(row.get("taxType")))


def exchange_rate(row: Row) -> ReferenceItem:
    """A rate, as `CURRENCY/day`: `amount` of the currency is worth `local_amount` of the local one
    from that day on. A rate by way of a third currency is shown and not used."""
    day = odata.parse_date(row.get("startingDate"))
    currency, through = _text(row, "currencyCode"), _text(row, "relationalCurrencyCode")
    code = f"{currency}/{day.isoformat() if day else ''}"
    if through or not day:
        why = f"it leads to {through}, not to the local currency" if through else "it has no day"
        return _item(ReferenceKind.EXCHANGE_RATES, row, code=code, why_not=why)
    return _item(
        ReferenceKind.EXCHANGE_RATES,
        row,
        code=code,
        currency=currency,
        starting_on=day.isoformat(),
        amount=_text(row, "exchangeRateAmount"),
        local_amount=_text(row, "relationalExchangeRateAmount"),
    )


def vendor(row: Row, terms: Mapping[str, str]) -> ReferenceItem:
    """A vendor: `blocked` is "", "payment" or "all"; only the last keeps documents out."""
    blocked = odata.decode_enum(row.get("blocked")).lower()
    terms_id = _terms_id(row)
    return _item(
        ReferenceKind.SUPPLIERS,
        row,
        code=_text(row, "number"),
        why_not="it is blocked for all transactions" if blocked == "all" else "",
        blocked=blocked,
        payment_terms="" if odata.is_blank_id(terms_id) else terms.get(terms_id, ""),
        etag=_text(row, "@odata.etag"),
        **{ours: _text(row, theirs) for ours, theirs in _VENDOR_TEXTS.items()},
    )


_VENDOR_TEXTS = {
    "tax_number": "taxRegistrationNumber",
    "currency": "currencyCode",
    "email": "email",
    "phone": "phoneNumber",
    "website": "website",
    "line1": "addressLine1",
    "line2": "addressLine2",
    "city": "city",
    "state": "state",
    "postal_code": "postalCode",
    "country": "country",
}


def _item(
    kind: ReferenceKind, row: Row, *, code: str | None = None, why_not: str = "", **attributes: str
) -> ReferenceItem:
    kept = {name: value for name, value in attributes.items() if value}
    modified = odata.parse_instant(row.get("lastModifiedDateTime"))
    if modified:
        kept["modified_at"] = modified.isoformat()
    return ReferenceItem(
        kind=kind,
        code=_text(row, "code") if code is None else code,
        remote_id=str(row.get("id") or ""),
        name=_text(row, "displayName"),
        usable=not why_not,
        why_not=why_not,
        attributes=kept,
    )


def _text(row: Row, name: str) -> str:
    """Return a value as text, numbers without exponent; empty for null."""
    value: Any = row.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    return format(odata.parse_number(value), "f")
