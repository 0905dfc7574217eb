"""By how much a total of the ledger may differ from the document's."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sync.domain.policy import Policy


def allowed_difference(content: Mapping[str, Any], policy: Policy) -> Decimal:
    """Return the limit in the document's currency (domain rule 2.10), as it was converted when the
    write was planned; what was planned before writes kept it has the policy's own."""
    kept = (content.get("totals") or {}).get("allowed")
    return Decimal(kept) if kept is not None else policy.match.limits.total_amount or Decimal(0)
