"""Write-back: `POST /ja/v1/companyprofiles` with CREATE, UPDATE, CREATEUPDATE (contract 8)."""

from email.parser import BytesParser
from typing import Any

from connectors.jaggaer.sandbox.catalogue import COLLECTIONS
from connectors.jaggaer.sandbox.listing import refusal, return_code
from connectors.jaggaer.sandbox.records import Records
from connectors.jaggaer.sandbox.switches import Switches
from connectors.sandboxing import Request, Response, json_response, loads

_SHAPE = COLLECTIONS["companyprofiles"]
_OPERATIONS = ("CREATE", "UPDATE", "CREATEUPDATE")
_SUPER_USER_EXISTS = "-996"
_FIRST_ID = 52_423
_MIRRORED = {"extCode": "erpNumber", "companyName": "name"}


def write_company(request: Request, dataset: str, records: Records, switches: Switches) -> Response:
    """Carry out a write and answer with a returnCode; what is refused changes nothing."""
    try:
        company = _payload(request)["company"]
        operation, info = company["operationCode"], dict(company["companyInfo"])
    except (ValueError, KeyError, TypeError):
        return refusal(_SHAPE, "124(company)", switches)
    if operation not in _OPERATIONS:
        return refusal(_SHAPE, "112(operationCode)", switches)
    barred = sorted(set(info) & set(switches.refused_writes))
    if barred:
        return refusal(_SHAPE, f"112({barred[0]})", switches)
    known = _known(info, dataset, records)
    if operation == "UPDATE" and known is None:
        return refusal(_SHAPE, "112(bravoId)", switches)
    if operation == "CREATE" and known is not None:
        code = {**return_code(_SHAPE, _SUPER_USER_EXISTS, switches), "bravoId": int(known)}
        return json_response(200, {**code, "returnMessage": "super user already exists"})
    if known is None and not info.get("companyName"):
        return refusal(_SHAPE, "124(companyName)", switches)
    key = known or _new_key(dataset, records)
    _save(key, info, dataset, records, switches)
    code = return_code(_SHAPE, switches.write_code or 0, switches)
    return json_response(200, {**code, "bravoId": int(key) if key.isdigit() else key})


def _payload(request: Request) -> Any:
    """Return the JSON of the body, or of the part `data` of a multipart one."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return request.json()
    message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body)
    for part in message.get_payload():
        if part.get_param("name", header="content-disposition") == "data":
            return loads(part.get_payload(decode=True))
    raise ValueError("no part named data")


def _known(info: dict[str, Any], dataset: str, records: Records) -> str | None:
    """Find the company by bravoId, else by extUniqueCode."""
    key = str(info.get("bravoId") or "")
    if key:
        return key if records.stored(dataset, _SHAPE.name, key) else None
    code = info.get("extUniqueCode")
    for key in records.keys(dataset, _SHAPE.name) if code else ():
        stored = records.stored(dataset, _SHAPE.name, key)
        if stored and stored["returnCompanyInfo"].get("extUniqueCode") == code:
            return key
    return None


def _new_key(dataset: str, records: Records) -> str:
    numbers = [int(key) for key in records.keys(dataset, _SHAPE.name) if key.isdigit()]
    return str(max([_FIRST_ID - 1, *numbers]) + 1)


def _save(
    key: str, info: dict[str, Any], dataset: str, records: Records, switches: Switches
) -> None:
    old = records.stored(dataset, _SHAPE.name, key) or {"returnCompanyInfo": {"type": "SELLER"}}
    head = {**old["returnCompanyInfo"], **info, "bravoId": key}
    head.pop("lastModTime", None)
    body = {**old, "returnCompanyInfo": head}
    records.put(dataset, _SHAPE.name, body, key=key, stamp=switches.fixed_stamp)
    if switches.mirrors_writes:
        _mirror(key, info, dataset, records, switches)


def _mirror(
    key: str, info: dict[str, Any], dataset: str, records: Records, switches: Switches
) -> None:
    """Carry a write over to the JI supplier that names the company; it is exported again."""
    for supplier_key in records.keys(dataset, "suppliers"):
        supplier = records.stored(dataset, "suppliers", supplier_key)
        if supplier is None or str(supplier.get("jaSupplierId")) != key:
            continue
        changes = {ours: info[theirs] for theirs, ours in _MIRRORED.items() if theirs in info}
        if changes.get("erpNumber", supplier.get("erpNumber")) != supplier.get("erpNumber"):
            changes["oldERPNumber"] = supplier.get("erpNumber") or ""
        changes |= _mirrored_lists(info, supplier)
        if "status" in info:
            changes["active"] = "Yes" if info["status"] == "ACTIVE" else "No"
        stamp = switches.fixed_stamp
        records.put(dataset, "suppliers", {**supplier, **changes}, stamp=stamp)


def _mirrored_lists(info: dict[str, Any], supplier: dict[str, Any]) -> dict[str, Any]:
    """Return what a write changes in the lists of a JI supplier: main contact, terms."""
    changes: dict[str, Any] = {}
    contact = {"email": info.get("userEmail")}
    if info.get("userPhone"):
        contact["phone"] = {"telephoneNumber": {"number": info["userPhone"]}}
    contact = {name: value for name, value in contact.items() if value}
    if contact:
        changes["contactList"] = _first_changed(supplier, "contactList", "contact", contact)
    if info.get("paymentTerms"):
        terms = {"paymentTerms": {"standardPaymentTermsCode": info["paymentTerms"]}}
        changes["locationList"] = _first_changed(
            supplier, "locationList", "location", {"primary": "Yes", "termsAndCondition": terms}
        )
    return changes


def _first_changed(
    supplier: dict[str, Any], outer: str, inner: str, values: dict[str, Any]
) -> dict[str, Any]:
    first, *rest = (supplier.get(outer) or {}).get(inner) or [{}]
    return {inner: [{**first, **values}, *rest]}
