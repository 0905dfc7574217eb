"""Keys of the API: made, shown once, revoked."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.utils import timezone

from audit import record
from tenants.access import KEY_PREFIX, token_digest
from tenants.models import ApiToken, Role, User
from tenants.refusal import Invalid
from tenants.services.checked import checked, role, text


def api_key_create(
    name: Any,
    key_role: Any,
    *,
    expires_at: datetime | None = None,
    created_by: User | None = None,
) -> tuple[ApiToken, str]:
    """Return the new key's row and the key itself, which nobody can show again."""
    values = checked({"name": (name, text(80)), "role": (key_role, role)})
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid({"expires_at": ["A time to come."]})
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=values["name"],
        role=values["role"],
        token_hash=token_digest(key),
        hint=key[-4:],
        created_by=created_by,
        expires_at=expires_at,
    )
    facts = {"role": Role(token.role).value, "expires_at": token.expires_at}
    record("api_key.created", target=token, facts=facts)
    return token, key


def api_key_revoke(token: ApiToken) -> None:
    """End a key at once."""
    record("api_key.revoked", target=token)
    token.delete()
