"""Rules of vendors, items and other master data (NAV contract 4.2, 4.9)."""

from __future__ import annotations

from typing import Any, ClassVar

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.errors import NavError, blank_field, dialog, no_relation
from connectors.nav.sandbox.odata_filter import Node, equalities
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.rules import Call, Computed, Draft, Parent, Rules, related
from connectors.nav.sandbox.values import BLANK, NO_ID, plain


def shown_currency_code(company: Company, record: Record) -> str:
    """Return the code clients see: the local currency's where the stored one is blank."""
    return record["currencyCode"] or company.setup["localCurrency"]


def assign_currency(call: Call, draft: Draft, name: str, value: Any) -> None:
    """Set currency id and code together; both sent must agree (NAV contract 4.2)."""
    company, record = call.company, draft.record
    other = draft.seen.get("currencyCode" if name == "currencyId" else "currencyId")
    if name == "currencyId":
        found = _currency_by_id(company, value)
    else:
        found = _currency_by_code(company, value)
    code = found["code"] if found else ""
    if other is not None and code != record["currencyCode"]:
        raise dialog("The currency values do not match to a specific Currency.")
    record["currencyCode"] = code
    record["currencyId"] = found["id"] if found else NO_ID


def _currency_by_id(company: Company, key: str) -> Record | None:
    if key == NO_ID:
        return None
    found = company.get("currencies", key)
    if found is None:
        raise dialog('The "currencyId" does not match to a Currency.')
    return found


def _currency_by_code(company: Company, shown: str) -> Record | None:
    code = company.currency_code(shown)
    if not code:
        return None
    found = company.first("currencies", "code", code)
    if found is None:
        raise dialog('The "currencyCode" does not match to a Currency.')
    return found


def assign_by_id(
    call: Call, draft: Draft, name: str, value: str, *, target: str, title: str
) -> None:
    """Set a field that holds another record's id; NavError if there is no such record."""
    if value != NO_ID and call.company.get(target, value) is None:
        raise dialog(f'The "{name}" does not match to a {title}.')
    draft.record[name] = value


def check_country(company: Company, code: str, *, field: str, table: str) -> None:
    """Refuse an unknown country code; a company without countries takes any."""
    if company.records.count(company.collection("countriesRegions")):
        related(company, "countriesRegions", code, field=field, table=table, title="Country/Region")


class VendorRules(Rules):
    """Vendors: number series, posting groups by template, rename, guarded deletion."""

    unique: ClassVar[str] = "number"
    table: ClassVar[str] = "Vendor"
    computed: ClassVar[dict[str, Computed]] = {
        "currencyCode": shown_currency_code,
        "balance": lambda company, vendor: plain(-company.total("vendor", vendor["number"])),
    }

    def begin(self, call: Call, draft: Draft) -> None:
        """Start a new vendor from the company's template, if it has one."""
        if draft.creating:
            draft.record.update(call.company.setup["vendorTemplate"] or {})

    def assign(self, call: Call, draft: Draft, name: str, value: Any) -> None:
        """Validate one property of the vendor card."""
        if name in ("currencyId", "currencyCode"):
            assign_currency(call, draft, name, value)
        elif name == "paymentTermsId":
            assign_by_id(call, draft, name, value, target="paymentTerms", title="Payment Terms")
        elif name == "paymentMethodId":
            assign_by_id(call, draft, name, value, target="paymentMethods", title="Payment Method")
        elif name == "number":
            self._assign_number(call, draft, value)
        else:
            if name == "country":
                check_country(call.company, value, field="Country/Region Code", table=self.table)
            draft.record[name] = value

    def complete(self, call: Call, draft: Draft) -> None:
        """Give the next number where none was sent."""
        if not draft.record["number"]:
            draft.record["number"] = call.company.next_number("vendors")
        super().complete(call, draft)

    def store(self, call: Call, draft: Draft) -> Record:
        """Write the vendor; a changed number or name is renamed in open documents."""
        stored = super().store(call, draft)
        if draft.old and draft.old["number"] != stored["number"]:
            _rename(call.company, stored)
        return stored

    def delete(self, call: Call, record: Record) -> None:
        """Refuse while documents or ledger entries name the vendor."""
        for set_name, word in _DOCUMENT_WORDS:
            rows = call.company.find(set_name, "vendorId", record["id"])
            if any(not row.get("posted") for row in rows):
                raise dialog(
                    f"You cannot delete Vendor {record['number']} because there is at least one "
                    f"outstanding Purchase {word} for this vendor."
                )
        if call.company.find("vendorLedgerEntries", "vendorNumber", record["number"]):
            raise dialog(
                f"You cannot delete Vendor {record['number']} because it has ledger entries."
            )
        super().delete(call, record)

    def _assign_number(self, call: Call, draft: Draft, value: str) -> None:
        if value and draft.creating and not call.company.setup["manualVendorNumbers"]:
            raise dialog(
                "You may not enter numbers manually. If you want to enter numbers manually, "
                "please activate Manual Nos. in No. Series VEND."
            )
        draft.record["number"] = value


_DOCUMENT_WORDS = (
    ("purchaseOrders", "Order"),
    ("purchaseInvoices", "Invoice"),
    ("purchaseCreditMemos", "Credit Memo"),
)


def _rename(company: Company, vendor: Record) -> None:
    for set_name, _ in _DOCUMENT_WORDS:
        for own, number in (("vendorId", "vendorNumber"), ("payToVendorId", "payToVendorNumber")):
            for row in company.find(set_name, own, vendor["id"]):
                company.put(set_name, {**row, number: vendor["number"]})


