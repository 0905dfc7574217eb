"""A small customer: the CRONUS company on one side, records that a test invents on the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.jaggaer.sandbox.samples import sample
from sync.models import FlowName
from sync.services.mappings import mapping_import
from tests.world import World, control, world

COMPANY = "824820a2-508c-ed11-aada-000d3a298ab3"
COMPANY_NAME = "CRONUS International Ltd."  # by which pages know it
MAPPINGS = {
    "ledger_account": {"6110": "8210", "6120": "8230"},
    "currency": {"EUR": "EUR"},
    "cost_center": {"R100": "DEPARTMENT/ADM", "R200": "DEPARTMENT/SALES"},
}


@contextmanager
def small_world(
    folder: Path,
    *,
    dialect: str = "api",
    nav: Mapping[str, Any] | None = None,
    source: Mapping[str, Any] | None = None,
    switches: Mapping[str, Any] | None = None,
    **policy: Any,
) -> Iterator[World]:
    """Start a customer with one vendor (20000) known on both sides and its mappings imported.

    `nav` and `source` are more settings of the connections, `switches` those of the source.
    """
    seed = folder / "empty.jsonl"
    seed.write_text("")
    with world(
        jaggaer_seed=seed,
        nav_seed=None,
        company_id=COMPANY if dialect == "api" else COMPANY_NAME,
        dataset="default",
        policy=policy,
        nav_settings={"dialect": dialect, **(nav or {})},
        source_settings=source,
        **(switches or {}),
    ) as customer:
        put(customer, "suppliers", supplier())
        customer.run(FlowName.REFERENCE)
        with customer.scope():
            for kind, pairs in MAPPINGS.items():
                rows = [{"source_code": a, "target_code": b} for a, b in pairs.items()]
                mapping_import(customer.integration, kind=kind, rows=rows)
        yield customer


def put(customer: World, collection: str, body: dict[str, Any]) -> None:
    """Let the source export a record anew."""
    customer.jaggaer.app.order({"collection": collection, "body": body})


def type_in(customer: World, entity_set: str, op: str, **wish: Any) -> Any:
    """Do what a person does in the ledger's own client."""
    wish = {"set": entity_set, "op": op, "company": COMPANY, **wish}
    return control(customer.nav, "records", wish)["records"][0]


def supplier(**values: Any) -> dict[str, Any]:
    body = sample("suppliers", 1)
    body.pop("parentSupplier")
    body.pop("lastUpdate")  # exported now
    body |= {"erpNumber": "20000", "name": "First Up Consultants", **values}
    return body


def order(revision: int, *lines: dict[str, Any], number: int = 1, **header: Any) -> dict[str, Any]:
    body = sample("purchaseorders", number)
    body["header"]["supplier"] = {"name": "First Up Consultants", "supplierNumber": "20000"}
    body["header"]["total"] = {"currency": "GBP", "value": Decimal(0)}
    del body["header"]["lastUpdate"]  # exported now
    body["header"] |= {"revisionNumber": revision, **header}
    body["lineList"]["poLine"] = list(lines)
    return body


def invoice(number: int, *lines: dict[str, Any], **header: Any) -> dict[str, Any]:
    """Return an invoice without tax over lines of `invoice_line`."""
    body = sample("invoices", number)
    body["header"]["supplier"] = {"name": "First Up Consultants", "supplierNumber": "20000"}
    total = sum(Decimal(each["quantity"]) * Decimal(each["unitPrice"]) for each in lines)
    body["header"] |= {"taxCharge1": 0, "total": {"currency": "GBP", "value": total}}
    del body["header"]["lastUpdate"]  # exported now
    body["header"] |= header
    body["lineList"]["invoiceLine"] = list(lines)
    return body


def invoice_line(order: str, quantity: int, price: int = 10, *, number: int = 1) -> dict[str, Any]:
    body = sample("invoices", 1)["lineList"]["invoiceLine"][0]
    body |= {"poNumber": order, "poLineNumber": str(number), "taxCharge1": 0}
    return body | {"quantity": quantity, "unitPrice": price}


def line(number: int, quantity: int, price: int = 10, *, account: str = "6110") -> dict[str, Any]:
    body = sample("purchaseorders", 1)["lineList"]["poLine"][0]
    body |= {"lineId": 9000 + number, "lineNumber": number}
    body |= {"quantity": quantity, "unitPrice": price}
    [group] = body["splittableFieldSetGroupList"]["splittableFieldSetGroup"]
    [part] = group["splittableFieldIndexSet"][0]["splittableFieldIndexList"]["splittableFieldIndex"]
    part["customFieldValueList"]["customFieldValue"][0]["value"] = account
    return body
