"""Awkward but legal records, made from ordinary ones while they are served (JAGGAER contract 14).

Each variation is a pure function from a detail body to a detail body. The stored record stays
as it was, so a variation can be switched on and off. Numbers in the table are those of the
contract's list.
"""

import copy
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.jaggaer.sandbox.catalogue import Body
from connectors.jaggaer.sandbox.stamps import instant_text

EVERY = "*"
_LINES = ("invoiceLine", "poLine")
_AMOUNTS = ("taxCharge1", "taxCharge2", "shippingCharge", "handlingCharge")


@dataclass(frozen=True)
class Variation:
    """What happens to records of which collections. `alter` may change the body it is given."""

    number: int
    collections: tuple[str, ...]
    alter: Callable[[Body], None]


def vary(body: Body, collection: str, key: str, wanted: Mapping[str, Iterable[str]]) -> Body:
    """Return the body with all variations that name the record's id, or every record ("*").

    The body given is never changed. Raises KeyError for a variation that does not exist.
    """
    names = [name for name, ids in wanted.items() if key in ids or EVERY in ids]
    fitting = [VARIATIONS[name] for name in names if collection in VARIATIONS[name].collections]
    if not fitting:
        return body
    changed = copy.deepcopy(body)
    for variation in fitting:
        variation.alter(changed)
    return changed


def _lines(body: Body) -> list[Body]:
    lines = body.get("lineList") or {}
    return next((lines[name] for name in _LINES if name in lines), [])


def _two_lines(body: Body) -> list[Body]:
    """Return the lines, the only one split in half if need be."""
    lines = _lines(body)
    if len(lines) == 1:
        half = Decimal(lines[0].get("quantity", 1)) / 2
        second = {
            **copy.deepcopy(lines[0]),
            "lineNumber": 2,
            "lineId": lines[0]["lineId"] + 500_000,
        }
        lines.append(second)
        for line in lines:
            line["quantity"] = half
    return lines


def _set(**values: Any) -> Callable[[Body], None]:
    return lambda body: body["header"].update(values)


def _credit_memo(body: Body) -> None:
    """Total, tax and freight negative, the discount positive all the same."""
    header = body["header"]
    header["invoiceType"] = "Credit memo"
    header.pop("earlyPaymentDiscount", None)
    for part in (header, *_lines(body)):
        for name in [name for name in (*_AMOUNTS, "unitPrice") if name in part]:
            part[name] = -abs(part[name])
        part["discountAmount"] = abs(part.get("discountAmount") or Decimal("20"))
    if "total" in header:
        header["total"]["value"] = -abs(header["total"]["value"])


def _total_off(by: str) -> Callable[[Body], None]:
    def alter(body: Body) -> None:
        total = body["header"].get("total")
        if total:
            total["value"] = Decimal(total["value"]) + Decimal(by)

    return alter


def _mixed_lines(body: Body) -> None:
    last = _two_lines(body)[-1]
    last.pop("poNumber", None)
    last.pop("poLineNumber", None)
    body["header"].update(nonPOInvoice="false", containsNonPOLines="true")


def _two_orders(body: Body) -> None:
    lines = _two_lines(body)
    first = str(lines[0].get("poNumber", "1"))
    lines[-1]["poNumber"] = f"{int(first) + 1:0{len(first)}d}" if first.isdigit() else first + "-2"


def _shares(count: int, shares: tuple[int, ...]) -> Callable[[Body], None]:
    """Cut the coding of each line in `count` parts; with shares only where some are given."""

    def alter(body: Body) -> None:
        for parts in map(_parts, _lines(body)):
            for _ in range(count - len(parts)):
                parts.append(copy.deepcopy(parts[0]))
            del parts[count:]
            for at, part in enumerate(parts):
                part.pop("splitIndex", None)
                part.pop("distributionValue", None)
                if shares:
                    part.update(splitIndex=at, distributionValue=shares[at])

    return alter


def _parallel_groups(body: Body) -> None:
    """A second group beside the first: another view of the same line in an older chart."""
    for line in _lines(body):
        groups = line["splittableFieldSetGroupList"]["splittableFieldSetGroup"]
        older = copy.deepcopy(groups[0])
        for segment in _segments_of(older):
            segment["internalName"] = f"Old{segment['internalName']}"
        groups.append(older)


def _segment_without_value(body: Body) -> None:
    for segments in map(_segments, _lines(body)):
        segments[-1].pop("value", None)
        segments[-1].pop("description", None)


def _code_with_suffix(body: Body) -> None:
    for segments in map(_segments, _lines(body)):
        for segment in segments:
            if "value" in segment:
                segment["value"] = f"{segment['value']}-A"


def _po_revision(body: Body) -> None:
    header = body["header"]
    header.update(type="update", revisionNumber=int(header.get("revisionNumber") or 0) + 1)
    for line in _lines(body)[:1]:
        line["quantity"] = line["quantity"] + 1


def _po_line_zero(body: Body) -> None:
    _po_revision(body)
    _two_lines(body)[-1]["quantity"] = 0


def _po_line_gone(body: Body) -> None:
    _po_revision(body)
    del _lines(body)[-1:]


def _without_lines(body: Body) -> None:
    body.pop("lineList", None)


def _reexported(body: Body) -> None:
    """New message id, one second later, same content."""
    header = body["header"]
    stamp = datetime.fromisoformat(header["lastUpdate"]) + timedelta(seconds=1)
    old = header["originalRequestMessageId"]
    lead = int((stamp.astimezone(UTC).timestamp() - 1.35) * 1000)
    again = str(uuid.uuid5(uuid.NAMESPACE_OID, old))
    header["originalRequestMessageId"] = f"{again[:24]}{lead:012x}"
    header["lastUpdate"] = instant_text(stamp)


