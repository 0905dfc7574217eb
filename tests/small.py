"""A small customer for tests that break things: CRONUS, and invented records at the source.

Record n of each kind belongs together: invoice n bills order n of supplier n modulo the suppliers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import connectors.nav.sandbox
from sync.models import FlowName
from sync.services.mappings import mapping_import
from tests.world import World, world

COMPANY = "824820a2-508c-ed11-aada-000d3a298ab3"
COMPANY_NAME = "CRONUS International Ltd."
CRONUS = Path(connectors.nav.sandbox.__file__).with_name("cronus.json")
SUPPLIERS = 3
EXPORTED = "2026-03"  # month of the change times that records have unless they are told others
POLICY = {
    "invoice": {"enabled": True, "post": False},
    "journal": {"enabled": True, "batch": "JAGGAER", "balancing_account": "5510"},
    "match": {"mode": "two_way"},
}
MAPPINGS = {
    "ledger_account": {"OFFICE": "8210", "CLEANING": "8110"},
    "cost_center": {"R100": "DEPARTMENT/ADM", "R200": "DEPARTMENT/PROD"},
    "payment_terms": {"Net 30": "30 DAYS"},
    "tax": {"0": "NO VAT"},
    "unit_of_measure": {"EACH": "PCS"},
}
FLOWS = (FlowName.SUPPLIERS, FlowName.PURCHASE_ORDERS, FlowName.INVOICES)


def supplier(number: int, **changes: Any) -> dict[str, Any]:
    """Return a record of the source for a supplier; `changes` go over its body."""
    terms = {"days": 0, "termsType": "Net", "daysAfter": 30, "standardPaymentTermsCode": "Net 30"}
    body = {
        "sqIntegrationNumber": supplier_id(number),
        "erpNumber": vendor_number(number),
        "lastUpdate": "2026-03-01T08:00:00.000Z",
        "requiresERP": "true",
        "approvedForERPSync": "true",
        "name": f"Supplier {number}",
        "active": "Yes",
        "enabledCurrencyList": {"isoCurrencyCode": ["GBP"]},
        "addressList": {"address": []},
        "locationList": {
            "location": [{"primary": "Yes", "termsAndCondition": {"paymentTerms": terms}}]
        },
    }
    return _record("suppliers", supplier_id(number), {**body, **changes})


def order(
    number: int, *, of: int | None = None, quantity: int = 2, **changes: Any
) -> dict[str, Any]:
    """Return a record of the source for an order over `quantity` times 50 GBP."""
    header = {
        "lastUpdate": "2026-03-02T08:00:00.000Z",
        "poId": 700_000 + number,
        "poNumber": order_number(number),
        "revisionNumber": 0,
        "createDateTime": "2026-03-02T07:00:00.000Z",
        "workflowStatus": "Completed",
        "supplier": _party(of if of is not None else number),
        "total": {"currency": "GBP", "value": quantity * 50},
        **_NO_CHARGES,
        **changes,
    }
    line = {
        "lineId": 7_000_000 + number,
        "lineNumber": 1,
        "workflowStatus": "Approved",
        "item": {"description": f"Paper {number}", "unitOfMeasure": {"dimension": "EACH"}},
        "quantity": quantity,
        "unitPrice": 50,
        "taxable": "false",
        "splittableFieldSetGroupList": _coding(),
    }
    return _record(
        "purchaseorders", 700_000 + number, {"header": header, "lineList": {"poLine": [line]}}
    )


def invoice(
    number: int, *, of: int | None = None, quantity: int = 2, **changes: Any
) -> dict[str, Any]:
    """Return a record of the source for the invoice over order `number`."""
    header = {
        "lastUpdate": "2026-03-03T08:00:00.000Z",
        "invoiceId": 900_000 + number,
        "invoiceNumber": f"I{number:06d}",
        "supplierInvoiceNumber": invoice_number(number),
        "invoiceType": "Invoice",
        "invoiceLineType": "PO",
        "nonPOInvoice": "false",
        "containsNonPOLines": "false",
        "invoiceCreateDate": "2026-03-03T00:00:00.000Z",
        "accountingDate": "2026-03-03T00:00:00.000Z",
        "invoiceDate": "2026-03-03T00:00:00.000Z",
        "dueDate": "2026-04-02T00:00:00.000Z",
        "validationStatus": "Unneeded",
        "paymentStatus": "Payable",
        "workflowStatus": "Completed",
        "matchStatus": "Matched",
        "supplier": _party(of if of is not None else number),
        "total": {"currency": "GBP", "value": quantity * 50},
        **_NO_CHARGES,
        **changes,
    }
    line = {
        "lineId": 9_000_000 + number,
        "lineNumber": 1,
        "item": {"description": f"Paper {number}", "unitOfMeasure": {"dimension": "EACH"}},
        "poNumber": order_number(number),
        "poLineNumber": "1",
        "quantity": quantity,
        "unitPrice": 50,
        "taxable": "false",
        "splittableFieldSetGroupList": _coding(),
    }
    return _record(
        "invoices", 900_000 + number, {"header": header, "lineList": {"invoiceLine": [line]}}
    )


def supplier_id(number: int) -> str:
    return f"u{15_000 + number % SUPPLIERS}"


def vendor_number(number: int) -> str:
    return f"S{number % SUPPLIERS:05d}"


def order_number(number: int) -> str:
    return f"PO{number:06d}"


def invoice_number(number: int) -> str:
    return f"RE-{number:06d}"


def records(count: int, *, start: int = 1) -> Iterator[dict[str, Any]]:
    """Yield all suppliers, then `count` orders and the invoices that bill them."""
    yield from (supplier(number) for number in range(SUPPLIERS))
    yield from (order(number) for number in range(start, start + count))
    yield from (invoice(number) for number in range(start, start + count))


def seed(folder: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    path = folder / "jaggaer.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


@contextmanager
def small_world(
    folder: Path,
    lines: Iterable[Mapping[str, Any]],
    *,
    policy: Mapping[str, Any] = POLICY,
    company: str = COMPANY,
    **more: Any,
) -> Iterator[World]:
    """A customer who has read the ledger's reference data and mapped all codes in use."""
    with world(
        jaggaer_seed=seed(folder, lines),
        nav_seed=CRONUS,
        company_id=company,
        dataset="default",
        policy=policy,
        **more,
    ) as customer:
        customer.run(FlowName.REFERENCE)
        import_mappings(customer.scope(), customer.integration)
        yield customer


