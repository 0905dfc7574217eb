"""Masks what is kept anew: payloads that came before masking knew a field as secret.

Masking a masked value changes nothing, so the walk may be killed and begun again.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F

from audit import record
from audit.context import acting
from connectors.errors import ConfigurationError
from connectors.preflight import close
from connectors.runtime import open_connector
from sync.models import Integration, Version
from tenants.scoping import tenant_scope

_BLOCK = 200
_FLOW = F("document__flow_name")


def mask_again(tenant_id: UUID) -> dict[str, int]:
    """Mask every kept payload of a tenant by what its source's profile calls secret today; returns
    per integration how many changed, -1 where the source's settings or secret do not open."""
    with tenant_scope(tenant_id):
        integrations = list(Integration.objects.select_related("source").order_by("pk"))
    return {one.name: _mask_integration(one) for one in integrations}


def _mask_integration(integration: Integration) -> int:
    try:
        with tenant_scope(integration.tenant_id):
            connector = open_connector(integration.source)
    except ConfigurationError:
        return -1
    try:
        changed, last = 0, None
        while True:
            block, fresh = _mask_block(integration, connector, last)
            changed += fresh
            if len(block) < _BLOCK:
                break
            last = block[-1].pk
        _tell(integration, changed)
        return changed
    finally:
        close(connector)


def _mask_block(
    integration: Integration, connector: Any, last: UUID | None
) -> tuple[list[Version], int]:
    with tenant_scope(integration.tenant_id):
        rows = Version.objects.filter(document__integration=integration, payload_kept=True)
        rows = rows.filter(pk__gt=last) if last else rows
        rows = rows.annotate(flow=_FLOW).order_by("pk").only("payload")
        block = list(rows[:_BLOCK])
        changed = []
        for row in block:
            masked = dict(connector.masked(row.flow, row.payload))
            if masked != row.payload:
                row.payload = masked
                changed.append(row)
        Version.objects.bulk_update(changed, ["payload"])
    return block, len(changed)


def _tell(integration: Integration, changed: int) -> None:
    if not changed:
        return
    with acting("system:mask_again"), tenant_scope(integration.tenant_id):
        record("document.masked_again", target=integration, facts={"versions": changed})
