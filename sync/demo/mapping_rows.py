"""The customers' mapping tables: as they were set up, with gaps and mistakes, and what mends them.

Nothing here is invented for the given tables: they are the source's two mapping files, whose gaps
and wrong targets are real. What mends them is this project's own choice of a fitting account.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sync.demo.choice import Row

MappingRow = tuple[str, str, str, str]  # source code, target code, valid from, note
HEADER = ("source_code", "target_code", "valid_from", "note")

STANDARD_TERMS = {  # standard payment terms code of the source -> payment terms code of the ledger
    "End of Month": "CM",
    "Due on Receipt": "COD",
    "2% 8 Net 30": "1M(8D)",
    "Net 2": "2 DAYS",
    "Net 7": "7 DAYS",
    "Net 10": "10 DAYS",
    "Net 14": "14 DAYS",
    "Net 15": "15 DAYS",
    "Net 21": "21 DAYS",
    "Net 30": "30 DAYS",
    "Net 60": "60 DAYS",
}
UNITS_OF_MEASURE = {"EACH": "PCS", "Each": "PCS", "Unit": "PCS", "Box": "BOX", "Hour": "HOUR"}
TAX_CODES = {"0": "VAT0", "5": "VAT5", "20": "VAT20"}  # rate as text -> VAT product posting group

MISSING_ACCOUNTS = {
    "WVU": {
        "ANIMALS, LAB": "8390",
        "LAB/RESEARCH EQUIP., SERV. & SUPPLIES": "8390",
        "HOUSEHOLD APPLIANCES, MAINT., & SUPPLIES": "8215",
        "ROADS AND GROUNDS REPAIRS & SUPPLIES": "8160",
    },
    "SCMS": {},
    "DBC": {
        "Advertising": "8410",
        "Conferences & Seminars": "8350",
        "Cyclical - External Painting": "8130",
        "Cyclical - Intruder Alarms": "8170",
        "Employee Related Health Schemes": "8350",
        "Equipment": "8670",
        "Furniture Equipment": "8215",
        "Greenhouses": "8670",
        "It Hardware": "8330",
        "Memberships": "8660",
        "Other Health Bodies": "8370",
        "Plant Hire": "8540",
        "Ppe Clothing & Equipment": "8670",
        "Private Contractors": "8690",
        "Recruitment Advertising": "8350",
        "Repairs - Electrical": "8130",
        "Road Fund Tax": "8520",
        "Stationery": "8220",
    },
}
MISSING_COST_CENTRES = {
    "WVU": {},
    "SCMS": {
        "100-ZW-T01": "DEPARTMENT/ADM",
        "102-NG-T01": "DEPARTMENT/PRG-NG",
        "107-RW-T30": "DEPARTMENT/PRG-RW",
        "131-NG-T01": "DEPARTMENT/PRG-NG",
        "161-ZA-T30": "DEPARTMENT/PRG-ZA",
    },
    "DBC": {
        "Place|Highways Management": "DEPARTMENT/HIGHWAYS",
        "Place|Housing": "DEPARTMENT/HOUSING",
    },
}
CLOSED_PROGRAMMES = ("DEPARTMENT/PRG-BW", "DEPARTMENT/PRG-ZW")
CLOSED_PROGRAMME_TARGET = "DEPARTMENT/ADM"


def given(
    unit: str, categories: Iterable[Row], centres: Iterable[Row], uoms: Iterable[str]
) -> dict[str, list[MappingRow]]:
    """Return kind -> rows of one unit's mapping tables as the customer has them.

    `categories` and `centres` are rows of the source's mapping files, `uoms` the units of measure
    that the demo's orders use; units without a counterpart in the ledger stay unmapped.
    """
    tables = {
        "ledger_account": {
            row["category"]: row["gl_account"] for row in categories if row["business_unit"] == unit
        },
        "cost_center": cost_centres(unit, centres),
        "payment_terms": STANDARD_TERMS,
        "unit_of_measure": _units(uoms),
        "tax": TAX_CODES if unit == "DBC" else {},
    }
    return {kind: _rows(table, "") for kind, table in tables.items() if table}


def missing(unit: str, centres: Iterable[Row]) -> dict[str, list[MappingRow]]:
    """Return kind -> rows that close the gaps of one unit and replace its wrong targets."""
    closed = {
        code: CLOSED_PROGRAMME_TARGET
        for code, target in cost_centres(unit, centres).items()
        if target in CLOSED_PROGRAMMES
    }
    tables = {
        "ledger_account": _rows(MISSING_ACCOUNTS[unit], "closes a gap or a wrong target"),
        "cost_center": sorted(
            _rows(MISSING_COST_CENTRES[unit], "closes a gap")
            + _rows(closed, "programme closed, booked centrally")
        ),
    }
    return {kind: rows for kind, rows in tables.items() if rows}


def cost_centres(unit: str, centres: Iterable[Row]) -> dict[str, str]:
    """Return cost centre -> `DIMENSION/VALUE` of one unit."""
    return {
        row["cost_centre"]: f"{row['dimension_code']}/{row['dimension_value']}"
        for row in centres
        if row["business_unit"] == unit
    }


def _units(uoms: Iterable[str]) -> dict[str, str]:
    packs = {uom: "PACK" for uom in uoms if uom.startswith("Pack of ")}
    return packs | {uom: UNITS_OF_MEASURE[uom] for uom in uoms if uom in UNITS_OF_MEASURE}


def _rows(table: Mapping[str, str], note: str) -> list[MappingRow]:
    return [(source, target, "", note) for source, target in sorted(table.items())]