def import_mappings(scope: Any, integration: Any) -> None:
    with scope:
        for kind, pairs in MAPPINGS.items():
            rows = [{"source_code": code, "target_code": target} for code, target in pairs.items()]
            mapping_import(integration, kind=kind, rows=rows)


_NO_CHARGES = {"taxCharge1": 0, "taxCharge2": 0, "shippingCharge": 0, "handlingCharge": 0}


def _record(collection: str, key: str | int, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"collection": collection, "id": key, "body": dict(body)}


def _party(number: int) -> dict[str, Any]:
    return {"name": f"Supplier {number % SUPPLIERS}", "supplierNumber": vendor_number(number)}


def _coding() -> dict[str, Any]:
    values = [
        {"internalName": "Account", "value": "OFFICE"},
        {"internalName": "CostCenter", "value": "R100"},
    ]
    part = {"customFieldValueList": {"customFieldValue": values}}
    split = {"context": "Line", "splittableFieldIndexList": {"splittableFieldIndex": [part]}}
    return {"splittableFieldSetGroup": [{"splittableFieldIndexSet": [split]}]}


def let_payments_fall_due(customer: World) -> None:
    """Let so much time pass that the next run of the invoices asks what became of them."""
    from django.utils import timezone

    from sync.engine.payments import READ_EVERY
    from sync.models import Link

    with customer.scope():
        long_ago = timezone.now() - READ_EVERY
        Link.objects.update(created_at=long_ago)
        Link.objects.exclude(payment_read_at=None).update(payment_read_at=long_ago)
