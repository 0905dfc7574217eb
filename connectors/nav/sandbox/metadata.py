"""Service document, $metadata and entityDefinitions, generated from the catalogue."""

from __future__ import annotations

from functools import cache
from typing import Any
from xml.sax.saxutils import quoteattr

from connectors.nav.sandbox.catalogue import EntitySet, Field, Link, enum_members, sets_of
from connectors.nav.sandbox.values import decode_member

_EDM = {
    "S": "Edm.String", "G": "Edm.Guid", "D": "Edm.Decimal", "I": "Edm.Int32", "L": "Edm.Int64",
    "B": "Edm.Boolean", "Dt": "Edm.Date", "DT": "Edm.DateTimeOffset", "Bin": "Edm.Stream",
}  # fmt: skip
_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
    "<edmx:DataServices>"
    '<Schema Namespace="Microsoft.NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
)
_TAIL = "</Schema></edmx:DataServices></edmx:Edmx>"
_ENGLISH = 1033


@cache
def metadata_xml(version: str, hidden: frozenset[str], modern: bool) -> bytes:
    """Return the $metadata document of an API version.

    `hidden` names sets ("journals") and actions ("purchaseInvoices.post") this instance lacks.
    """
    sets = {name: s for name, s in sets_of(version).items() if name not in hidden}
    parts = [_HEAD]
    parts += [_enum(name, members) for name, members in enum_members().items()]
    parts += [_entity_type(s, sets) for s in sets.values()]
    parts += [_actions(s, hidden) for s in sets.values()]
    parts.append('<EntityContainer Name="NAV">')
    parts += [_container_entry(s, sets) for s in sets.values()]
    parts.append("</EntityContainer>")
    if modern:
        parts.append(
            '<Annotations Target="Microsoft.NAV.NAV">'
            '<Annotation Term="Org.OData.Core.V1.SchemaVersion" String="2.1" /></Annotations>'
        )
    return "".join([*parts, _TAIL]).encode()


def service_document(root: str, version: str, hidden: frozenset[str]) -> dict[str, Any]:
    """Return the list of sets under a root."""
    names = [name for name in sets_of(version) if name not in hidden]
    return {
        "@odata.context": f"{root}$metadata",
        "value": [{"name": name, "kind": "EntitySet", "url": name} for name in names],
    }


def entity_definitions(root: str, version: str, hidden: frozenset[str]) -> dict[str, Any]:
    """Return captions of sets, properties and enum members, in English alone."""
    rows = [_definition(s) for name, s in sets_of(version).items() if name not in hidden]
    return {"@odata.context": f"{root}$metadata#entityDefinitions", "value": rows}


def _definition(entity_set: EntitySet) -> dict[str, Any]:
    return {
        "entityName": entity_set.type,
        "entitySetName": entity_set.name,
        "entityCaptions": _captions(entity_set.type),
        "entitySetCaptions": _captions(entity_set.name),
        "properties": [{"name": name, "captions": _captions(name)} for name in entity_set.fields],
        "actions": [{"name": name, "captions": _captions(name)} for name in entity_set.actions],
        "enumMembers": [
            {"name": member, "value": place, "captions": _captions(decode_member(member))}
            for field in entity_set.fields.values()
            for place, member in enumerate(field.members)
        ],
    }


def _captions(text: str) -> list[dict[str, Any]]:
    return [{"languageCode": _ENGLISH, "caption": text}]


def _enum(name: str, members: tuple[str, ...]) -> str:
    rows = "".join(
        f'<Member Name="{member}" Value="{place}" />' for place, member in enumerate(members)
    )
    return f'<EnumType Name="{name}">{rows}</EnumType>'


def _entity_type(entity_set: EntitySet, sets: dict[str, EntitySet]) -> str:
    links = dict(entity_set.links)
    if entity_set.name == "companies":
        links = {n: Link(n, n, True, "", "", "company") for n in sets if n not in OUTSIDE_COMPANIES}
    rows = [f'<Key><PropertyRef Name="{entity_set.key}" /></Key>']
    rows += [_property(field) for field in entity_set.fields.values()]
    rows += [_navigation(link, sets[link.target]) for link in links.values() if link.target in sets]
    return f'<EntityType Name="{entity_set.type}">{"".join(rows)}</EntityType>'


# Sets that belong to the tenant, not to one company.
OUTSIDE_COMPANIES = ("companies", "subscriptions")


def _property(field: Field) -> str:
    kind = f"Microsoft.NAV.{field.enum}" if field.kind == "E" else _EDM[field.kind]
    attributes = f"Name={quoteattr(field.name)} Type={quoteattr(kind)}"
    attributes += ' Nullable="false"' if field.not_null else ""
    attributes += f' MaxLength="{field.length}"' if field.length else ""
    attributes += ' Scale="Variable"' if field.kind == "D" else ""
    return f"<Property {attributes} />"


def _navigation(link: Link, target: EntitySet) -> str:
    kind = f"Microsoft.NAV.{target.type}"
    kind = f"Collection({kind})" if link.many else kind
    constraint = (
        f'<ReferentialConstraint Property="{link.own}" ReferencedProperty="{link.other}" />'
        if link.own
        else ""
    )
    return (
        f'<NavigationProperty Name="{link.name}" Type="{kind}" ContainsTarget="true">'
        f"{constraint}</NavigationProperty>"
    )


def _actions(entity_set: EntitySet, hidden: frozenset[str]) -> str:
    return "".join(
        f'<Action Name="{name}" IsBound="true"><Parameter Name="bindingParameter" '
        f'Type="Microsoft.NAV.{entity_set.type}" /></Action>'
        for name in entity_set.actions
        if f"{entity_set.name}.{name}" not in hidden
    )


def _container_entry(entity_set: EntitySet, sets: dict[str, EntitySet]) -> str:
    links = "".join(
        f'<NavigationPropertyBinding Path="{link.name}" Target="{link.target}" />'
        for link in entity_set.links.values()
        if link.target in sets
    )
    writes = "".join(
        f'<Annotation Term="Org.OData.Capabilities.V1.{term}Restrictions"><Record>'
        f'<PropertyValue Property="{word}" Bool="{str(verb in entity_set.methods).lower()}" />'
        "</Record></Annotation>"
        for verb, term, word in (
            ("POST", "Insert", "Insertable"),
            ("PATCH", "Update", "Updatable"),
            ("DELETE", "Delete", "Deletable"),
        )
    )
    tracking = (
        '<Annotation Term="Org.OData.Capabilities.V1.ChangeTracking"><Record>'
        '<PropertyValue Property="Supported" Bool="false" /></Record></Annotation>'
    )
    return (
        f'<EntitySet Name="{entity_set.name}" EntityType="Microsoft.NAV.{entity_set.type}">'
        f"{links}{tracking}{writes}</EntitySet>"
    )
