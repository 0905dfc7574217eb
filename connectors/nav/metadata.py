"""What an instance publishes: sets, properties with lengths and bound actions, from `$metadata`.

The only reliable version test there is (NAV contract 1.3): what a flow needs is looked up here and
what is missing is named before anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

from connectors.errors import UnexpectedAnswer

_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@dataclass(frozen=True, slots=True)
class Metadata:
    """Sets by name: properties with their length (None: unlimited or no text); navigation
    properties with the set name unknown; actions by set."""

    namespace: str
    properties: Mapping[str, Mapping[str, int | None]]
    navigation: Mapping[str, frozenset[str]] = field(default_factory=dict)
    actions: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def has(self, entity_set: str) -> bool:
        return entity_set in self.properties

    def names(self, entity_set: str) -> Set[str]:
        """Return properties and navigation properties of a set."""
        return self.properties[entity_set].keys() | self.navigation.get(entity_set, frozenset())

    def length(self, entity_set: str, name: str) -> int | None:
        return self.properties.get(entity_set, {}).get(name)

    def can(self, entity_set: str, action: str) -> bool:
        return action in self.actions.get(entity_set, frozenset())


@lru_cache(maxsize=4)  # instances of one version publish the same, byte for byte
def parse_metadata(body: bytes) -> Metadata:
    """Read a `$metadata` document.

    Raises UnexpectedAnswer for anything else; document type declarations are refused, because an
    expanded entity can fill the memory.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise UnexpectedAnswer("The metadata carries a document type declaration; it was not read.")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314  no entities: refused above
    except ElementTree.ParseError as error:
        raise UnexpectedAnswer(
            "The metadata is not XML: the address leads elsewhere.", detail=str(error)
        ) from error
    schema = root.find(f".//{_EDM}Schema")
    if schema is None:
        raise UnexpectedAnswer("The metadata names no OData schema: the address leads elsewhere.")
    namespace = schema.get("Namespace", "")
    types = {node.get("Name", ""): node for node in root.iter(f"{_EDM}EntityType")}
    bound = _bound_actions(root)
    properties: dict[str, Mapping[str, int | None]] = {}
    navigation: dict[str, frozenset[str]] = {}
    actions: dict[str, frozenset[str]] = {}
    for node in root.iter(f"{_EDM}EntitySet"):
        name = node.get("Name", "")
        kind = node.get("EntityType", "").rpartition(".")[2]
        if kind in types:
            properties[name] = _lengths(types[kind])
            navigation[name] = frozenset(
                part.get("Name", "") for part in types[kind].iter(f"{_EDM}NavigationProperty")
            )
            actions[name] = frozenset(bound.get(kind, ()))
    return Metadata(namespace, MappingProxyType(properties), navigation, actions)


def _lengths(entity_type: ElementTree.Element) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for node in entity_type.iter(f"{_EDM}Property"):
        length = node.get("MaxLength", "")
        found[node.get("Name", "")] = int(length) if length.isdigit() else None
    return found


def _bound_actions(root: ElementTree.Element) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for node in root.iter(f"{_EDM}Action"):
        parameter = node.find(f"{_EDM}Parameter")
        if parameter is not None:
            kind = parameter.get("Type", "").rpartition(".")[2]
            found.setdefault(kind, set()).add(node.get("Name", ""))
    return found


# What flows need.

_LINE = (
    "id",
    "lineType",
    "lineObjectNumber",
    "description",
    "quantity",
    "sequence",
    "dimensionSetLines",
)
_DIMENSION = ("id", "code", "valueCode")

NEEDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "reference": {
        "companies": ("id", "name"),
        "accounts": ("id", "number", "displayName", "accountType", "directPosting", "blocked"),
        "dimensions": ("id", "code"),
        "dimensionValues": ("id", "code", "dimensionId"),
        "generalLedgerSetup": ("allowPostingFrom", "allowPostingTo", "shortcutDimension1Code"),
        "paymentTerms": ("id", "code"),
        "currencies": ("id", "code"),
        "unitsOfMeasure": ("id", "code"),
    },
    "suppliers": {
        "vendors": (
            "id",
            "number",
            "displayName",
            "addressLine1",
            "addressLine2",
            "city",
            "state",
            "country",
            "postalCode",
            "phoneNumber",
            "email",
            "website",
            "taxRegistrationNumber",
            "currencyCode",
            "paymentTermsId",
            "blocked",
            "lastModifiedDateTime",
        ),
    },
    "purchase_orders": {
        "purchaseOrders": (
            "id",
            "number",
            "vendorNumber",
            "orderDate",
            "currencyCode",
            "pricesIncludeTax",
            "status",
            "lastModifiedDateTime",
            "purchaseOrderLines",
        ),
        "purchaseOrderLines": (*_LINE, "directUnitCost", "receivedQuantity", "invoicedQuantity"),
        "dimensionSetLines": _DIMENSION,
    },
    "invoices": {
        "purchaseInvoices": (
            "id",
            "number",
            "vendorNumber",
            "vendorInvoiceNumber",
            "invoiceDate",
            "postingDate",
            "dueDate",
            "currencyCode",
            "pricesIncludeTax",
            "totalAmountIncludingTax",
            "status",
            "purchaseInvoiceLines",
        ),
        "purchaseInvoiceLines": (*_LINE, "unitCost"),
        "purchaseCreditMemos": (
            "id",
            "number",
            "vendorNumber",
            "vendorCreditMemoNumber",
            "creditMemoDate",
            "postingDate",
            "dueDate",
            "currencyCode",
            "totalAmountIncludingTax",
            "status",
            "purchaseCreditMemoLines",
        ),
        "purchaseCreditMemoLines": (*_LINE, "unitCost"),
        "journals": ("id", "code", "displayName", "balancingAccountNumber", "journalLines"),
        "journalLines": (
            "id",
            "lineNumber",
            "accountType",
            "accountNumber",
            "postingDate",
            "documentNumber",
            "externalDocumentNumber",
            "amount",
            "description",
            "comment",
            "dimensionSetLines",
        ),
        "dimensionSetLines": _DIMENSION,
        "generalLedgerEntries": (
            "id",
            "documentNumber",
            "documentType",
            "accountNumber",
            "debitAmount",
            "creditAmount",
            "dimensionSetLines",
        ),
    },
}

# Sets and properties that are useful, and done without where an instance lacks them: the connector
# says so in its findings.
WISHES: Mapping[str, str] = {
    "accountingPeriods": "closed accounting periods are not known before NAV refuses a date",
    "companyInformation": "the local currency is taken from the general ledger setup alone",
    "currencyExchangeRates": "documents in another currency get no journal entry",
    "taxGroups": "tax codes of mappings cannot be checked",
    "subscriptions": "changes are seen when a flow runs",
    "purchaseReceipts": "invoices are spread over equal order lines without receipt dates",
    "purchaseOrders.paymentTermsId": "orders that name payment terms are refused",
    "purchaseOrders.postingDate": "orders that name a posting date are refused",
    **{
        f"{name}.{prop}": f"{words} that name {what} are refused"
        for name, words in (
            ("purchaseOrders", "orders"),
            ("purchaseInvoices", "invoices"),
            ("purchaseCreditMemos", "credit memos"),
        )
        for prop, what in (
            ("shortcutDimension1Code", "global dimension 1"),
            ("shortcutDimension2Code", "global dimension 2"),
            ("payToVendorNumber", "another vendor to be paid"),
        )
    },
    "purchaseOrderLines.taxCode": "order lines with a tax code are refused",
    "purchaseInvoiceLines.taxCode": "invoice lines with a tax code are refused",
    "purchaseCreditMemoLines.taxCode": "credit memo lines with a tax code are refused",
    "purchaseCreditMemos.invoiceNumber": "credit memos are applied to their invoice by hand",
    "journals.balancingAccountId": "a balancing account of new journal batches stays",
}


def without(metadata: Metadata) -> dict[str, str]:
    """Return which wishes the instance does not fulfill, and what that means."""
    return {name: why for name, why in WISHES.items() if not _publishes(metadata, name)}


