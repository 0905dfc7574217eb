"""Tax setup of a company: which percentage a line gets, and which accounts (contract 4.5, 4.6).

The setup's `vatSetup` rows are {"bus", "prod", "percent", "account", "type"}; a row without "bus"
holds for every vendor group. Without any row no line is taxed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.errors import NavError
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.rules import related
from connectors.nav.sandbox.totals import Rate
from connectors.nav.sandbox.values import ZERO


def vat_row(company: Company, business_group: str, product_group: str) -> dict[str, Any] | None:
    """Return the setup row of a vendor group and a product group, or None."""
    rows = [row for row in company.setup["vatSetup"] if row.get("prod", "") == product_group]
    exact = [row for row in rows if row.get("bus", "") == business_group]
    general = [row for row in rows if not row.get("bus")]
    return next(iter([*exact, *general]), None)


def rate_of(company: Company, header: Record, line: Record) -> Rate:
    """Return the tax rate of a document line; reverse charge adds no tax to the document."""
    group = line.get("taxCode", "")
    row = vat_row(company, header.get("vatBusPostingGroup", ""), group)
    if row is None or row.get("type") == "Reverse Charge" or line["lineType"] == "Comment":
        return Rate(group, ZERO)
    return Rate(group, Decimal(row["percent"]))


def vat_account(company: Company, header: Record, group: str) -> str:
    """Return the account that a product group's purchase tax is booked to."""
    row = vat_row(company, header.get("vatBusPostingGroup", ""), group) or {}
    return row.get("account") or company.setup["vatAccount"]


def check_tax_code(company: Company, code: str, table: str) -> None:
    """Refuse a tax code that is no tax group (VAT Prod. Posting Group or Tax Group Code)."""
    related(
        company,
        "taxGroups",
        code,
        field="VAT Prod. Posting Group",
        table=table,
        title="VAT Product Posting Group",
    )


def check_posting_setup(company: Company, header: Record, line: Record) -> None:
    """Refuse a combination of groups that the VAT posting setup lacks, where there is a setup."""
    group = line.get("taxCode", "")
    business = header.get("vatBusPostingGroup", "")
    if not company.setup["vatSetup"] or not group or vat_row(company, business, group):
        return
    raise NavError(
        404,
        "Internal_RecordNotFound",
        "The VAT Posting Setup does not exist. Identification fields and values: "
        f"VAT Bus. Posting Group='{business}',VAT Prod. Posting Group='{group}'",
    )


def is_sales_tax(company: Company) -> bool:
    """Say whether the company uses US sales tax instead of VAT."""
    return any(row.get("type") == "Sales Tax" for row in company.setup["vatSetup"])
