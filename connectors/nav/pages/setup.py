"""What is known of a company's set-up: from page 118, else from the settings, else from evidence.

Few instances publish page 118 (General Ledger Setup). Without it the local currency is no record
either (NAV contract 8): page 5 lists the others, so that whoever sees the documents can tell. Which
columns the first two shortcut dimensions have is told by records: NAV takes into a column only
values of its dimension, so a value that no other dimension has proves the column it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from connectors.documents import LedgerSetup, SetupSource
from connectors.errors import DocumentRefused
from connectors.nav import odata
from connectors.nav.client import Row
from connectors.nav.pages import services as pages
from connectors.nav.pages.client import company
from connectors.nav.pages.instance import Instance
from connectors.nav.pages.services import Service

SHORTCUTS = 8
PROVABLE = 2  # columns that documents, journals and their headers all show
_PLACE = "Global_Dimension_No"  # a field of page 537 that administrators may add
_COLUMNS = ("Shortcut_Dimension_{}_Code", "Global_Dimension_{}_Code")
_ENOUGH = "50"
_SHOWING = (
    pages.INVOICE,
    pages.ORDER,
    pages.CREDIT_MEMO,
    pages.GENERAL_JOURNAL,
    pages.PURCHASE_JOURNAL,
    pages.VENDOR_ENTRY,
    pages.POSTED_INVOICE,
)


def read_setup(instance: Instance, company_id: str) -> LedgerSetup:
    """Read local currency, shortcut dimensions and posting range as far as anything shows them.

    `global_dimensions` holds up to eight shortcut dimensions in their order.
    """
    row = _setup_row(instance, company_id)
    setup = LedgerSetup(
        local_currency=odata.code(str(row.get("LCY_Code") or "")),
        global_dimensions=_shortcuts(row),
        posting_from=odata.parse_date(row.get("Allow_Posting_From")),
        posting_to=odata.parse_date(row.get("Allow_Posting_To")),
        field_lengths=pages.field_lengths(instance.services),
    )
    if not setup.local_currency:
        setup = _with_currency(setup, instance, company_id)
    if "Global_Dimension_1_Code" in row or "Shortcut_Dimension_1_Code" in row:
        return setup
    return _with_dimensions(setup, instance, company_id)


def _setup_row(instance: Instance, company_id: str) -> Row:
    service = instance.services.get(pages.SETUP)
    rows = instance.client.rows(company(company_id, service.name)) if service else []
    return rows[0] if rows else {}


def _shortcuts(row: Row) -> tuple[str, ...]:
    found = []
    for place in range(1, SHORTCUTS + 1):
        value = row.get(f"Shortcut_Dimension_{place}_Code")
        if place <= 2:
            value = row.get(f"Global_Dimension_{place}_Code") or value
        found.append(odata.code(str(value or "")))
    return _trimmed(found)


def _trimmed(found: list[str]) -> tuple[str, ...]:
    while found and not found[-1]:
        found.pop()
    return tuple(found)


# Currency.


def _with_currency(setup: LedgerSetup, instance: Instance, company_id: str) -> LedgerSetup:
    """The settings' local currency, else none and what page 5 lists besides."""
    named = instance.settings.local_currency
    service = instance.services.get(pages.CURRENCY)
    listed = None
    if service is not None:
        rows = instance.client.rows(company(company_id, service.name))
        listed = tuple(sorted({odata.code(str(row.get("Code") or "")) for row in rows} - {""}))
    source = SetupSource.SETTINGS if named else SetupSource.EVIDENCE
    return replace(
        setup, local_currency=named, local_currency_from=source, foreign_currencies=listed
    )


# Dimensions.


def _with_dimensions(setup: LedgerSetup, instance: Instance, company_id: str) -> LedgerSetup:
    """The settings' shortcut dimensions, else those that records prove."""
    named = instance.settings.shortcut_dimensions
    if named:
        return replace(
            setup,
            global_dimensions=_trimmed(list(named)),
            global_dimensions_from=SetupSource.SETTINGS,
        )
    owners: dict[str, set[str]] = {}
    places: dict[int, set[str]] = {}
    for row in _values(instance, company_id):
        name = odata.code(str(row.get("Dimension_Code") or ""))
        owners.setdefault(odata.code(str(row.get("Code") or "")), set()).add(name)
        if row.get(_PLACE):
            places.setdefault(int(row[_PLACE]), set()).add(name)
    if not places:
        places = _proved(instance, company_id, owners)
    return replace(
        setup,
        global_dimensions=_sure(places),
        global_dimensions_from=SetupSource.EVIDENCE,
        dimensions=tuple(sorted(set().union(*owners.values()) - {""})) if owners else (),
        ambiguous_values=tuple(sorted(value for value, of in owners.items() if len(of) > 1)),
    )


def _values(instance: Instance, company_id: str) -> list[Row]:
    service = instance.services.get(pages.DIMENSION_VALUE)
    return instance.client.rows(company(company_id, service.name)) if service else []


def _proved(
    instance: Instance, company_id: str, owners: Mapping[str, set[str]]
) -> dict[int, set[str]]:
    """Return place -> dimensions whose own values stand there in some record."""
    found: dict[int, set[str]] = {}
    for place in range(1, PROVABLE + 1):
        for value in _standing(instance, company_id, place):
            names = owners.get(value, set())
            if len(names) == 1:
                found.setdefault(place, set()).update(names)
    return found


def _sure(places: Mapping[int, set[str]]) -> tuple[str, ...]:
    """Return the dimension of each place; a place with several, or one of several, stays open."""
    names = [places.get(place, set()) for place in range(1, SHORTCUTS + 1)]
    single = [next(iter(each)) if len(each) == 1 else "" for each in names]
    return _trimmed([name if single.count(name) == 1 else "" for name in single])


def _standing(instance: Instance, company_id: str, place: int) -> Iterator[str]:
    """Yield values that stand in a column of some records."""
    for role in _SHOWING:
        service = instance.services.get(role)
        column = _column(service, place) if service else ""
        if service is None or not column:
            continue
        params = {"$filter": f"{column} ne ''", "$top": _ENOUGH}
        try:
            answer = instance.client.get(company(company_id, service.name), params)
        except DocumentRefused:
            continue  # this release cannot be asked so: other records may tell
        for row in answer.get("value") or []:
            yield odata.code(str(row.get(column) or ""))


def _column(service: Service, place: int) -> str:
    names = (name.format(place) for name in _COLUMNS)
    return next((name for name in names if service.shows(name)), "")
