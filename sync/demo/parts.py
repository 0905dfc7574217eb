"""What several JAGGAER bodies have in common: terms, supplier, custom fields, coding. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sync.demo.identity import supplier_id
from sync.demo.records import Row, Unit

Body = dict[str, Any]

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Terms:
    """Payment terms as JAGGAER words them; `net_days` None = end of the invoice's month."""

    code: str
    net_days: int | None
    discount_days: int = 0
    discount_percent: Decimal | None = None


TERMS = {  # payment terms code of the ledger, as the rows have it -> the source's terms
    "CM": Terms("End of Month", None),
    "COD": Terms("Due on Receipt", 0),
    "1M(8D)": Terms("2% 8 Net 30", 30, 8, Decimal(2)),
    "7 DAYS": Terms("Net 7", 7),
    "14 DAYS": Terms("Net 14", 14),
    "21 DAYS": Terms("Net 21", 21),
    "30 DAYS": Terms("Net 30", 30),
    "60 DAYS": Terms("Net 60", 60),
}


def terms_body(terms: Terms, type_field: str) -> Body:
    """Return terms as a document has them (`type`) or a supplier's location (`termsType`)."""
    discount: Body = {}
    if terms.discount_percent:
        discount = {"unit": "percent", "discountPercent": terms.discount_percent}
    body = {"discount": discount, "days": terms.discount_days, type_field: "Net"}
    if terms.net_days is not None:
        body["daysAfter"] = terms.net_days
    return {**body, "standardPaymentTermsCode": terms.code}


def terms_of(unit: Unit, code: str | None) -> Terms:
    """Return the terms agreed with a supplier; 30 days for one that nobody knows."""
    supplier = unit.supplier_of.get(code or "")
    return TERMS[supplier["payment_terms_code"]] if supplier else TERMS["30 DAYS"]


def supplier_reference(unit: Unit, code: str | None, name: str) -> Body:
    """A supplier without code is named in words only."""
    if code is None:
        return {"name": name}
    return {"id": supplier_id(unit, code), "name": name, "supplierNumber": code}


def custom_field(name: str, label: str, value: str) -> Body:
    """Return the set of unsplit custom fields with one field in it."""
    values = {"customFieldValue": [{"value": value}]}
    field = {"name": name, "label": label, "customFieldValueList": values}
    return {"customFieldValueSetList": {"customFieldValueSet": [field]}}


def line_amount(line: Body) -> Decimal:
    """Return the amount of a payload's line: as sent, else quantity x price to the cent."""
    if "extendedPrice" in line:
        return line["extendedPrice"]
    return product(line["quantity"], line["unitPrice"])


def product(quantity: Decimal, price: Decimal) -> Decimal:
    """Return quantity x price, rounded half up to the cent."""
    return (quantity * price).quantize(CENT, ROUND_HALF_UP)


def extended(line: Row) -> Body:
    """The extended price is sent only where quantity x price does not give the amount."""
    amount = Decimal(line["line_total"])
    computed = product(Decimal(line["quantity"]), Decimal(line["unit_price"]))
    return {} if computed == amount else {"extendedPrice": amount}


def coding(unit: Unit, line: Row) -> Body:
    """Return the accounting coding (contract 7.5): category and cost centre, split or whole."""
    parts = [_part(unit, line, centre) for centre in _centres(line)]
    shares = line.get("shares", ())
    index_set: Body = {"context": "Line"}
    if len(shares) > 1:
        index_set["distributionType"] = "PercentOfPrice"
        parts = [
            {"splitIndex": n, "distributionValue": Decimal(share), **part}
            for n, ((_, share), part) in enumerate(zip(shares, parts, strict=True))
        ]
    index_set["splittableFieldIndexList"] = {"splittableFieldIndex": parts}
    group = {"splittableFieldIndexSet": [index_set]}
    return {"splittableFieldSetGroupList": {"splittableFieldSetGroup": [group]}}


def _centres(line: Row) -> list[str | None]:
    return [centre for centre, _ in line.get("shares", ())] or [line.get("cost_centre")]


def _part(unit: Unit, line: Row, centre: str | None) -> Body:
    values = [{"internalName": "Account", "value": line["category"]}]
    if centre is not None:
        name = unit.centre_names.get(centre, centre)
        values.append({"internalName": "CostCenter", "value": centre, "description": name})
    return {"customFieldValueList": {"customFieldValue": values}}
