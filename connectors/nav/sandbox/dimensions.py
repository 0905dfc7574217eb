"""Dimensions of documents, lines and journal lines (NAV contract 4.9).

A record keeps its dimension set as `dims`, dimension code -> value code. The rows of
dimensionSetLines are made from it; their key is the dimension's id.
"""

from __future__ import annotations

import zlib
from typing import Any, ClassVar

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.errors import NavError, dialog, no_relation
from connectors.nav.sandbox.odata_filter import Node
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.reference_rules import global_dimension
from connectors.nav.sandbox.rules import Call, Draft, Parent, Rules
from connectors.nav.sandbox.values import BLANK, NO_ID, decode_member

Dims = dict[str, str]

PARENT_TYPES = {
    "purchaseOrders": "Purchase_x0020_Order",
    "purchaseOrderLines": "Purchase_x0020_Order_x0020_Line",
    "purchaseInvoices": "Purchase_x0020_Invoice",
    "purchaseInvoiceLines": "Purchase_x0020_Invoice_x0020_Line",
    "purchaseCreditMemos": "Purchase_x0020_Credit_x0020_Memo",
    "purchaseCreditMemoLines": "Purchase_x0020_Credit_x0020_Memo_x0020_Line",
    "purchaseReceipts": "Purchase_x0020_Receipt",
    "purchaseReceiptLines": "Purchase_x0020_Receipt_x0020_Line",
    "journalLines": "Journal_x0020_Line",
    "generalLedgerEntries": "General_x0020_Ledger_x0020_Entry",
}
_READ_ONLY_PARENTS = ("purchaseReceipts", "purchaseReceiptLines", "generalLedgerEntries")
_HEADER_OF_LINE = {
    "purchaseOrderLines": "purchaseOrders",
    "purchaseInvoiceLines": "purchaseInvoices",
    "purchaseCreditMemoLines": "purchaseCreditMemos",
}


def defaults_of(company: Company, record: Record | None) -> Dims:
    """Return the default dimension values of a vendor, account or item card."""
    if record is None:
        return {}
    rows = company.find("defaultDimensions", "parentId", record["id"])
    return {r["dimensionCode"]: r["dimensionValueCode"] for r in rows if r["dimensionValueCode"]}


def set_dimension(record: Record, code: str, value: str) -> None:
    """Set one value in a record's dimension set; a blank value takes the dimension out."""
    kept = {k: v for k, v in record.get("dims", {}).items() if k != code}
    record["dims"] = {**kept, code: value} if value else kept


def shortcut_code(company: Company, record: Record, place: int) -> str:
    """Return the value of global dimension `place` (0 or 1) in a record's dimension set."""
    return record.get("dims", {}).get(global_dimension(company, place), "")


def assign_shortcut(call: Call, draft: Draft, name: str, value: str, table: str) -> None:
    """Set shortcutDimension1Code or 2Code; the value must exist, blocked or not."""
    code = global_dimension(call.company, int(name.removeprefix("shortcutDimension")[0]) - 1)
    if value and value_record(call.company, code, value) is None:
        caption = name.removeprefix("shortcutDimension").replace("Code", "")
        raise no_relation(f"Shortcut Dimension {caption} Code", table, value, "Dimension Value")
    if code:
        set_dimension(draft.record, code, value)


def value_record(company: Company, dimension_code: str, value_code: str) -> Record | None:
    """Return a dimension value by both codes, or None."""
    dimension = company.first("dimensions", "code", dimension_code)
    if dimension is None:
        return None
    rows = company.find("dimensionValues", "code", value_code)
    return next((row for row in rows if row["dimensionId"] == dimension["id"]), None)


def spread_change(company: Company, set_name: str, old: Dims, new: Dims, header_id: str) -> None:
    """Carry a changed header dimension into the lines, without asking (contract 4.9)."""
    changed = {code for code in old | new if old.get(code) != new.get(code)}
    for line in company.find(set_name, "documentId", header_id) if changed else ():
        record = dict(line)
        for code in changed:
            set_dimension(record, code, new.get(code, ""))
        company.put(set_name, record)


