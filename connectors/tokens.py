"""Access tokens shared by all workers: however many need a new one, one of them fetches it.

The fetch happens between two short transactions. The first takes a lease in the token's row, the
second stores what came of it; whoever finds the lease taken looks again a moment later.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from audit.redaction import remember
from connectors import errors
from connectors.errors import ConnectorError, TemporaryError
from connectors.http.tokens import Token
from connectors.models import AccessToken
from connectors.outside import require_outside
from tenants.ids import new_id
from tenants.keyring import SealError, seal, unseal
from tenants.scoping import tenant_scope

LEASE = timedelta(seconds=60)
_PATIENCE = 75.0  # seconds a caller waits for another one's fetch
_FIRST_LOOK, _LAST_LOOK = 0.02, 0.5


@dataclass(frozen=True, slots=True)
class _Lease:
    owner: UUID


class DatabaseTokenStore:
    """The `TokenStore` of one connection; every call opens its own scope, so use it outside."""

    def __init__(
        self,
        tenant_id: UUID,
        connection_id: UUID,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._tenant_id = tenant_id
        self._connection_id = connection_id
        self._sleep = sleep
        self._clock = clock
        self._known: dict[str, Token] = {}

    def current(self, key: str) -> Token | None:
        """Return the newest token known here, or stored by anybody once ours nears its end."""
        known = self._known.get(key)
        if known is not None and self._clock() < known.refresh_at:
            return known
        require_outside()
        with tenant_scope(self._tenant_id):
            row = self._rows(key).first()
            token = self._open(row) if row else None
        return self._keep(key, token) if token else None

    def renew(self, key: str, stale: Token | None, fetch: Callable[[], Token]) -> Token:
        """Return the token that replaces `stale`: fetched by us, or by whoever was first.

        A fetch that failed while we waited for it fails for us too, without another try.
        """
        require_outside()
        since: datetime | None = None
        give_up_at, pause = time.monotonic() + _PATIENCE, _FIRST_LOOK
        while True:
            found, now = self._look(key, stale, since)
            since = since or now
            if isinstance(found, Token):
                return self._keep(key, found)
            if isinstance(found, _Lease):
                return self._keep(key, self._fetch(key, found, fetch))
            if time.monotonic() > give_up_at:
                raise TemporaryError(
                    "Another worker fetches an access token and gets no answer.", code="token_away"
                )
            self._sleep(pause)
            pause = min(pause * 1.5, _LAST_LOOK)

    def _look(
        self, key: str, stale: Token | None, since: datetime | None
    ) -> tuple[Token | _Lease | None, datetime]:
        """Find a newer token, or take the lease, or learn that somebody else holds it."""
        with tenant_scope(self._tenant_id):
            row = self._locked(key)
            token = self._open(row)
            if token is not None and self._replaces(token, stale):
                return token, row.now
            if since is not None and row.failed_at is not None and row.failed_at >= since:
                raise _shared(row.failure)
            if row.lease_until is not None and row.lease_until > row.now:
                return None, row.now
            lease = _Lease(new_id())
            self._rows(key).update(lease_owner=lease.owner, lease_until=row.now + LEASE)
            return lease, row.now

    def _replaces(self, token: Token, stale: Token | None) -> bool:
        if stale is None:
            return self._clock() < token.expires_at
        return token.value != stale.value

    def _fetch(self, key: str, lease: _Lease, fetch: Callable[[], Token]) -> Token:
        try:
            token = fetch()
        except BaseException as error:
            failed = error if isinstance(error, ConnectorError) else None
            self._store(
                key,
                lease,
                failure=_told(failed) if failed else None,
                failed_at=Now() if failed else None,
            )
            raise
        self._store(key, lease, token=token)
        return token

    def _store(self, key: str, lease: _Lease, token: Token | None = None, **values: Any) -> None:
        """Store what came of a fetch, unless the lease was lost; it is over in any case."""
        with tenant_scope(self._tenant_id):
            row = self._locked(key)
            if row.lease_owner != lease.owner:
                return
            if token is not None:
                values = {
                    "token": self._seal(row, token),
                    "expires_at": datetime.fromtimestamp(token.expires_at, UTC),
                    "generation": row.generation + 1,
                    "failure": None,
                    "failed_at": None,
                }
            self._rows(key).update(lease_owner=None, lease_until=None, **values)

    def _rows(self, key: str) -> Any:
        return AccessToken.objects.filter(connection_id=self._connection_id, key=key)

    def _locked(self, key: str) -> Any:
        """Return the row under lock, with the database's time as `now`."""
        rows = self._rows(key).select_for_update().annotate(now=Now())
        row = rows.first()
        if row is None:
            fresh = AccessToken(connection_id=self._connection_id, key=key)
            AccessToken.objects.bulk_create([fresh], ignore_conflicts=True)
            row = rows.get()
        return row

    def _seal(self, row: AccessToken, token: Token) -> bytes:
        plain = json.dumps([token.value, token.refresh_at, token.expires_at]).encode()
        return seal(plain, tenant_id=self._tenant_id, row_id=row.pk, field="token")

    def _open(self, row: AccessToken) -> Token | None:
        """Return the stored token; one that does not open is as good as none."""
        if row.token is None:
            return None
        with suppress(SealError):
            plain = unseal(row.token, tenant_id=self._tenant_id, row_id=row.pk, field="token")
            value, refresh_at, expires_at = json.loads(plain)
            return Token(value, refresh_at=refresh_at, expires_at=expires_at)
        return None

    def _keep(self, key: str, token: Token) -> Token:
        remember(token.value)
        self._known[key] = token
        return token


def _told(error: ConnectorError) -> dict[str, Any]:
    """Return what another worker needs to raise the same error."""
    return {
        "class": type(error).__name__,
        "message": error.message,
        "code": error.code,
        "status": error.status,
        "request_id": error.request_id,
        "retry_after": getattr(error, "retry_after", None),
    }


def _shared(failure: dict[str, Any]) -> ConnectorError:
    facts = dict(failure)
    kind = getattr(errors, facts.pop("class"), ConnectorError)
    retry_after = facts.pop("retry_after")
    message = facts.pop("message")
    if issubclass(kind, errors.RateLimited):
        return kind(message, retry_after=retry_after or 0.0, **facts)
    return kind(message, **facts)
