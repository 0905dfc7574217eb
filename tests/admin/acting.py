"""Acting as support does: confirming an intervention on the page that asks for the reason."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tenants.models import User
from tests.admin import pages

REASON = "Ticket 4711: the order has arrived"


def do(client: Client, act: str, *chosen: Any, **choices: str) -> Any:
    """Confirm an intervention on the page that asks for the reason."""
    form = {"id": [str(row.pk) for row in chosen], "reason": REASON, **choices}
    return client.post(pages.act(chosen[0], act), form)


def staff_id() -> str:
    """Return the operator as the audit trail names them."""
    return f"staff:{User.objects.get(email='operator@support.example').pk}"
