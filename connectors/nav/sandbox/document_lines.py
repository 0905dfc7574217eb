"""Lines of purchase orders, invoices and credit memos (NAV contract 4.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.dimensions import defaults_of
from connectors.nav.sandbox.documents import (
    KIND_OF_LINES,
    Kind,
    document_lines,
    refresh,
    refuse_if_closed,
)
from connectors.nav.sandbox.errors import bad_request, blank_field, dialog, field_error
from connectors.nav.sandbox.odata_filter import Node, equalities
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.rules import Call, Draft, Parent, Rules, related
from connectors.nav.sandbox.tax import check_posting_setup, check_tax_code
from connectors.nav.sandbox.values import NO_ID, ZERO, decode_member, money, number_of, plain

# Editable on the page but calculated: taken in a body, without effect.
_CALCULATED = frozenset(
    [
        "amountExcludingTax",
        "amountIncludingTax",
        "invoiceDiscountAllocation",
        "netAmount",
        "netTaxAmount",
        "netAmountIncludingTax",
    ]
)
_STEP = 10_000
_HUNDRED = Decimal(100)


class LineRules(Rules):
    """Lines: type and object, quantities, tax code, inherited dimensions."""

    unique: ClassVar[str] = "id"

    def __init__(self, set_name: str) -> None:
        super().__init__(set_name)
        self.kind = KIND_OF_LINES[set_name]

    def require_parent(self, parent: Parent | None, node: Node) -> None:
        """Lines are listed below a document or with a filter that names one."""
        if parent is None and not equalities(node).keys() & {"documentId", "id"}:
            word = "id" if self.kind.word == "Credit Memo" else "Id"
            raise dialog(f"You must specify an {word} or a Document Id to get the lines.")

    def begin(self, call: Call, draft: Draft) -> None:
        """Find the document and refuse changes of a closed one."""
        super().begin(call, draft)
        if draft.old:
            refuse_if_closed(self.kind, _header(call.company, self.kind, draft.old))

    def assign(self, call: Call, draft: Draft, name: str, value: Any) -> None:
        """Validate one line property."""
        step = _STEPS.get(name)
        if name in _CALCULATED:
            return
        if step:
            step(self, call, draft, name, value)
        else:
            draft.record[name] = value

    def complete(self, call: Call, draft: Draft) -> None:
        """Check the document, number the line and inherit its dimensions."""
        company, record = call.company, draft.record
        header = _header(company, self.kind, record)
        refuse_if_closed(self.kind, header)
        if draft.creating:
            self._take_place(company, draft)
        self._check_object(record, header)
        check_posting_setup(company, header, record)
        if draft.creating or _object_of(draft.old) != _object_of(record):
            card = _card(company, record)
            record["dims"] = {**header.get("dims", {}), **defaults_of(company, card)}
        if self.kind.headers == "purchaseOrders":
            _complete_quantities(company, draft)
        _complete_discount(draft, self.kind.cost_field)

    def finish(self, call: Call, record: Record) -> None:
        """Compute the document anew, unless a deep insert is still going on."""
        if record["documentId"] not in call.deep:
            refresh(call.company, self.kind, record["documentId"])

    def delete(self, call: Call, record: Record) -> None:
        """Delete a line of an open document that nothing was received for."""
        refuse_if_closed(self.kind, _header(call.company, self.kind, record))
        if number_of(record, "receivedQuantity"):
            raise field_error(
                "Quantity Received must be equal to '0'  in Purchase Line: "
                f"Document Type={self.kind.word}, Line No.={record['sequence']}. "
                f"Current value is '{record['receivedQuantity']}'."
            )
        super().delete(call, record)
        refresh(call.company, self.kind, record["documentId"])

    def _take_place(self, company: Company, draft: Draft) -> None:
        """Give the next sequence, or check the one that was sent."""
        lines = document_lines(company, self.kind, draft.record["documentId"])
        taken = {line["sequence"] for line in lines}
        sequence = draft.record["sequence"]
        if not sequence:
            draft.record["sequence"] = max(taken, default=0) + _STEP
        elif sequence in taken:
            raise dialog(
                "You cannot insert a line because a line already exists."
                if self.kind.word == "Order"
                else "You cannot insert a line with a duplicate sequence number."
            )

    def _check_object(self, record: Record, header: Record) -> None:
        """A quantity or cost needs something that is bought."""
        if record["lineType"] != "Comment" and record["lineObjectNumber"]:
            return
        if number_of(record, "quantity") or number_of(record, self.kind.cost_field):
            key = (
                f"Document Type={self.kind.word}, Document No.={header['number']}, "
                f"Line No.={record['sequence']}"
            )
            raise blank_field("No.", "Purchase Line", key)

    def _assign_document(self, call: Call, draft: Draft, name: str, value: str) -> None:
        if draft.old and value != draft.old["documentId"]:
            raise dialog('The value for "documentId" cannot be modified.')
        if not draft.parent:
            draft.record["documentId"] = value

    def _assign_sequence(self, call: Call, draft: Draft, name: str, value: int) -> None:
        if draft.old and value != draft.old["sequence"]:
            raise dialog(
                "The value for sequence cannot be modified. Delete and insert the line again."
            )
        draft.record["sequence"] = value

    def _assign_object_id(self, call: Call, draft: Draft, name: str, value: str) -> None:
        other = "accountId" if name == "itemId" else "itemId"
        if value == NO_ID:
            return
        if draft.seen.get(other, NO_ID) != NO_ID:
            raise dialog('Both "itemId" and "accountId" are specified. Specify only one of them.')
        set_name, title = _OBJECTS["Item" if name == "itemId" else "Account"]
        card = call.company.get(set_name, value)
        if card is None:
            raise dialog(f"{title} does not exist.")
        self._take_card(call, draft, "Item" if name == "itemId" else "Account", card)

    def _assign_type(self, call: Call, draft: Draft, name: str, value: str) -> None:
        if value != draft.record["lineType"] or draft.old:
            draft.record.update(
                lineObjectNumber="", itemId=NO_ID, accountId=NO_ID, unitOfMeasureId=NO_ID,
                unitOfMeasureCode="",
            )  # fmt: skip
        draft.record["lineType"] = value

    def _assign_number(self, call: Call, draft: Draft, name: str, value: str) -> None:
        if draft.old and draft.record["lineObjectNumber"] not in ("", value):
            raise dialog('The value for "lineObjectNumber" cannot be modified.')
        line_type = draft.record["lineType"]
        if not value or (line_type == "Comment" and "lineType" in draft.seen):
            draft.record["lineObjectNumber"] = ""
            return
        if line_type == "Comment":
            line_type = "Item" if call.company.first("items", "number", value) else "Account"
        if line_type not in _OBJECTS:
            raise bad_request(f"Lines of type '{decode_member(line_type)}' are not set up.")
        set_name, title = _OBJECTS[line_type]
        card = call.company.first(set_name, "number", value)
        if card is None:
            raise dialog(f"{title} does not exist.")
        self._take_card(call, draft, line_type, card)

    def _take_card(self, call: Call, draft: Draft, line_type: str, card: Record) -> None:
        """Fill the line from the account or item card, as choosing "No." does."""
        check_card_open(line_type, card)
        record = draft.record
        record.update(
            lineType=line_type,
            lineObjectNumber=card["number"],
            itemId=card["id"] if line_type == "Item" else NO_ID,
            accountId=card["id"] if line_type == "Account" else NO_ID,
            unitOfMeasureId=card.get("baseUnitOfMeasureId", NO_ID),
            unitOfMeasureCode=card.get("baseUnitOfMeasureCode", ""),
        )
        if "description" not in draft.seen:
            record["description"] = card["displayName"]
        if "taxCode" not in draft.seen:
            record["taxCode"] = card.get("vatProdPostingGroup") or card.get("taxGroupCode", "")
        if line_type == "Item" and self.kind.cost_field not in draft.seen:
            record[self.kind.cost_field] = number_of(card, "unitCost")

    def _assign_unit(self, call: Call, draft: Draft, name: str, value: str) -> None:
        if value in ("", NO_ID):
            return
        if draft.record["lineType"] != "Item":
            raise dialog("Unit of Measure can be set only for lines with type Item.")
        key = "id" if name == "unitOfMeasureId" else "code"
        unit = call.company.first("unitsOfMeasure", key, value)
        if unit is None:
            related(
                call.company, "unitsOfMeasure", value, field="Unit of Measure Code",
                table="Purchase Line", title="Unit of Measure",
            )  # fmt: skip
            raise dialog(f'The "{name}" does not match to a Unit of Measure.')
        draft.record.update(unitOfMeasureId=unit["id"], unitOfMeasureCode=unit["code"])

    def _assign_tax(self, call: Call, draft: Draft, name: str, value: str) -> None:
        check_tax_code(call.company, value.upper(), "Purchase Line")
        draft.record["taxCode"] = value.upper()

    def _assign_quantity(self, call: Call, draft: Draft, name: str, value: Decimal) -> None:
        draft.record["quantity"] = money(value, Decimal("0.00001"))

    def _assign_location(self, call: Call, draft: Draft, name: str, value: str) -> None:
        if value != NO_ID and call.company.get("locations", value) is None:
            raise dialog(f'The "{name}" does not match to a Location.')
        draft.record[name] = value


_OBJECTS = {"Item": ("items", "Item"), "Account": ("accounts", "Account")}
_STEPS = {
    "documentId": LineRules._assign_document,
    "sequence": LineRules._assign_sequence,
    "itemId": LineRules._assign_object_id,
    "accountId": LineRules._assign_object_id,
    "lineType": LineRules._assign_type,
    "lineObjectNumber": LineRules._assign_number,
    "unitOfMeasureId": LineRules._assign_unit,
    "unitOfMeasureCode": LineRules._assign_unit,
    "taxCode": LineRules._assign_tax,
    "quantity": LineRules._assign_quantity,
    "locationId": LineRules._assign_location,
}


class ReceiptLineRules(Rules):
    """Lines of posted receipts: listed with or without their receipt."""

    unique: ClassVar[str] = "id"


def check_card_open(line_type: str, card: Record) -> None:
    """Refuse an account that takes no direct posting, and a blocked account or item."""
    title = "G/L Account" if line_type == "Account" else "Item"
    if line_type == "Account":
        if card["accountType"] != "Posting":
            raise _must_be(
                "Account Type", "Posting", title, card, decode_member(card["accountType"])
            )
        if not card["directPosting"]:
            raise _must_be("Direct Posting", "Yes", title, card, "No")
    if card["blocked"]:
        raise _must_be("Blocked", "No", title, card, "Yes")


def _must_be(field: str, wanted: str, table: str, card: Record, actual: str) -> Exception:
    return field_error(
        f"{field} must be equal to '{wanted}'  in {table}: No.={card['number']}. "
        f"Current value is '{actual}'."
    )


def _header(company: Company, kind: Kind, line: Record) -> Record:
    """Return a line's document; NavError in the words of contract 4.6 if there is none."""
    if line["documentId"] == NO_ID:
        raise dialog("You must specify a document id to get the lines.")
    header = company.get(kind.headers, line["documentId"])
    if header is None:
        raise dialog("No document with the specified ID exists.")
    return header


