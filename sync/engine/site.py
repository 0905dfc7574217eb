"""One integration at work: its rows and its two connectors, opened once per slice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from audit.context import acting
from connectors.codec import dump, load
from connectors.documents import LedgerSetup
from connectors.errors import ConfigurationError
from connectors.runtime import open_connector
from sync.domain import policy
from sync.engine import tickets
from sync.engine.tickets import NO_FENCE, Claim, hold, renew
from sync.models import Integration
from tenants.scoping import tenant_scope

WRITTEN_BACK = "supplier"  # the kind of writes that go to the source


class LostLease(Exception):
    """Another worker has taken over: stop without changing anything more."""


@dataclass
class Site:
    """What every step of the engine needs; database work happens inside `rows()` only."""

    integration: Integration
    claim: Claim
    side: str = "source"  # which connection is being talked to: who is to blame for an error
    done: int = 0  # records that were kept and writes that were confirmed in this slice
    _open: dict[str, Any] = field(default_factory=dict)

    @property
    def tenant_id(self) -> UUID:
        return self.integration.tenant_id

    @property
    def company_id(self) -> str:
        return self.integration.company_id

    @contextmanager
    def rows(self, *, run: UUID | None = None) -> Iterator[None]:
        """Open one short transaction in the tenant's scope, as the system.

        Raises LostLease when another worker has claimed the integration since: a worker that was
        paused longer than its lease changes nothing more. While this is open, nobody can claim.
        """
        with acting("system:worker", run=run), tenant_scope(self.tenant_id):
            if self.claim.fence != NO_FENCE and not hold(self.claim):
                raise LostLease
            yield

    @cached_property
    def policy(self) -> policy.Policy:
        return policy.parse(self.integration.policy)

    @property
    def source(self) -> Any:
        return self._connector("source")

    @property
    def ledger(self) -> Any:
        return self._connector("ledger")

    def writer(self, kind: str) -> Any:
        """Return the side that a kind of write goes to: suppliers back to the source, all else to
        the ledger."""
        return self.source if kind == WRITTEN_BACK else self.ledger

    @cached_property
    def setup(self) -> LedgerSetup:
        """What the last reference run learned about the company. Raises ConfigurationError."""
        if not self.integration.ledger_setup:
            raise ConfigurationError(
                "The ledger's reference data was not read yet: run the flow 'reference' first.",
                code="reference_missing",
            )
        return load(self.integration.ledger_setup)

    def take_setup(self, setup: LedgerSetup) -> None:
        """Go by another set-up of the company from now on; the row is the caller's to save."""
        self.integration.ledger_setup = dump(setup)
        self.__dict__.pop("setup", None)
        if "ledger" in self._open:
            self._open["ledger"].remember(self.company_id, setup)

    def today(self) -> date:
        """Return the calendar day in the tenant's time zone."""
        return datetime.now(ZoneInfo(self.integration.tenant.time_zone or "UTC")).date()

    @property
    def ledger_settings(self) -> dict[str, Any]:
        return self.integration.ledger.settings

    @property
    def ledger_parallel(self) -> int:
        """How many requests may be on their way to the ledger at once."""
        return int(self.ledger_settings.get("max_parallel") or 5)

    @property
    def request_seconds(self) -> float:
        """How long one request to the ledger may take."""
        return float(self.ledger_settings.get("timeout_seconds") or 60)

    @property
    def lease_seconds(self) -> float:
        """How long a claim lasts without a sign of life: some requests longer than one may take."""
        return max(tickets.LEASE_SECONDS, 3 * self.request_seconds)

    def keep_lease(self, _exchange: Any = None) -> None:
        """Extend a lease that nears its end, as long as requests are answered.

        One that is lost already is found out by the next `rows()` and before the next send.
        """
        if not self.claim.holds_for(self.lease_seconds / 2):
            renew(self.claim, self.lease_seconds)

    def _connector(self, side: str) -> Any:
        if side not in self._open:
            with tenant_scope(self.tenant_id):
                connection = getattr(self.integration, side)
                self._open[side] = open_connector(connection, observer=self.keep_lease)
                if side == "ledger" and self.integration.ledger_setup:
                    self._open[side].remember(self.company_id, self.setup)
        return self._open[side]

    def close(self) -> None:
        for connector in self._open.values():
            close = getattr(connector, "close", None)
            if close:
                close()
        self._open.clear()


def open_site(claim: Claim) -> Site | None:
    """Return the site of a claimed ticket, None when the integration is gone."""
    with tenant_scope(claim.tenant_id):
        integration = (
            Integration.objects.select_related("source", "ledger", "tenant")
            .filter(pk=claim.integration_id)
            .first()
        )
    return Site(integration, claim) if integration else None