def check_vendor_open(vendor: Record, verb: str) -> None:
    """Refuse documents for a blocked vendor; `verb` is "create" or "post" (contract 4.2)."""
    if vendor["blocked"] == "All":
        raise dialog(
            f"You cannot {verb} this type of document when Vendor {vendor['number']} is blocked "
            "with type All"
        )
    if vendor.get("privacyBlocked"):
        raise dialog(
            f"You cannot {verb} this type of document when Vendor {vendor['number']} is blocked "
            "for privacy."
        )


def check_posting_groups(vendor: Record) -> None:
    """Refuse a vendor without the posting groups that documents need."""
    key = f"No.={vendor['number']}"
    if not vendor.get("genBusPostingGroup"):
        raise blank_field("Gen. Bus. Posting Group", "Vendor", key)
    if not vendor.get("vendorPostingGroup"):
        raise blank_field("Vendor Posting Group", "Vendor", key)


class ItemRules(Rules):
    """Items: unique number, known tax group and unit."""

    unique: ClassVar[str] = "number"
    table: ClassVar[str] = "Item"

    def assign(self, call: Call, draft: Draft, name: str, value: Any) -> None:
        """Keep ids and codes of unit and tax group together."""
        draft.record[name] = value
        pair = _ITEM_PAIRS.get(name)
        if pair is None:
            return
        target, key, other, field_name = pair
        found = call.company.first(target, key, value)
        if found is None and value not in ("", NO_ID):
            raise no_relation(name, "Item", value, target)
        draft.record[other] = found[field_name] if found else ("" if key == "id" else NO_ID)


_ITEM_PAIRS = {
    "taxGroupId": ("taxGroups", "id", "taxGroupCode", "code"),
    "taxGroupCode": ("taxGroups", "code", "taxGroupId", "id"),
    "baseUnitOfMeasureId": ("unitsOfMeasure", "id", "baseUnitOfMeasureCode", "code"),
    "baseUnitOfMeasureCode": ("unitsOfMeasure", "code", "baseUnitOfMeasureId", "id"),
}


class AccountRules(Rules):
    """Accounts: the net change is what the ledger says."""

    unique: ClassVar[str] = "number"
    computed: ClassVar[dict[str, Computed]] = {
        "netChange": lambda company, account: company.total("account", account["number"])
    }


class DefaultDimensionRules(Rules):
    """Default dimensions of vendors and items, seen by way of their card; those of accounts are
    kept but not shown."""

    unique: ClassVar[str] = "id"

    def require_parent(self, parent: Parent | None, node: Node) -> None:
        """Refuse a list that names no card."""
        if parent is None and not equalities(node).keys() & {"parentId", "id"}:
            raise _no_card()

    def is_visible(self, company: Company, record: Record) -> bool:
        """Hide rows of tables that the API page does not cover."""
        return record["parentType"] != BLANK

    def begin(self, call: Call, draft: Draft) -> None:
        """Take parent type and id from the path."""
        if draft.parent and draft.creating:
            draft.record["parentId"] = draft.parent.record["id"]
            draft.record["parentType"] = {"vendors": "Vendor", "items": "Item"}.get(
                draft.parent.set_name, BLANK
            )

    def assign(self, call: Call, draft: Draft, name: str, value: Any) -> None:
        """Set the codes that belong to the sent ids."""
        record, company = draft.record, call.company
        record[name] = value
        if name == "dimensionId":
            dimension = company.get("dimensions", value)
            if dimension is None:
                raise dialog('The "dimensionId" does not match to a Dimension.')
            record["dimensionCode"] = dimension["code"]
        elif name == "dimensionValueId":
            found = company.get("dimensionValues", value)
            if found is None and value != NO_ID:
                raise dialog('The "dimensionValueId" does not match to a Dimension Value.')
            record["dimensionValueCode"] = found["code"] if found else ""

    def complete(self, call: Call, draft: Draft) -> None:
        """Insist on a parent and a dimension, and on one row per dimension."""
        record = draft.record
        if record["parentId"] == NO_ID or record["parentType"] == BLANK:
            raise _no_card()
        if record["dimensionId"] == NO_ID:
            raise blank_field("Dimension Code", "Default Dimension", f"No.={record['parentId']}")
        rows = call.company.find("defaultDimensions", "parentId", record["parentId"])
        twins = [r for r in rows if r["dimensionCode"] == record["dimensionCode"]]
        if any(twin["id"] != record["id"] for twin in twins):
            raise NavError(
                call.switches.duplicate_key_status,
                "Internal_EntityWithSameKeyExists",
                "The record in table Default Dimension already exists.",
            )


def _no_card() -> NavError:
    return dialog("You must get to the parent first to get to the default dimensions.")


class CompanyInformationRules(Rules):
    """The company's own card; its currency is the local one."""

    unique: ClassVar[str] = "id"
    computed: ClassVar[dict[str, Computed]] = {
        "currencyCode": lambda company, record: company.setup["localCurrency"]
    }


class LedgerSetupRules(Rules):
    """General ledger setup, shown from the company's setup record."""

    unique: ClassVar[str] = "id"
    computed: ClassVar[dict[str, Computed]] = {
        "allowPostingFrom": lambda company, _: company.setup["allowPostingFrom"],
        "allowPostingTo": lambda company, _: company.setup["allowPostingTo"],
        "localCurrencyCode": lambda company, _: company.setup["localCurrency"],
        "localCurrencySymbol": lambda company, _: company.setup["localCurrencySymbol"],
        **{
            f"shortcutDimension{n}Code": lambda company, _, place=n - 1: global_dimension(
                company, place
            )
            for n in range(1, 9)
        },
    }


def global_dimension(company: Company, place: int) -> str:
    """Return the code of shortcut dimension `place` (from 0); 0 and 1 are the global ones."""
    codes = company.setup["globalDimensions"]
    return codes[place] if place < len(codes) else ""
