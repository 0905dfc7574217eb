"""What a company offers to be booked with, read from its published pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.documents import ReferenceItem, ReferenceKind
from connectors.nav import odata
from connectors.nav.client import Row
from connectors.nav.pages import services as pages
from connectors.nav.pages.client import company, etag_of
from connectors.nav.pages.instance import Instance
from connectors.nav.reference import why_not_posted_to

_PAGES: Mapping[ReferenceKind, str] = {
    ReferenceKind.LEDGER_ACCOUNTS: pages.ACCOUNT,
    ReferenceKind.DIMENSION_VALUES: pages.DIMENSION_VALUE,
    ReferenceKind.PAYMENT_TERMS: pages.PAYMENT_TERMS,
    ReferenceKind.CURRENCIES: pages.CURRENCY,
    ReferenceKind.UNITS_OF_MEASURE: pages.UNIT,
    ReferenceKind.SUPPLIERS: pages.VENDOR,
    ReferenceKind.EXCHANGE_RATES: pages.EXCHANGE_RATE,
}
_CHANGED_ON = "Last_Date_Modified"
_BLOCKED_TYPES = ("Heading", "Total", "Begin-Total", "End-Total")


def read(instance: Instance, company_id: str, kind: ReferenceKind) -> Iterator[list[ReferenceItem]]:
    """Yield pages of one kind; nothing where the instance does not publish the page."""
    if kind is ReferenceKind.DIMENSIONS:
        yield from _dimensions(instance, company_id)
        return
    service = instance.services.get(_PAGES.get(kind, ""))
    if service is None:
        return
    convert = _CONVERTERS[kind]
    for rows in instance.client.pages(company(company_id, service.name)):
        yield [convert(row) for row in rows]


def read_changed_vendors(
    instance: Instance, company_id: str, since: datetime | None
) -> Iterator[list[ReferenceItem]]:
    """Yield vendors changed since an instant: by their day where the page shows it, else all."""
    service = instance.services.get(pages.VENDOR)
    if service is None:
        return
    params = None
    if since and _CHANGED_ON in service.properties:
        day = (since - timedelta(days=1)).date()  # its day is that of the server's time zone
        params = {"$filter": f"{_CHANGED_ON} ge {day.isoformat()}"}
    for rows in instance.client.pages(company(company_id, service.name), params):
        yield [vendor(row) for row in rows]


def _dimensions(instance: Instance, company_id: str) -> Iterator[list[ReferenceItem]]:
    """Dimensions are those that have values: their own page is not among those published."""
    service = instance.services.get(pages.DIMENSION_VALUE)
    if service is None:
        return
    path = company(company_id, service.name)
    codes = {_text(row, "Dimension_Code") for rows in instance.client.pages(path) for row in rows}
    yield [_item(ReferenceKind.DIMENSIONS, code, code) for code in sorted(codes - {""})]


def account(row: Row) -> ReferenceItem:
    """A ledger account; whether it is blocked is known only where the page shows it."""
    kind = odata.decode_enum(row.get("Account_Type"))
    why = why_not_posted_to(kind, blocked=row.get("Blocked"), direct=row.get("Direct_Posting"))
    return _item(
        ReferenceKind.LEDGER_ACCOUNTS,
        _text(row, "No"),
        _text(row, "Name"),
        why,
        account_type=kind,
        category=odata.decode_enum(row.get("Account_Category")),
    )


def dimension_value(row: Row) -> ReferenceItem:
    """A dimension value, as `DIMENSION/VALUE`; headings and totals cannot be booked."""
    dimension, value = _text(row, "Dimension_Code"), _text(row, "Code")
    kind = odata.decode_enum(row.get("Dimension_Value_Type"))
    why = "it is blocked" if row.get("Blocked") is True else ""
    if not why and kind in _BLOCKED_TYPES:
        why = f"it is a {kind.lower()}"
    return _item(
        ReferenceKind.DIMENSION_VALUES,
        f"{dimension}/{value}",
        _text(row, "Name"),
        why,
        dimension=dimension,
        value=value,
    )


def payment_terms(row: Row) -> ReferenceItem:
    return _item(
        ReferenceKind.PAYMENT_TERMS,
        _text(row, "Code"),
        _text(row, "Description"),
        due_date_calculation=_text(row, "Due_Date_Calculation"),
        discount_date_calculation=_text(row, "Discount_Date_Calculation"),
        discount_percent=_text(row, "Discount_Percent"),
    )


def currency(row: Row) -> ReferenceItem:
    return _item(
        ReferenceKind.CURRENCIES,
        _text(row, "Code"),
        _text(row, "Description"),
        rounding=_text(row, "Amount_Rounding_Precision"),
    )


def unit_of_measure(row: Row) -> ReferenceItem:
    return _item(
        ReferenceKind.UNITS_OF_MEASURE,
        _text(row, "Code"),
        _text(row, "Description"),
        international_code=_text(row, "International_Standard_Code"),
    )


def exchange_rate(row: Row) -> ReferenceItem:
    """A rate, as `CURRENCY/day`; one by way of a third currency is shown and not used."""
    day = odata.parse_date(row.get("Starting_Date"))
    currency_code, through = _text(row, "Currency_Code"), _text(row, "Relational_Currency_Code")
    why = "" if day else "it has no day"
    if through:
        why = f"it leads to {through}, not to the local currency"
    starting = day.isoformat() if day else ""
    return _item(
        ReferenceKind.EXCHANGE_RATES,
        f"{currency_code}/{starting}",
        "",
        why,
        currency=currency_code,
        starting_on=starting,
        amount=_text(row, "Exchange_Rate_Amount"),
        local_amount=_text(row, "Relational_Exch_Rate_Amount"),
    )


def vendor(row: Row) -> ReferenceItem:
    """A vendor: `blocked` is "", "payment" or "all"; only the last keeps documents out."""
    blocked = odata.decode_enum(row.get("Blocked")).lower()
    return _item(
        ReferenceKind.SUPPLIERS,
        _text(row, "No"),
        _text(row, "Name"),
        "it is blocked for all transactions" if blocked == "all" else "",
        blocked=blocked,
        etag=etag_of(row),
        **{ours: _text(row, theirs) for ours, theirs in _VENDOR_TEXTS.items()},
    )


_VENDOR_TEXTS = {
    "payment_terms": "Payment_Terms_Code",
    "pay_to": "Pay_to_Vendor_No",
    "registration_number": "Registration_Number",
    "tax_number": "VAT_Registration_No",
    "currency": "Currency_Code",
    "email": "E_Mail",
    "phone": "Phone_No",
    "website": "Home_Page",
    "line1": "Address",
    "line2": "Address_2",
    "city": "City",
    "state": "County",
    "postal_code": "Post_Code",
    "country": "Country_Region_Code",
}

_CONVERTERS: Mapping[ReferenceKind, Callable[[Row], ReferenceItem]] = {
    ReferenceKind.LEDGER_ACCOUNTS: account,
    ReferenceKind.DIMENSION_VALUES: dimension_value,
    ReferenceKind.PAYMENT_TERMS: payment_terms,
    ReferenceKind.CURRENCIES: currency,
    ReferenceKind.UNITS_OF_MEASURE: unit_of_measure,
    ReferenceKind.SUPPLIERS: vendor,
    ReferenceKind.EXCHANGE_RATES: exchange_rate,
}


def _item(
    kind: ReferenceKind, code: str, name: str, why_not: str = "", **attributes: str
) -> ReferenceItem:
    """Pages show no record id: the code is what a link keeps."""
    return ReferenceItem(
        kind=kind,
        code=code,
        remote_id=code,
        name=name,
        usable=not why_not,
        why_not=why_not,
        attributes={key: value for key, value in attributes.items() if value},
    )


def _text(row: Row, name: str) -> str:
    """Return a value as text, numbers without exponent; empty for null."""
    value: Any = row.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    return format(odata.parse_number(value), "f")
