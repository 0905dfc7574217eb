"""$metadata and service document of the published pages; schema namespace NAV."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

from connectors.nav.sandbox.catalogue import Field
from connectors.nav.sandbox.pages.controls import Service

_EDM = {
    "S": "Edm.String", "D": "Edm.Decimal", "I": "Edm.Int32", "B": "Edm.Boolean", "Dt": "Edm.Date",
}  # fmt: skip
_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
    '<edmx:DataServices><Schema Namespace="NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
)
_TAIL = "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
_COMPANY = (
    '<EntityType Name="Company"><Key><PropertyRef Name="Name" /></Key>'
    '<Property Name="Name" Type="Edm.String" Nullable="false" MaxLength="30" />'
    '<Property Name="Display_Name" Type="Edm.String" MaxLength="250" />'
    '<Property Name="Id" Type="Edm.Guid" />{links}</EntityType>'
)


def metadata_xml(services: dict[str, Service]) -> bytes:
    """Return the $metadata document of an instance's services."""
    links = "".join(
        f'<NavigationProperty Name="{name}" Type="Collection(NAV.{name})" ContainsTarget="true" />'
        for name in services
    )
    types = "".join(_type(service) for service in services.values())
    sets = "".join(
        f'<EntitySet Name="{name}" EntityType="NAV.{name}" />' for name in ("Company", *services)
    )
    container = f'<EntityContainer Name="NAV">{sets}'
    return (_HEAD + _COMPANY.format(links=links) + types + container + _TAIL).encode()


def service_document(root: str, services: dict[str, Service]) -> dict[str, Any]:
    """Return the list of services under a root."""
    names = ("Company", *services)
    return {
        "@odata.context": f"{root}$metadata",
        "value": [{"name": name, "kind": "EntitySet", "url": name} for name in names],
    }


def _type(service: Service) -> str:
    keys = "".join(
        f'<PropertyRef Name="{name}" />'
        for name, control in service.controls.items()
        if control.is_key
    )
    rows = "".join(_property(control.field) for control in service.controls.values())
    if service.lines:
        rows += (
            f'<NavigationProperty Name="{service.lines}" '
            f'Type="Collection(NAV.{service.lines})" ContainsTarget="true" />'
        )
    return f'<EntityType Name="{service.name}"><Key>{keys}</Key>{rows}</EntityType>'


def _property(field: Field) -> str:
    text = f"<Property Name={quoteattr(field.name)} Type={quoteattr(_EDM[field.kind])}"
    text += ' Nullable="false"' if field.not_null else ""
    text += f' MaxLength="{field.length}"' if field.length else ""
    text += ' Scale="Variable"' if field.kind == "D" else ""
    return text + " />"
