"""What confirmations proved about the ledger's set-up, kept with the integration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audit.record import record as tell
from connectors import codec
from sync.domain.ledger_setup import PLACE_KEY, with_places
from sync.engine.release import release_causes
from sync.engine.site import Site
from sync.models import Integration


def keep_learned(site: Site, proved: Sequence[Mapping[str, Any]]) -> None:
    """Store the places of dimensions that were proved; inside the confirmations' transaction."""
    names = [fields["global_dimensions"] for fields in proved if fields.get("global_dimensions")]
    if not names:
        return
    row = Integration.objects.select_for_update().get(pk=site.integration.pk)
    before = setup = codec.load(row.ledger_setup)
    for places in names:
        setup = with_places(setup, places)
    if setup == before:
        return
    site.take_setup(setup)
    row.ledger_setup = codec.dump(setup)
    row.save(update_fields=["ledger_setup", "updated_at"])
    release_causes(row, [PLACE_KEY + name for name in setup.global_dimensions if name])
    found = ", ".join(
        f"{name} ({place})" for place, name in enumerate(setup.global_dimensions, 1) if name
    )
    facts = {"what": "order of shortcut dimensions", "value": found, "evidence": "NAV's answers"}
    tell("integration.setup_learned", target=row, facts=facts)
