"""The demo's tenants: who they are, which files seed them, and what they must end with.

Passwords and client secrets are the caller's: made at run time, never kept in the repository.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync.demo import companies, identity, payloads
from sync.demo.records import (
    FOLDER,
    UNITS,
    Row,
    ledger,
    mapping_files,
    missing_mapping_files,
    read_json,
    unit,
)

STAFF = "support@demo.example"  # signs in to the admin
ORGANIZATIONS = {  # organization, sign-in address, time zone
    "WVU": ("West Virginia University", "ap@wvu.example", "America/New_York"),
    "SCMS": ("Supply Chain Management System", "ap@scms.example", "America/New_York"),
    "DBC": ("Darlington Borough Council", "ap@dbc.example", "Europe/London"),
}


# A council with an instance from before API v2.0 speaks page web services; its documents and totals
# are those that the other dialect would give.
DIALECTS = {"WVU": "api", "SCMS": "api", "DBC": "pages"}


@dataclass(frozen=True)
class DemoTenant:
    """One customer of the demo, with everything but its secrets.

    `dataset` is the JAGGAER sandbox's data set, to which `client_id` must be bound; `mappings` and
    `missing_mappings` are CSV files by mapping kind, to be imported keeping invalid targets;
    `expected` holds counts and control totals by stage and flow (see `sync.demo.outcome`).
    """

    key: str
    organization: str
    email: str
    time_zone: str
    business_unit: str
    dataset: str
    client_id: str
    company_id: str
    company_name: str
    dialect: str
    policy: Mapping[str, Any]
    mappings: Mapping[str, Path]
    missing_mappings: Mapping[str, Path]
    expected: Mapping[str, Any]

    @property
    def company(self) -> str:
        """What the integration calls its company: pages know companies by name."""
        return self.company_id if self.dialect == "api" else self.company_name


def tenants() -> list[DemoTenant]:
    """Return the demo's tenants in a fixed order."""
    policies = read_json(FOLDER / "policy.json")
    expected = read_json(FOLDER / "expected.json")
    return [_tenant(key, policies[key], expected[key]) for key in UNITS]


def _tenant(key: str, policy: Mapping[str, Any], expected: Mapping[str, Any]) -> DemoTenant:
    organization, email, time_zone = ORGANIZATIONS[key]
    return DemoTenant(
        key=key,
        organization=organization,
        email=email,
        time_zone=time_zone,
        business_unit=key,
        dataset=key,
        client_id=f"ml-connector-{key.lower()}",
        company_id=companies.company_id(key),
        company_name=companies.NAMES[key][0],
        dialect=DIALECTS[key],
        policy=policy,
        mappings=mapping_files(key),
        missing_mappings=missing_mapping_files(key),
        expected=expected,
    )


def write_seeds(folder: Path) -> tuple[Path, Path]:
    """Write the seed files of both sandboxes; return the paths for JAGGAER and for NAV.

    The content depends on the carried data alone, so that a second start loads nothing twice.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jaggaer, nav = folder / "jaggaer.jsonl", folder / "nav.json"
    lines = (payloads.dumps(line) for key in UNITS for line in payloads.seed_lines(unit(key)))
    jaggaer.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    seeded = {"companies": [companies.company(unit(key), ledger()) for key in UNITS]}
    nav.write_text(payloads.dumps(seeded) + "\n", encoding="ascii")
    return jaggaer, nav


def later_exports(key: str) -> list[dict[str, Any]]:
    """Return record orders for the JAGGAER sandbox: what the source exports after the first run."""
    return list(payloads.later_lines(unit(key)))


def labels(key: str) -> dict[str, Row]:
    """Return `invoiceId` as text -> label of each invoice: case, state, accepted codes, booking."""
    rows = unit(key)
    return {str(identity.invoice_id(rows, place)): label for place, label in enumerate(rows.labels)}