def _publishes(metadata: Metadata, name: str) -> bool:
    """Look for a set, or for a property of one (that of a set which is not there is no news)."""
    entity_set, _, prop = name.partition(".")
    if not prop or not metadata.has(entity_set):
        return bool(prop) or metadata.has(entity_set)
    return prop in metadata.names(entity_set)


def missing(metadata: Metadata) -> dict[str, list[str]]:
    """Return flow -> names of sets and properties that it needs and the instance lacks."""
    found: dict[str, list[str]] = {}
    for flow, sets in NEEDS.items():
        for entity_set, names in sets.items():
            if not metadata.has(entity_set):
                found.setdefault(flow, []).append(entity_set)
                continue
            have = metadata.names(entity_set)
            lacking = [f"{entity_set}.{name}" for name in names if name not in have]
            if lacking:
                found.setdefault(flow, []).extend(lacking)
    return found


# Our field names (as in `LedgerSetup.field_lengths`) -> set and property, and the length of current
# versions where the metadata says none.
FIELD_LENGTHS: Mapping[str, tuple[str, str, int]] = {
    "vendor.number": ("vendors", "number", 20),
    "vendor.name": ("vendors", "displayName", 100),
    "vendor.address.line1": ("vendors", "addressLine1", 100),
    "vendor.address.line2": ("vendors", "addressLine2", 50),
    "vendor.address.city": ("vendors", "city", 30),
    "vendor.address.state": ("vendors", "state", 30),
    "vendor.address.postal_code": ("vendors", "postalCode", 20),
    "vendor.address.country": ("vendors", "country", 10),
    "vendor.email": ("vendors", "email", 80),
    "vendor.phone": ("vendors", "phoneNumber", 30),
    "vendor.website": ("vendors", "website", 80),
    "vendor.tax_number": ("vendors", "taxRegistrationNumber", 50),
    "purchase_order.line.description": ("purchaseOrderLines", "description", 100),
    "purchase_invoice.external_number": ("purchaseInvoices", "vendorInvoiceNumber", 35),
    "purchase_invoice.line.description": ("purchaseInvoiceLines", "description", 100),
    "purchase_credit_memo.external_number": ("purchaseCreditMemos", "vendorCreditMemoNumber", 35),
    "purchase_credit_memo.applies_to": ("purchaseCreditMemos", "invoiceNumber", 20),
    "purchase_credit_memo.line.description": ("purchaseCreditMemoLines", "description", 100),
    "journal.batch": ("journals", "code", 10),
    "journal.document_number": ("journalLines", "documentNumber", 20),
    "journal.external_number": ("journalLines", "externalDocumentNumber", 35),
    "journal.line.description": ("journalLines", "description", 100),
    "journal.comment": ("journalLines", "comment", 250),
    "account": ("accounts", "number", 20),
    "dimension_value": ("dimensionValues", "code", 20),
}
DEFAULT_LENGTHS: Mapping[str, int] = {name: rule[2] for name, rule in FIELD_LENGTHS.items()}


def field_lengths(metadata: Metadata) -> dict[str, int]:
    """Return the longest text each of our fields may have on this instance, without those that it
    lacks and that are done without."""
    return {
        name: metadata.length(entity_set, prop) or default
        for name, (entity_set, prop, default) in FIELD_LENGTHS.items()
        if f"{entity_set}.{prop}" not in WISHES
        or (metadata.has(entity_set) and prop in metadata.names(entity_set))
    }


def summary(metadata: Metadata) -> dict[str, Any]:
    """Return what is worth keeping with a connection: plain JSON."""
    used = {name for sets in NEEDS.values() for name in sets}
    used |= {name for name in WISHES if "." not in name}
    return {
        "sets": sorted(name for name in used if metadata.has(name)),
        "missing": missing(metadata),
        "actions": {
            name: sorted(metadata.actions[name])
            for name in ("purchaseInvoices", "purchaseCreditMemos", "purchaseOrders", "journals")
            if metadata.actions.get(name)
        },
        "field_lengths": field_lengths(metadata),
    }
