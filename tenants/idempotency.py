"""The first answer to a repeated POST: `Idempotency-Key`, kept a day per key or user.

Run `claim`, the service and `store` inside one `tenant_scope`: then the effect and its answer stand
or fall together, and a repeat that comes meanwhile waits for the first. Where a network call lies
between them, use one scope each; a claim without an answer is taken over after two minutes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from tenants.models import StoredAnswer
from tenants.refusal import Clash, Refusal
from tenants.scoping import require_tenant_id

KEPT = timedelta(hours=24)
_TAKEN_OVER_AFTER = timedelta(minutes=2)
_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Replay:
    """An answer given before."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to answer first."""

    owner: str
    key: str


def request_hash(method: str, path: str, body: bytes) -> bytes:
    """Return what two requests must share to count as the same."""
    with suppress(ValueError):  # what is not JSON is compared byte by byte
        content = json.loads(body, parse_float=str)
        body = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(b"\x00".join((method.encode(), path.encode(), body))).digest()


def claim(owner: str, key: str, request: bytes) -> Claim | Replay:
    """Return the first answer, or the right to give it; `request` is a `request_hash`.

    Raises Refusal `idempotency_key_invalid` (400) and `idempotency_key_reused` (422), and Clash
    `idempotency_key_in_use` while the first request is still at work elsewhere.
    """
    if not 0 < len(key) <= _LONGEST_KEY or not key.isprintable():
        raise Refusal("idempotency_key_invalid", f"1 to {_LONGEST_KEY} printable characters.")
    now = timezone.now()
    mine = StoredAnswer(owner=owner, key=key, request_hash=request, created_at=now)
    StoredAnswer.objects.filter(owner=owner, key=key, created_at__lt=now - KEPT).delete()
    StoredAnswer.objects.bulk_create([mine], ignore_conflicts=True)
    stored = StoredAnswer.objects.select_for_update().get(owner=owner, key=key)
    if stored.pk == mine.pk:
        return Claim(owner, key)
    if bytes(stored.request_hash) != request:
        raise Refusal(
            "idempotency_key_reused", "This key came with another request before.", status=422
        )
    if stored.status is not None:
        return Replay(stored.status, stored.body, stored.headers)
    if now - stored.created_at < _TAKEN_OVER_AFTER:
        raise Clash("idempotency_key_in_use", "The first request with this key is still at work.")
    StoredAnswer.objects.filter(pk=stored.pk).update(created_at=now)
    return Claim(owner, key)


def store(claimed: Claim, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
    """Keep an answer for its repeats; the caller has taken out what is shown only once."""
    StoredAnswer.objects.filter(owner=claimed.owner, key=claimed.key).update(
        status=status, body=body, headers=dict(headers or {})
    )


def release(claimed: Claim) -> None:
    """Let the key be used again, after an answer that is not worth keeping (5xx, 429)."""
    StoredAnswer.objects.filter(owner=claimed.owner, key=claimed.key, status=None).delete()


def purge() -> int:
    """Delete the current tenant's answers that are older than a day; returns how many."""
    require_tenant_id()
    old = StoredAnswer.objects.filter(created_at__lt=timezone.now() - KEPT)
    return old.delete()[0]