class DimensionSetLineRules(Rules):
    """Rows of a dimension set: reached through their parent only, keyed by dimension id."""

    unique: ClassVar[str] = "id"

    def require_parent(self, parent: Parent | None, node: Node) -> None:
        """Refuse a list without a parent in the path."""
        if parent is None:
            raise dialog("You must get to the parent first to get to the dimension set line.")

    def rows_under(self, company: Company, parent: Parent) -> list[Record]:
        """Make one row per dimension of the parent's set."""
        dims = parent.record.get("dims", {})
        rows = (self._row(company, parent, code, value) for code, value in sorted(dims.items()))
        return [row for row in rows if row]

    def one(self, call: Call, key: str, parent: Parent | None) -> Record | None:
        """Return the row of one dimension."""
        if parent is None:
            raise dialog("You must get to the parent first to get to the dimension set line.")
        rows = self.rows_under(call.company, parent)
        return next((row for row in rows if row["id"] == key), None)

    def begin(self, call: Call, draft: Draft) -> None:
        """Insist on a parent whose dimensions may be written."""
        parent = _parent_of(draft)
        draft.record["id"] = draft.old["id"] if draft.old else NO_ID
        if not parent_is_open(call.company, parent):
            parent_type = PARENT_TYPES.get(parent.set_name, BLANK)
            raise dialog(
                f"Parent with ID {parent.record['id']} does not exist or dimension set "
                f"lines are read only for parent type {decode_member(parent_type)}."
            )

    def assign(self, call: Call, draft: Draft, name: str, value: Any) -> None:
        """Resolve dimension and value by id or by code."""
        if draft.old and name in ("id", "code") and value != draft.old[name]:
            raise dialog('The "id" and "code" fields cannot be modified.')
        draft.record[name] = value

    def complete(self, call: Call, draft: Draft) -> None:
        """Check that both name something, and that the set does not hold the dimension yet."""
        dimension = self._dimension(call.company, draft)
        value = self._value(call.company, draft, dimension)
        draft.record.update(code=dimension["code"], valueCode=value["code"])
        held = draft.parent.record.get("dims", {}) if draft.parent else {}
        if draft.creating and dimension["code"] in held:
            raise dialog(
                "The dimension set line already exists. Check existing dimension set lines and "
                "the default dimension set lines on the parent."
            )

    def store(self, call: Call, draft: Draft) -> Record:
        """Write the value into the parent's set and return the row."""
        parent = _parent_of(draft)
        self._write(call.company, parent, draft.record["code"], draft.record["valueCode"])
        owner = call.company.get(parent.set_name, parent.record["id"]) or {}
        fresh = Parent(parent.set_name, owner, parent.link)
        rows = self.rows_under(call.company, fresh)
        return next(row for row in rows if row["code"] == draft.record["code"])

    def delete(self, call: Call, record: Record) -> None:
        """Take the dimension out of its parent's set."""
        parent = record["parent"]
        if not parent_is_open(call.company, parent):
            raise dialog("Dimension set lines are read only for this parent.")
        self._write(call.company, parent, record["code"], "")

    def _write(self, company: Company, parent: Parent, code: str, value: str) -> None:
        old = company.get(parent.set_name, parent.record["id"]) or parent.record
        record = dict(old)
        set_dimension(record, code, value)
        company.put(parent.set_name, record)
        if parent.set_name in _HEADER_OF_LINE.values():
            lines = next(k for k, v in _HEADER_OF_LINE.items() if v == parent.set_name)
            spread_change(company, lines, old.get("dims", {}), record["dims"], record["id"])
        elif parent.set_name in _HEADER_OF_LINE:
            touch_header(company, parent.set_name, record)

    def _row(self, company: Company, parent: Parent, code: str, value: str) -> Record | None:
        dimension = company.first("dimensions", "code", code)
        found = value_record(company, code, value)
        if dimension is None:
            return None
        return {
            "id": dimension["id"],
            "code": code,
            "consolidationCode": dimension["consolidationCode"],
            "parentId": parent.record["id"],
            "parentType": PARENT_TYPES.get(parent.set_name, BLANK),
            "displayName": dimension["displayName"],
            "valueId": found["id"] if found else NO_ID,
            "valueCode": value,
            "valueConsolidationCode": found["consolidationCode"] if found else "",
            "valueDisplayName": found["displayName"] if found else "",
            "parent": parent,
            "_key": dimension["id"],
            "_version": zlib.crc32(f"{parent.record['id']}/{code}/{value}".encode()),
        }

    def _dimension(self, company: Company, draft: Draft) -> Record:
        record = draft.record
        if record["id"] == NO_ID and not record["code"]:
            raise dialog('The "id" or "code" field must be filled in.')
        by_code = company.first("dimensions", "code", record["code"]) if record["code"] else None
        by_id = company.get("dimensions", record["id"])
        if record["code"] and by_code is None:
            raise dialog('The "code" does not match to a Dimension.')
        if record["id"] != NO_ID and by_id is None:
            raise dialog('The "id" does not match to a Dimension.')
        if by_code and by_id and by_code["id"] != by_id["id"]:
            raise dialog("The dimension field values do not match to a specific Dimension.")
        return by_code or by_id or {}

    def _value(self, company: Company, draft: Draft, dimension: Record) -> Record:
        code, key = draft.seen.get("valueCode", ""), draft.seen.get("valueId", NO_ID)
        if not draft.seen.keys() & {"valueCode", "valueId"} and draft.old:
            code = draft.old["valueCode"]
        if not code and key == NO_ID:
            raise dialog('The "valueId" or "valueCode" field must be filled in.')
        found = value_record(company, dimension["code"], code) if code else None
        if code and found is None:
            raise dialog('The "valueCode" does not match to a Dimension Value.')
        if found is None:
            found = company.get("dimensionValues", key)
            if found is None or found["dimensionId"] != dimension["id"]:
                raise dialog('The "valueId" does not match to a Dimension Value.')
        return found