def _big_ids(body: Body) -> None:
    for line in _lines(body):
        line["lineId"] += 2**33


def _fractional_quantity(body: Body) -> None:
    for line in _lines(body):
        line["quantity"] = Decimal(line["quantity"]) + Decimal("0.12345")


def _leading_zeros(body: Body) -> None:
    for line in _lines(body):
        if "poLineNumber" in line:
            line["poLineNumber"] = str(line["poLineNumber"]).rjust(4, "0")


def _renamed(body: Body) -> None:
    if "header" in body:
        body["header"]["supplier"]["name"] = body["header"]["supplier"]["name"].lower()
    else:
        body["name"] = f"{body['name']} (formerly known otherwise)"


def _erp_number_changed(body: Body) -> None:
    body["oldERPNumber"] = body.get("erpNumber", "")
    body["erpNumber"] = f"9{str(body['oldERPNumber'])[1:]}"


def _own_parent(body: Body) -> None:
    """The shortest cycle: the supplier is its own parent."""
    names = ("erpNumber", "sqIntegrationNumber")
    body["parentSupplier"] = {name: body[name] for name in names if name in body}


def _shared_erp_number(body: Body) -> None:
    addresses = body.setdefault("addressList", {}).setdefault("address", [])
    addresses.extend(
        {"type": kind, "erpNumber": "add123", "name": kind.title(), "active": "true"}
        for kind in ("fulfillment", "physical")
    )


def _odd_name(body: Body) -> None:
    name = "Größe & Söhne <Zürich> Ōsaka 株式会社"
    if "header" in body:
        body["header"]["supplier"]["name"] = name
    elif "returnCompanyInfo" in body:
        body["returnCompanyInfo"]["companyName"] = name
    else:
        body["name"] = name


def _nothing(body: Body) -> None:
    """Concerns the list, not the record: see `listing.py`."""


def _parts(line: Body) -> list[Body]:
    group = line["splittableFieldSetGroupList"]["splittableFieldSetGroup"][0]
    return group["splittableFieldIndexSet"][0]["splittableFieldIndexList"]["splittableFieldIndex"]


def _segments(line: Body) -> list[Body]:
    return [s for part in _parts(line) for s in part["customFieldValueList"]["customFieldValue"]]


def _segments_of(group: Body) -> list[Body]:
    return _segments({"splittableFieldSetGroupList": {"splittableFieldSetGroup": [group]}})


_INVOICE = ("invoices",)
_ORDER = ("purchaseorders",)
_BOTH = ("invoices", "purchaseorders")
_SUPPLIER = ("suppliers",)

VARIATIONS: Mapping[str, Variation] = {
    "credit_memo": Variation(17, _INVOICE, _credit_memo),
    "total_off_by_cents": Variation(18, _INVOICE, _total_off("0.03")),
    "total_off_by_units": Variation(18, _INVOICE, _total_off("2.05")),
    "pending_payable": Variation(
        19, _INVOICE, _set(workflowStatus="Pending", paymentStatus="Payable")
    ),
    "in_process": Variation(20, _INVOICE, _set(paymentStatus="InProcess")),
    "in_process_spaced": Variation(20, _INVOICE, _set(paymentStatus="In Process")),
    "paid": Variation(20, _INVOICE, _set(paymentStatus="Paid")),
    "unknown_word": Variation(20, _BOTH, _set(workflowStatus="Escalated", paymentStatus="Zq")),
    "localized_word": Variation(
        20, _BOTH, _set(workflowStatus="Abgeschlossen", paymentStatus="ABILITATO")
    ),
    "mixed_lines": Variation(21, _INVOICE, _mixed_lines),
    "two_orders": Variation(21, _INVOICE, _two_orders),
    "one_part_without_share": Variation(22, _BOTH, _shares(1, ())),
    "parts_with_shares": Variation(22, _BOTH, _shares(2, (60, 40))),
    "parts_without_shares": Variation(22, _BOTH, _shares(2, ())),
    "parallel_groups": Variation(23, _BOTH, _parallel_groups),
    "segment_without_value": Variation(24, _BOTH, _segment_without_value),
    "code_with_suffix": Variation(24, _BOTH, _code_with_suffix),
    "po_revision": Variation(25, _ORDER, _po_revision),
    "po_line_zero": Variation(25, _ORDER, _po_line_zero),
    "po_line_gone": Variation(25, _ORDER, _po_line_gone),
    "po_cancel": Variation(25, _ORDER, _set(type="cancel")),
    "without_lines": Variation(26, _BOTH, _without_lines),
    "reexported": Variation(27, _BOTH, _reexported),
    "repeated": Variation(28, (*_BOTH, "suppliers", "companyprofiles"), _nothing),
    "leading_zeros": Variation(29, _BOTH, _leading_zeros),
    "big_ids": Variation(29, _BOTH, _big_ids),
    "fractional_quantity": Variation(29, _BOTH, _fractional_quantity),
    "renamed": Variation(31, ("invoices", "purchaseorders", "suppliers"), _renamed),
    "erp_number_changed": Variation(31, _SUPPLIER, _erp_number_changed),
    "own_parent": Variation(31, _SUPPLIER, _own_parent),
    "shared_erp_number": Variation(32, _SUPPLIER, _shared_erp_number),
    "odd_name": Variation(
        35, ("invoices", "purchaseorders", "suppliers", "companyprofiles"), _odd_name
    ),
}
