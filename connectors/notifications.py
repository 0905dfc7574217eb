"""How a ledger tells of changes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RemoteSubscription:
    """A promise of the ledger to tell `url` of changes in `resource` until `expires_at`."""

    id: str
    url: str = field(repr=False)  # holds our token
    resource: str
    client_state: str = field(repr=False)  # empty where the ledger does not show it
    expires_at: datetime | None
    etag: str = ""


class Notifications(Protocol):
    """How a ledger tells of changes by itself. May raise the classes of `connectors.errors`."""

    def listed(self) -> list[RemoteSubscription]:
        """Every subscription that our user sees, those of others among them."""

    def create(
        self, company_id: str, resource: str, url: str, client_state: str
    ) -> RemoteSubscription:
        """Ask to be told; the ledger calls `url` before it answers."""

    def renew(
        self, known: RemoteSubscription, company_id: str, resource: str, client_state: str
    ) -> RemoteSubscription:
        """Ask for another term, with the state as given."""

    def delete(self, known: RemoteSubscription) -> None: ...

    def is_about(self, known: RemoteSubscription, company_id: str, resource: str) -> bool:
        """Whether a subscription is about this set of this company."""

    def changes(
        self, company_id: str, resource: str, since: datetime, until: datetime
    ) -> Iterator[list[tuple[str, datetime]]]:
        """Yield pages of (id, time of the last change) of what changed after `since`, up to
        `until`: what the notices should have told."""