def _parent_of(draft: Draft) -> Parent:
    if draft.parent is None:
        raise dialog("You must get to the parent first to create a dimension set line.")
    return draft.parent


def parent_is_open(company: Company, parent: Parent) -> bool:
    """Say whether the dimensions of a parent may be written: drafts and journal lines."""
    if parent.set_name not in PARENT_TYPES or parent.set_name in _READ_ONLY_PARENTS:
        return False
    header = parent.record
    if parent.set_name in _HEADER_OF_LINE:
        header = company.get(_HEADER_OF_LINE[parent.set_name], parent.record["documentId"]) or {}
    return not header.get("posted")


def touch_header(company: Company, line_set: str, line: Record) -> None:
    """Give a line's header a new ETag and time stamp."""
    headers = _HEADER_OF_LINE[line_set]
    header = company.get(headers, line["documentId"])
    if header:
        company.put(headers, header)


def check_for_posting(company: Company, dims: Dims, cards: list[tuple[str, Record]]) -> None:
    """Check a dimension set against blocked values, combinations and the cards' rules.

    `cards` are (table title, record) of vendor, account or item. Raises NavError in the words of
    NAV contract 4.5.
    """
    for code, value in dims.items():
        _check_value(company, code, value)
    _check_combinations(company, dims)
    for title, card in cards:
        for row in company.find("defaultDimensions", "parentId", card["id"]):
            _check_mandatory(row, dims, f"{title} {card['number']}")


def _check_value(company: Company, code: str, value: str) -> None:
    found = value_record(company, code, value)
    if found is None:
        raise dialog(f"Dimension Value {code} - {value} is missing.")
    dimension = company.first("dimensions", "code", code)
    if dimension and dimension.get("blocked"):
        raise dialog(f"Dimension {code} is blocked.")
    if found.get("blocked"):
        raise dialog(f"Dimension Value {code} - {value} is blocked.")


def _check_combinations(company: Company, dims: Dims) -> None:
    for rule in company.setup["dimensionCombinations"]:
        one, two = rule["dimension1"], rule["dimension2"]
        if one not in dims or two not in dims:
            continue
        values = (rule.get("value1", ""), rule.get("value2", ""))
        if values == ("", ""):
            raise dialog(f"Dimensions {one} and {two} can't be used concurrently.")
        if values == (dims[one], dims[two]):
            raise dialog(
                f"Dimension combinations {one} - {values[0]} and {two} - {values[1]} "
                "can't be used concurrently."
            )


def _check_mandatory(row: Record, dims: Dims, owner: str) -> None:
    code, wanted = row["dimensionCode"], row["dimensionValueCode"]
    actual, rule = dims.get(code, ""), row["postingValidation"]
    error: NavError | None = None
    if rule == "Code_x0020_Mandatory" and not actual:
        error = dialog(f"Select a Dimension Value Code for the Dimension Code {code} for {owner}.")
    elif rule == "Same_x0020_Code" and actual != wanted:
        error = dialog(
            f"Select Dimension Value Code {wanted} for the Dimension Code {code} for {owner}."
        )
    elif rule == "No_x0020_Code" and actual:
        error = dialog(f"Dimension Code {code} must not be mentioned for {owner}.")
    if error:
        raise error
