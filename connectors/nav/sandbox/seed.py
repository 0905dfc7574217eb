"""Bringing data in: seed files, and records typed by a person at the keyboard.

A seed is `{"companies": [{"id", "name", "displayName", "localCurrency", "setup": {...},
"<entity set>": [...], ...}]}`. Rows hold the API's property names; further keys are kept as
fields the API does not show (`genBusPostingGroup`, `yourReference`, ...). Shorthands: `values` in
a dimension, `defaultDimensions` in a vendor, account or item ({"code", "valueCode",
"postingValidation"}), `paymentTermsCode` and `paymentMethodCode` in a vendor, `percent` in a tax
group, `lines` in a document or journal.
"""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.nav.sandbox.catalogue import entity_sets
from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.dimensions import value_record
from connectors.nav.sandbox.documents import KINDS, refresh
from connectors.nav.sandbox.records import Record, Records
from connectors.nav.sandbox.rules import Call
from connectors.nav.sandbox.switches import Switches
from connectors.nav.sandbox.values import (
    BLANK,
    NO_ID,
    blank_record,
    encode_member,
    instant_text,
    read_value,
)
from connectors.nav.sandbox.writing import create
from connectors.sandboxing.clock import Clock
from connectors.sandboxing.messages import loads

Row = Mapping[str, Any]

_ORDER = [
    "countriesRegions",
    "currencies",
    "currencyExchangeRates",
    "paymentTerms",
    "paymentMethods",
    "shipmentMethods",
    "unitsOfMeasure",
    "taxGroups",
    "taxAreas",
    "salespeoplePurchasers",
    "locations",
    "itemCategories",
    "accountingPeriods",
    "dimensions",
    "accounts",
    "items",
    "vendors",
    "journals",
    "purchaseOrders",
    "purchaseInvoices",
    "purchaseCreditMemos",
]
_CARDS = {"vendors": "Vendor", "items": "Item", "accounts": BLANK}
_CARD_DEFAULTS: dict[str, dict[str, Any]] = {
    "accounts": {"accountType": "Posting", "directPosting": True},
    "items": {"type": "Inventory"},
    "taxGroups": {"taxType": "VAT"},
    "journals": {"templateDisplayName": "GENERAL"},
    "currencies": {"amountRoundingPrecision": Decimal("0.01")},
}
_ALL_NESTED = ("purchaseOrderLines", "purchaseInvoiceLines", "purchaseCreditMemoLines",
               "journalLines", "dimensionSetLines")  # fmt: skip
_KEYBOARD = Switches(deep_insert=_ALL_NESTED)


def read_seed(path: Path) -> dict[str, Any]:
    """Return the content of a seed file; `.gz` is unpacked. Raises OSError or ValueError."""
    raw = path.read_bytes()
    return loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)


def default_seed() -> dict[str, Any]:
    """Return the small CRONUS company that ships with the sandbox."""
    return read_seed(Path(__file__).with_name("cronus.json"))


def plant(records: Records, clock: Clock, seed: Row) -> None:
    """Store every company of a seed, all or none."""
    with records.at_once():
        for facts in seed["companies"]:
            _plant_company(records, clock, facts)
            records.commit()


def _plant_company(records: Records, clock: Clock, facts: Row) -> None:
    name = facts["name"]
    key = facts.get("id") or str(uuid.uuid5(uuid.NAMESPACE_URL, f"company/{name}"))
    company = Company(records, clock, key.lower())
    setup = dict(facts.get("setup") or {})
    for short in ("localCurrency", "localCurrencySymbol"):
        if short in facts:
            setup[short] = facts[short]
    company.change_setup(setup)
    for set_name in _ORDER:
        for row in facts.get(set_name, ()):
            insert(company, set_name, row)
        records.commit()
    _plant_single(company, "generalLedgerSetup", {})
    _plant_single(
        company,
        "companyInformation",
        {"displayName": facts.get("displayName", name), **facts.get("companyInformation", {})},
    )
    moment = instant_text(clock.now())
    tenant = Company(records, clock, "tenant")
    record = {
        **blank_record(entity_sets()["companies"]),
        "id": company.id,
        "name": name,
        "displayName": facts.get("displayName", name),
        "systemVersion": facts.get("systemVersion", "26.0.30643.32100"),
        "businessProfileId": "",
        "systemCreatedAt": moment,
        "systemModifiedAt": moment,
    }
    tenant.put("companies", record)


def _plant_single(company: Company, set_name: str, values: Row) -> None:
    if not company.all(set_name):
        insert(company, set_name, {"code": set_name, **values})


