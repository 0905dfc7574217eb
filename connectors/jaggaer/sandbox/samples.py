"""Invented records in the shape of JAGGAER contract 10, for filling up and for tests."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.jaggaer.sandbox.stamps import compact_text, instant_text, message_id

_FIRST = datetime(2024, 2, 14, 19, 58, 56, 973_000, tzinfo=UTC)


def sample(collection: str, number: int) -> dict[str, Any]:
    """Return the detail body of record `number` (1, 2, ...); its id follows from it.

    Later numbers are not later in time: like the real lists, ids and lastUpdate disagree.
    """
    return _MAKERS[collection](number, _FIRST + timedelta(minutes=number * 37 % 1009))


def _invoice(number: int, at: datetime) -> dict[str, Any]:
    header = {
        "originalRequestMessageId": message_id(at),
        "invoiceId": 2526303 + number,
        "lastUpdate": instant_text(at),
        "invoiceNumber": f"I{number:05d}",
        "originalInvoiceNumber": f"I{number:05d}",
        "supplierInvoiceNumber": f"RE-2024-{number:04d}",
        "invoiceType": "Invoice",
        "invoiceLineType": "PO",
        "invoiceSource": "Manual",
        "invoiceDate": "2024-02-14T00:00:00.000Z",
        "invoiceCreateDate": "2024-02-14T00:00:00.000Z",
        "dueDate": "2024-03-15T00:00:00.000Z",
        "accountingDate": "2024-02-14T00:00:00.000Z",
        "validationStatus": "Unneeded",
        "paymentStatus": "Payable",
        "workflowStatus": "Completed",
        "matchStatus": "Matched",
        "nonPOInvoice": "false",
        "containsNonPOLines": "false",
        "businessUnit": "0004",
        "supplier": _supplier_reference(),
        "billTo": {"address": {"city": "Los Angeles", "addressCode": "AP-01"}},
        "remitTo": {"internalId": 579163729, "addressCode": "001"},
        "terms": _terms(),
        "customFieldValueSetList": {"customFieldValueSet": [_custom("TaxCode", "T")]},
        **_charges("102.5"),
        "discountAmount": 0,
        "allocationMethod": "Weighted",
        "tax1HeaderChargeDetail": {"currentTax": Decimal("102.5"), "engineTax": 0},
        "miscFeeList": {"miscFee": [{"name": "MiscFee1", "fee": 0}]},
        "total": {"currency": "USD", "value": Decimal("1102.5")},
    }
    line = {
        "lineId": 8875910 + number,
        "lineNumber": 1,
        "item": {"description": "Pipette tips", "unitOfMeasure": {"dimension": "EA"}},
        "businessUnit": "0004",
        "poNumber": f"{number:010d}",
        "poLineNumber": "1",
        "receipts": {"receipt": []},
        "quantity": 10,
        "unitPrice": 100,
        "taxable": "true",
        **_charges("102.5"),
        "discountAmount": 0,
        "matchStatus": "Matched",
        "splittableFieldSetGroupList": _coding(),
    }
    return {"header": header, "lineList": {"invoiceLine": [line]}}


def _order(number: int, at: datetime) -> dict[str, Any]:
    header = {
        "originalRequestMessageId": message_id(at),
        "lastUpdate": instant_text(at),
        "poId": 771203 + number,
        "poNumber": f"{number:010d}",
        "alternatePONumber": "",
        "revisionNumber": 0,
        "revisionDate": instant_text(at - timedelta(seconds=2)),
        "createDateTime": "2024-01-08T14:03:10.000Z",
        "distributeRevision": "true",
        "workflowStatus": "Completed",
        "businessUnit": "0004",
        "requestor": {"username": "buyer01"},
        "supplier": _supplier_reference(),
        "billTo": {"address": {"addressCode": "AP-01"}},
        "shipTo": {"address": {"addressCode": "212007"}},
        "terms": _terms(),
        "freightOnBoard": "Destination",
        **_charges("102.5"),
        "total": {"currency": "USD", "value": Decimal("1102.5")},
    }
    line = {
        "lineId": 9000 + number,
        "lineNumber": 1,
        "workflowStatus": "Approved",
        "item": {
            "catalogNumber": "5221717",
            "description": "Pipette tips",
            "commodityCode": "41120000",
            "productType": "Catalog",
            "unitOfMeasure": {"dimension": "EA"},
        },
        "quantity": 10,
        "unitPrice": 100,
        "taxable": "true",
        "deliveryInfo": {"requestedDeliveryDate": "2024-01-20T00:00:00.000Z"},
        "splittableFieldSetGroupList": _coding(),
    }
    return {"header": header, "lineList": {"poLine": [line]}}


def _supplier(number: int, at: datetime) -> dict[str, Any]:
    address = {"type": "remitto", "erpNumber": "001", "name": "Remit", "active": "true"}
    return {
        "sqIntegrationNumber": f"u{1511506 + number}",
        "erpNumber": f"{6104 + number:06d}",
        "jaSupplierId": str(9141 + number),
        "lastUpdate": instant_text(at),
        "requiresERP": "true",
        "approvedForERPSync": "true",
        "name": "Kestrel Lab Supply",
        "active": "Yes",
        "parentSupplier": {"erpNumber": "006100", "sqIntegrationNumber": "u1511504"},
        "enabledCurrencyList": {"isoCurrencyCode": ["USD", "EUR"]},
        "addressList": {"address": [{**address, "city": "Dallas", "isoCountryCode": "USA"}]},
    }


def _profile(number: int, at: datetime) -> dict[str, Any]:
    info = {
        "bravoId": str(9141 + number),
        "companyName": "Kestrel Lab Supply",
        "type": "SELLER",
        "extCode": f"{6104 + number:06d}",
        "extUniqueCode": f"US-DUNS-{123456788 + number}",
        "status": "ACTIVE",
        "bizEmail": "ar@example.com",
        "isoCountry": "US",
        "lastModTime": compact_text(at),
        "ssoCodeData": "KLS",
    }
    users = {"subUser": [{"login": "ann"}]}
    answer = {"name": "SIZE", "type": "TEXT", "values": {"value": [{"deValue": "SMALL"}]}}
    return {
        "returnCompanyInfo": info,
        "returnSubUser": users,
        "deBasic": {"deInfo": [answer]},
    }


def _supplier_reference() -> dict[str, Any]:
    contact = {"type": "main", "address": {"city": "Dallas", "isoCountryCode": "US"}}
    return {
        "id": 1003837241,
        "name": "Kestrel Lab Supply",
        "supplierNumber": "006105",
        "contactInfoList": {"contactInfo": [contact]},
    }


def _terms() -> dict[str, Any]:
    base = {"discount": {}, "days": 0, "type": "Net", "daysAfter": 30}
    return {**base, "standardPaymentTermsCode": "Net 30"}


def _charges(tax: str) -> dict[str, Any]:
    return {
        "taxCharge1": Decimal(tax),
        "taxCharge2": 0,
        "shippingCharge": 0,
        "handlingCharge": 0,
    }


def _custom(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "customFieldValueList": {"customFieldValue": [{"value": value}]}}


def _coding() -> dict[str, Any]:
    segments = [
        {"internalName": "Account", "value": "6110", "description": "Lab consumables"},
        {"internalName": "CostCenter", "value": "R100", "description": "Research"},
    ]
    part = {"customFieldValueList": {"customFieldValue": segments}}
    split = {"context": "Line", "splittableFieldIndexList": {"splittableFieldIndex": [part]}}
    return {"splittableFieldSetGroup": [{"splittableFieldIndexSet": [split]}]}


_MAKERS = {
    "invoices": _invoice,
    "purchaseorders": _order,
    "suppliers": _supplier,
    "companyprofiles": _profile,
}
