"""The labels of the folder and the reason codes that answer them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

CODES: Mapping[str, frozenset[str]] = {
    label: frozenset(codes.split())
    for label, codes in {
        "PO_CANCELLED": "order_cancelled",
        "PO_LINE_CANCELLED": "order_cancelled",
        "PO_CLOSED": "order_cancelled",
        "DUPLICATE_INVOICE_NUMBER": "duplicate_invoice",
        "DUPLICATE_SUSPECTED": "duplicate_suspected duplicate_invoice",
        "PRICE_OVER": "price_over_tolerance",
        "AMOUNT_OVER": "price_over_tolerance amount_over_order",
        "QUANTITY_OVER": "quantity_over_order",
        "CATEGORY_UNMAPPED": "mapping_missing",
        "COST_CENTRE_UNMAPPED": "mapping_missing",
        "NO_PO_REFERENCE": "order_reference_missing",
        "PO_NOT_FOUND": "order_not_found",
        "DATE_BEFORE_PO": "dated_before_order",
        "SUPPLIER_MISMATCH": "order_of_other_supplier",
        "CURRENCY_MISMATCH": "currency_differs",
        "UOM_MISMATCH": "unit_differs price_over_tolerance quantity_over_order",
        "LINE_NOT_ON_PO": "line_not_on_order",
        "SUPPLIER_BLOCKED": "supplier_blocked",
        "SUPPLIER_CODE_MISSING": "supplier_unknown",
        "SUPPLIER_UNKNOWN": "supplier_unknown",
        "FREIGHT_OVER": "charge_over_limit",
        "TOTAL_MISMATCH": "does_not_add_up",
        "LINE_ARITHMETIC": "does_not_add_up",
        "TAX_MISMATCH": "tax_differs",
        "ZERO_TOTAL": "total_zero",
        "DIMENSION_BLOCKED": "mapping_invalid ledger_refused",
        "GL_ACCOUNT_NOT_POSTABLE": "mapping_invalid mapping_missing",
        "GL_ACCOUNT_UNKNOWN": "mapping_invalid mapping_missing",
        "CREDIT_NO_ORIGINAL": "credit_without_invoice",
        "CREDIT_EXCEEDS_ORIGINAL": "credit_over_invoice",
        "NEGATIVE_INVOICE": "negative_invoice",
        "INVALID_DATE": "unreadable date_invalid",
        "FIELD_TOO_LONG": "too_long",
        "QUANTITY_PRECISION": "quantity_precision",
    }.items()
}


def codes_of(folder: Path) -> Mapping[str, frozenset[str]]:
    """The folder's own `reasons.json` where it has one, else what the product knows."""
    path = folder / "reasons.json"
    if not path.exists():
        return CODES
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {**CODES, **{label: frozenset(codes) for label, codes in rows.items()}}
