"""What keeps planned decisions of a block from being sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from connectors.base import Step
from sync.domain.decision import Decision
from sync.engine.deciding.drafts import Drafts
from sync.engine.refusals import Believed
from sync.engine.site import Site
from sync.models import Document, Run


class Hindrances:
    """Drafts that are coded otherwise than decided now, and what the ledger refused before."""

    def __init__(
        self, site: Site, now: datetime, run: Run | None, documents: Sequence[Document]
    ) -> None:
        self._drafts = Drafts(documents)
        self._believed = Believed(site, now, run, documents)

    def park(self, document: Document, decision: Decision, steps: Sequence[Step]) -> Decision:
        """Return the decision, or one that parks instead."""
        decision = self._drafts.park(document, decision, steps)
        return self._believed.park(document, decision, steps)

    def save_tries(self) -> None:
        """Note which remembered refusals are being tried."""
        self._believed.save_tries()
