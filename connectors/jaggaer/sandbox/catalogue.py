"""The four collections: where they live, what they are called, what their lists lack.

Facts: JAGGAER contract 5.1 (wrappers), 7.2 to 7.4 (fields). Paths and spellings of orders and
suppliers are assumed there; the switches `paths`, `wrappers` and `renames` play other ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]

_DETAIL_ONLY = frozenset(
    {
        "billTo",
        "shipTo",
        "remitTo",
        "terms",
        "payment",
        "additionalInfo",
        "customFieldValueSetList",
        "splittableFieldSetGroupList",
        "miscFeeList",
    }
)
_INVOICE_KEYS = (
    "invoiceId originalRequestMessageId lastUpdate invoiceNumber originalInvoiceNumber"
    " supplierInvoiceNumber invoiceName invoiceType invoiceLineType invoiceSource invoiceDate"
    " invoiceCreateDate dueDate accountingDate validationStatus paymentStatus workflowStatus"
    " matchStatus nonPOInvoice containsNonPOLines businessUnit supplier.id supplier.name"
    " supplier.supplierNumber"
)
_ORDER_KEYS = (
    "poId originalRequestMessageId lastUpdate poNumber alternatePONumber revisionNumber"
    " revisionDate createDateTime type distributeRevision workflowStatus businessUnit"
    " supplier.id supplier.name supplier.supplierNumber"
)
_SUPPLIER_KEYS = (
    "sqIntegrationNumber erpNumber thirdPartyRefNumber jaSupplierId lastUpdate requiresERP"
    " approvedForERPSync name active"
)
_PROFILE_KEYS = {
    "TYPE": "type",
    "BRAVOID": "bravoId",
    "extUniqueCode": "extUniqueCode",
    "fiscalCode": "fiscalCode",
    "LASTMODTIME": "lastModTime",
    "SSO_Code": "ssoCodeData",
    "SSO_UserLogin": "userName",
    "SUBUSERLOGIN": "subUserLogin",
}


@dataclass(frozen=True)
class Collection:
    """One kind of record. `head` names the object that holds id and stamp; empty: the root."""

    name: str
    path: str
    wrapper: str
    head: str
    id_field: str
    stamp_field: str
    message_field: str | None
    filter_keys: Mapping[str, str]
    old_style: bool = False

    @property
    def module(self) -> str:
        """Return `ji` or `ja`, the first segment of the path."""
        return self.path.split("/")[1]

    def head_of(self, body: Body) -> Body:
        """Return the object with id and stamp; an empty one where the body lacks it."""
        return (body.get(self.head) or {}) if self.head else body

    def with_head(self, body: Body, changes: Mapping[str, Any]) -> Body:
        """Return a copy of the body with fields of its head replaced."""
        head = {**self.head_of(body), **changes}
        return {**body, self.head: head} if self.head else head

    def id_of(self, body: Body) -> str | None:
        """Return the record's id as text."""
        value = self.head_of(body).get(self.id_field)
        return None if value is None else str(value)

    def listed(self, body: Body, components: frozenset[str], *, full: bool) -> Body:
        """Return the form a record has in lists; `components` are the names of `comp`."""
        if self.name == "companyprofiles":
            return _thin_profile(body, components)
        if self.name == "suppliers" or full:
            return body
        head = {key: value for key, value in body["header"].items() if key not in _DETAIL_ONLY}
        if isinstance(head.get("supplier"), dict):
            supplier = head["supplier"].items()
            head["supplier"] = {k: v for k, v in supplier if k != "contactInfoList"}
        return {"header": head}


def _thin_profile(body: Body, components: frozenset[str]) -> Body:
    """Company info alone; users, log-in codes and questionnaire only where `comp` asks."""
    info = dict(body["returnCompanyInfo"])
    if "SSO_CODE" not in components:
        info.pop("ssoCodeData", None)
    thin: Body = {"returnCompanyInfo": info}
    if "USER" in components and "returnSubUser" in body:
        thin["returnSubUser"] = body["returnSubUser"]
    if "DEBASIC" in components and "deBasic" in body:
        thin["deBasic"] = body["deBasic"]
    return thin


def _same(keys: str) -> dict[str, str]:
    return {key: key for key in keys.split()}


_MESSAGE = "originalRequestMessageId"

COLLECTIONS: Mapping[str, Collection] = {
    collection.name: collection
    for collection in (
        Collection(
            name="invoices",
            path="/ji/v1/invoices",
            wrapper="jiinvoiceList.jiinvoice",
            head="header",
            id_field="invoiceId",
            stamp_field="lastUpdate",
            message_field=_MESSAGE,
            filter_keys=_same(_INVOICE_KEYS),
        ),
        Collection(
            name="purchaseorders",
            path="/ji/v1/purchaseorders",
            wrapper="jipurchaseOrderList.jipurchaseOrder",
            head="header",
            id_field="poId",
            stamp_field="lastUpdate",
            message_field=_MESSAGE,
            filter_keys=_same(_ORDER_KEYS),
        ),
        Collection(
            name="suppliers",
            path="/ji/v1/suppliers",
            wrapper="jisupplierList.jisupplier",
            head="",
            id_field="sqIntegrationNumber",
            stamp_field="lastUpdate",
            message_field=None,
            filter_keys=_same(_SUPPLIER_KEYS),
        ),
        Collection(
            name="companyprofiles",
            path="/ja/v1/companyprofiles",
            wrapper="returnCompanyData",
            head="returnCompanyInfo",
            id_field="bravoId",
            stamp_field="lastModTime",
            message_field=None,
            filter_keys=_PROFILE_KEYS,
            old_style=True,
        ),
    )
}