def insert(company: Company, set_name: str, row: Row) -> Record:
    """Store one record as a person would type it, past the API's own rules."""
    if set_name in KINDS:
        return _insert_document(company, set_name, row)
    values = _resolve_codes(company, set_name, dict(row))
    children = {n: values.pop(n, ()) for n in ("defaultDimensions", "values", "lines")}
    record = {**blank_record(entity_sets()[set_name]), **_CARD_DEFAULTS.get(set_name, {})}
    if set_name == "vendors":
        record.update(company.setup["vendorTemplate"] or {})
    record["id"] = _id_of(company, set_name, values)
    record.update(typed(set_name, values))
    if set_name == "journalLines":
        record["place"] = f"{record['journalId']}/{record['lineNumber']}"
    record = company.put(set_name, record)
    _insert_children(company, set_name, record, children)
    return record


def typed(set_name: str, values: Row) -> Record:
    """Return values as records store them; keys unknown to the API stay as they are."""
    fields = entity_sets()[set_name].fields
    return {
        name: read_value(fields[name], raw) if name in fields else raw
        for name, raw in values.items()
    }


def _id_of(company: Company, set_name: str, values: Row) -> str:
    """Return the id given, else one made of the business key, the same on every start."""
    if values.get("id"):
        return str(values["id"]).lower()
    keys = ("number", "code", "startingDate", "currencyCode", "dimensionId", "parentId")
    parts = [str(values[key]) for key in keys if values.get(key)]
    if not parts or set_name == "journalLines":
        return str(uuid.uuid4())
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join([company.id, set_name, *parts])))


def _resolve_codes(company: Company, set_name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Turn the codes of a card into the ids the API shows."""
    for code, field, target in (
        ("paymentTermsCode", "paymentTermsId", "paymentTerms"),
        ("paymentMethodCode", "paymentMethodId", "paymentMethods"),
        ("baseUnitOfMeasureCode", "baseUnitOfMeasureId", "unitsOfMeasure"),
        ("balancingAccountNumber", "balancingAccountId", "accounts"),
    ):
        if values.get(code):
            key = "number" if target == "accounts" else "code"
            found = company.first(target, key, values[code])
            values[field] = found["id"] if found else NO_ID
    for name in ("paymentTermsCode", "paymentMethodCode"):
        values.pop(name, None)
    if set_name == "vendors":
        code = company.currency_code(values.get("currencyCode") or "")
        found = company.first("currencies", "code", code) if code else None
        values.update(currencyCode=code, currencyId=found["id"] if found else NO_ID)
    if set_name == "taxGroups" and "percent" in values:
        row = {"prod": values["code"], "percent": values.pop("percent")}
        company.change_setup({"vatSetup": [*company.setup["vatSetup"], row]})
    return values


def _insert_children(
    company: Company, set_name: str, record: Record, children: Mapping[str, Any]
) -> None:
    for row in children["values"]:
        insert(company, "dimensionValues", {**row, "dimensionId": record["id"]})
    for row in children["defaultDimensions"]:
        insert_default_dimension(company, set_name, record, row)
    for row in children["lines"]:
        call = Call(company, _KEYBOARD)
        create(call, "journalLines", {"journalId": record["id"], **row})


def insert_default_dimension(company: Company, set_name: str, card: Record, row: Row) -> Record:
    """Store a default dimension of a vendor, account or item, given by codes."""
    dimension = company.first("dimensions", "code", row["code"])
    value = value_record(company, row["code"], row.get("valueCode", ""))
    return insert(
        company,
        "defaultDimensions",
        {
            "parentType": _CARDS[set_name],
            "parentId": card["id"],
            "dimensionId": dimension["id"] if dimension else NO_ID,
            "dimensionCode": row["code"],
            "dimensionValueId": value["id"] if value else NO_ID,
            "dimensionValueCode": row.get("valueCode", ""),
            "postingValidation": encode_member(row.get("postingValidation", "") or " "),
        },
    )


def _insert_document(company: Company, set_name: str, row: Row) -> Record:
    """Type a document: the page validates what it can, the rest is put over it."""
    kind, fields = KINDS[set_name], entity_sets()[set_name].fields
    lines = row.get("lines", row.get(kind.lines, ()))
    call = Call(company, _KEYBOARD)
    sent = {k: v for k, v in row.items() if k in fields and not fields[k].read_only}
    header = create(call, set_name, sent)
    rest = {k: v for k, v in row.items() if k not in sent and k not in ("lines", kind.lines)}
    old_id = header["id"]
    if rest:
        header = company.put(set_name, {**header, **typed(set_name, rest)})
    if header["id"] != old_id:
        company.delete(set_name, {"id": old_id})
    for line in lines:
        _insert_line(call, kind.lines, header["id"], line)
    refresh(company, kind, header["id"])
    return company.get(set_name, header["id"]) or header


def _insert_line(call: Call, set_name: str, header_id: str, row: Row) -> None:
    fields = entity_sets()[set_name].fields
    sent = {k: v for k, v in row.items() if k in fields and not fields[k].read_only}
    line = create(call, set_name, {"documentId": header_id, **sent})
    rest = {k: v for k, v in row.items() if k not in sent}
    dims = rest.pop("dimensions", None)
    if dims:
        rest["dims"] = {**line.get("dims", {}), **dims}
    if rest:
        call.company.put(set_name, {**line, **typed(set_name, rest)})
