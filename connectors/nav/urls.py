"""Addresses inside a NAV instance; every key is quoted here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

_GUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_.]*$")
ZERO_GUID = "00000000-0000-0000-0000-000000000000"


def is_guid(text: object) -> bool:
    return isinstance(text, str) and bool(_GUID.match(text))


def guid(text: object) -> str:
    """Return a GUID key as it stands in a path; raises ValueError for anything else."""
    if not is_guid(text):
        raise ValueError(f"not a record id: {text!r}")
    return str(text)


def text_key(text: str) -> str:
    """Return a text key in quotes, its own quotes doubled, percent-encoded."""
    return quote("'" + text.replace("'", "''") + "'", safe="'")


def placeholder(what: str) -> str:
    """Return what stands in a previewed path for an id that is not known yet."""
    return "{" + what + "}"


@dataclass(frozen=True, slots=True)
class Root:
    """Where one dialect lives below the base address; `tenant` names a multitenant server's one."""

    prefix: str
    tenant: str = ""

    def path(self, inside: str) -> str:
        return self.prefix + inside

    def params(self, params: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the query parameters of a request, the server's tenant last."""
        found = dict(params or {})
        if self.tenant:
            found["tenant"] = self.tenant
        return found

    def with_tenant(self, path: str) -> str:
        """Return a path with the server's tenant as its query."""
        return f"{path}?tenant={quote(self.tenant, safe='')}" if self.tenant else path


API_PREFIX = "api/v2.0/"
PAGES_PREFIX = "ODataV4/"


def company(company_id: str, inside: str = "") -> str:
    """Return a path inside a company, relative to the API root (as $batch wants it)."""
    scope = f"companies({guid(company_id)})"
    return f"{scope}/{inside}" if inside else scope


def record(entity_set: str, record_id: str, inside: str = "") -> str:
    """Return `set(id)` or `set(id)/inside`; an id in braces is a placeholder of a preview."""
    if not _NAME.match(entity_set):
        raise ValueError(f"not a set name: {entity_set!r}")
    known = record_id if record_id.startswith("{") else guid(record_id)
    path = f"{entity_set}({known})"
    return f"{path}/{inside}" if inside else path
