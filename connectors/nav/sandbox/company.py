"""One company's books: typed access to its records, its setup and its number series."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.nav.sandbox.catalogue import entity_sets
from connectors.nav.sandbox.records import Record, Records
from connectors.nav.sandbox.values import NO_ID, ZERO, blank_record, instant_text, plain
from connectors.sandboxing.clock import Clock

SETUP_DEFAULTS: dict[str, Any] = {
    "localCurrency": "USD",
    "localCurrencySymbol": "$",
    "allowPostingFrom": "0001-01-01",
    "allowPostingTo": "0001-01-01",
    "globalDimensions": ["DEPARTMENT", "CUSTOMERGROUP"],
    "extDocNoMandatory": True,
    "manualVendorNumbers": True,
    "journalTemplateBalancing": "",  # account number that the general template gives new batches
    "receiveByDefault": True,
    "vendorTemplate": {
        "genBusPostingGroup": "DOMESTIC",
        "vatBusPostingGroup": "DOMESTIC",
        "vendorPostingGroup": "DOMESTIC",
    },
    "vendorPostingGroups": {},
    "payablesAccount": "5410",
    "vatAccount": "5630",
    "purchaseAccount": "7110",
    "vatSetup": [],
    "pricesIncludeTaxAllowed": True,
    "dimensionCombinations": [],
    "numberSeries": {},
}

SERIES_DEFAULTS: dict[str, str] = {
    "vendors": "V00010",
    "purchaseOrders": "106001",
    "purchaseInvoices": "1001",
    "purchaseCreditMemos": "1001",
    "postedInvoices": "108001",
    "postedCreditMemos": "109001",
    "purchaseReceipts": "107001",
    "journalLines": "G00001",
}


class Company:
    """Records of one company; every collection is addressed by its entity set's name.

    Sets outside the API (setup, series, vendorLedgerEntries) are kept the same way.
    """

    def __init__(self, records: Records, clock: Clock, company_id: str) -> None:
        self.records = records
        self.clock = clock
        self.id = company_id

    def collection(self, set_name: str) -> str:
        """Return the name under which a set of this company is stored."""
        return f"{self.id}/{set_name}"

    def get(self, set_name: str, key: str) -> Record | None:
        """Return a record by id, or None; the zero GUID names nothing."""
        return None if key == NO_ID else self.records.get(self.collection(set_name), key)

    def find(self, set_name: str, field: str, value: Any) -> list[Record]:
        """Return the records whose field equals the value, by index."""
        return self.records.find(self.collection(set_name), field, value)

    def first(self, set_name: str, field: str, value: Any) -> Record | None:
        """Return one record whose field equals the value, or None."""
        return next(iter(self.find(set_name, field, value)), None)

    def all(self, set_name: str) -> list[Record]:
        """Return every record of a set."""
        return self.records.all(self.collection(set_name))

    def new(self, set_name: str) -> Record:
        """Return an empty record of a set with a fresh id; it is not stored yet."""
        record = blank_record(entity_sets()[set_name])
        record["id"] = str(uuid.uuid4())
        return record

    def put(self, set_name: str, record: Record) -> Record:
        """Store a record and stamp it as changed now."""
        stamped = {**record, "lastModifiedDateTime": instant_text(self.now())}
        return self.records.put(self.collection(set_name), record["id"], stamped)

    def delete(self, set_name: str, record: Record) -> None:
        """Delete a record."""
        self.records.delete(self.collection(set_name), record["id"])

    def now(self) -> datetime:
        """Return the sandbox's present."""
        return self.clock.now()

    def today(self) -> str:
        """Return the work date, ISO."""
        return self.now().date().isoformat()

    @property
    def setup(self) -> Record:
        """Return the setup record; keys as in SETUP_DEFAULTS."""
        return self.records.get(self.collection("setup"), "setup") or SETUP_DEFAULTS

    def change_setup(self, values: dict[str, Any]) -> None:
        """Merge values into the setup record."""
        merged = {**SETUP_DEFAULTS, **self.setup, **values}
        self.records.put(self.collection("setup"), "setup", merged)

    def next_number(self, series: str) -> str:
        """Return the next number of a series: the trailing digits count up, width kept."""
        collection = self.collection("series")
        used = self.records.get(collection, series)
        if used is None:
            number = self.setup["numberSeries"].get(series, SERIES_DEFAULTS[series])
        else:
            number = increment(used["last"])
        self.records.put(collection, series, {"last": number})
        return number

    def next_entry_number(self) -> int:
        """Return the next number of the ledger entries."""
        collection = self.collection("series")
        last = (self.records.get(collection, "entries") or {"last": 0})["last"] + 1
        self.records.put(collection, "entries", {"last": last})
        return last

    def total(self, kind: str, number: str) -> Decimal:
        """Return the running balance in local currency of an "account" or a "vendor"."""
        row = self.records.get(self.collection("totals"), f"{kind}:{number}")
        return Decimal(row["amount"]) if row else ZERO

    def add_to_total(self, kind: str, number: str, amount: Decimal) -> None:
        """Move the running balance of an account or vendor, debit positive."""
        total = plain(self.total(kind, number) + amount)
        self.records.put(self.collection("totals"), f"{kind}:{number}", {"amount": total})

    def currency_code(self, shown: str) -> str:
        """Return the stored form of a currency code: blank for the local currency."""
        return "" if shown == self.setup["localCurrency"] else shown

    def local_amount(self, amount: Decimal, factor: Decimal) -> Decimal:
        """Turn a document amount into local currency; the factor is foreign per local."""
        return amount if factor in (ZERO, Decimal(1)) else amount / factor


def increment(number: str) -> str:
    """Return the number after this one in its series; a number without digits gets '-1'."""
    digits = len(number) - len(number.rstrip("0123456789"))
    if not digits:
        return f"{number}-1"
    head, tail = number[:-digits], number[-digits:]
    return head + str(int(tail) + 1).zfill(digits)