def _object_of(line: Record | None) -> tuple[Any, ...]:
    return (line["lineType"], line["lineObjectNumber"]) if line else ()


def _card(company: Company, line: Record) -> Record | None:
    """Return the account or item a line buys, or None."""
    if line["lineType"] not in _OBJECTS:
        return None
    return company.first(_OBJECTS[line["lineType"]][0], "number", line["lineObjectNumber"])


def _complete_quantities(company: Company, draft: Draft) -> None:
    """Default what is to be received and invoiced next, and check it against the order."""
    record = draft.record
    quantity = number_of(record, "quantity")
    received, invoiced = (
        number_of(record, "receivedQuantity"),
        number_of(record, "invoicedQuantity"),
    )
    if quantity < received:
        raise field_error(
            f"Quantity must not be less than {received} in Purchase Line "
            f"Document Type='Order',Line No.='{record['sequence']}'."
        )
    if draft.creating or (draft.old and draft.old["quantity"] != record["quantity"]):
        by_default = company.setup["receiveByDefault"]
        if "receiveQuantity" not in draft.seen:
            record["receiveQuantity"] = plain(quantity - received) if by_default else ZERO
        if "invoiceQuantity" not in draft.seen:
            record["invoiceQuantity"] = plain(quantity - invoiced) if by_default else ZERO
    if number_of(record, "receiveQuantity") > quantity - received:
        raise dialog(f"You cannot receive more than {plain(quantity - received)} units.")
    if number_of(record, "invoiceQuantity") > quantity - invoiced:
        raise dialog(f"You can't invoice more than {plain(quantity - invoiced)} units.")


def _complete_discount(draft: Draft, cost_field: str) -> None:
    """Keep discount amount and percentage of a line together; the percentage sent wins."""
    record = draft.record
    gross = money(number_of(record, "quantity") * number_of(record, cost_field))
    if "discountAmount" in draft.seen and "discountPercent" not in draft.seen:
        percent = number_of(record, "discountAmount") * _HUNDRED / gross if gross else ZERO
        record["discountPercent"] = money(percent, Decimal("0.00001"))
    else:
        record["discountAmount"] = money(gross * number_of(record, "discountPercent") / _HUNDRED)
