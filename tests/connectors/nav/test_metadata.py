"""What an instance publishes, read from its metadata."""

from __future__ import annotations

import pytest

from connectors.errors import UnexpectedAnswer
from connectors.nav.metadata import field_lengths, missing, parse_metadata, without
from connectors.nav.sandbox.metadata import metadata_xml

EDMX = b"""<?xml version="1.0"?><edmx:Edmx Version="4.0" xmlns:edmx="x"><edmx:DataServices>
<Schema Namespace="Microsoft.NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="vendor"><Property Name="number" Type="Edm.String" MaxLength="12"/>
<Property Name="displayName" Type="Edm.String"/>
<NavigationProperty Name="currency" Type="Microsoft.NAV.currency"/></EntityType>
<EntityType Name="purchaseInvoice"><Property Name="id" Type="Edm.Guid"/></EntityType>
<Action Name="post" IsBound="true">
<Parameter Name="bindingParameter" Type="Microsoft.NAV.purchaseInvoice"/></Action>
<EntityContainer Name="NAV"><EntitySet Name="vendors" EntityType="Microsoft.NAV.vendor"/>
<EntitySet Name="purchaseInvoices" EntityType="Microsoft.NAV.purchaseInvoice"/>
</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""


def published(*hidden: str) -> bytes:
    """Return the metadata of our sandbox without some properties, named as `type.property`."""
    text = metadata_xml("v2.0", frozenset(), False).decode()
    for each in hidden:
        kind, _, name = each.partition(".")
        head, mark, rest = text.partition(f'<EntityType Name="{kind}">')
        text = head + mark + rest.replace(f'Name="{name}"', 'Name="gone"', 1)
    return text.encode()


def test_properties_that_an_instance_lacks_are_named_before_anything_is_sent():
    old = parse_metadata(
        published(
            "purchaseOrder.pricesIncludeTax",
            "purchaseInvoiceLine.dimensionSetLines",
            "purchaseInvoice.shortcutDimension2Code",
        )
    )

    assert (missing(parse_metadata(published())), without(parse_metadata(published()))) == ({}, {})
    assert missing(old) == {
        "purchase_orders": ["purchaseOrders.pricesIncludeTax"],
        "invoices": ["purchaseInvoiceLines.dimensionSetLines"],
    }
    assert list(without(old)) == ["purchaseInvoices.shortcutDimension2Code"]


def test_metadata_tells_sets_lengths_and_actions():
    found = parse_metadata(EDMX)

    assert (found.namespace, found.has("vendors"), found.has("accounts")) == (
        "Microsoft.NAV",
        True,
        False,
    )
    assert found.length("vendors", "number") == 12
    assert found.can("purchaseInvoices", "post")
    assert not found.can("vendors", "post")
    assert field_lengths(found)["vendor.number"] == 12
    assert field_lengths(found)["vendor.name"] == 100


def test_what_is_missing_is_named():
    lacking = missing(parse_metadata(EDMX))

    assert "vendors.taxRegistrationNumber" in lacking["suppliers"]
    assert "journals" in lacking["invoices"]


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'


@pytest.mark.parametrize("body", [BOMB, b"<html><body>log in</body></html>", b"{}", b""])
def test_what_is_no_metadata_is_refused(body):
    with pytest.raises(UnexpectedAnswer):
        parse_metadata(body)
