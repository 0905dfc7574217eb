"""Second factors at rest: seeds of authenticators and recovery codes, sealed with FERNET_KEYS.

A person belongs to no single tenant, so no tenant's data key fits. What was stored before it was
sealed reads as it is, and is sealed by the next `rotate_keys`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.db import transaction

from tenants.fields import WrappedKeyField
from tenants.keyring import SealError
from tenants.models import TenantKey

_SEALED = "sealed:"
_BLOCK = 200


class MFAAdapter(DefaultMFAAdapter):
    """Seals what allauth would store in the clear."""

    def encrypt(self, text: str) -> str:
        return _SEALED + _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return what was sealed; raises SealError when none of FERNET_KEYS opens it."""
        if not encrypted_text.startswith(_SEALED):
            return encrypted_text
        try:
            return _keys().decrypt(encrypted_text.removeprefix(_SEALED).encode()).decode()
        except InvalidToken:
            raise SealError("none of FERNET_KEYS opens the second factor") from None


def second_factors_reseal() -> int:
    """Seal with the first of FERNET_KEYS what is not yet; returns how many factors that were."""
    adapter, done = MFAAdapter(), 0
    stale = _stale()
    for start in range(0, len(stale), _BLOCK):
        with transaction.atomic():
            rows = Authenticator.objects.select_for_update().filter(
                pk__in=stale[start : start + _BLOCK]
            )
            for row in rows:
                row.data = _each(row.data, lambda text: adapter.encrypt(adapter.decrypt(text)))
                row.save(update_fields=["data"])
                done += 1
    return done


def second_factors_stale() -> int:
    """Return how many second factors the first of FERNET_KEYS alone does not open."""
    return len(_stale())


def _stale() -> list[int]:
    first = Fernet(_field().fernet_keys[0])
    found = []
    for pk, data in Authenticator.objects.order_by("pk").values_list("pk", "data").iterator():
        texts: list[str] = []
        _each(data, lambda text, into=texts: into.append(text) or text)  # type: ignore[misc]
        if not all(_opens(first, text) for text in texts):
            found.append(pk)
    return found


def _each(data: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Return an authenticator's data with each of its secrets changed."""
    new = {**data}
    for name in ("secret", "seed"):
        if isinstance(new.get(name), str):
            new[name] = change(new[name])
    if isinstance(new.get("migrated_codes"), list):
        new["migrated_codes"] = [change(code) for code in new["migrated_codes"]]
    return new


def _opens(key: Fernet, text: str) -> bool:
    try:
        key.decrypt(text.removeprefix(_SEALED).encode())
    except InvalidToken:
        return False
    return text.startswith(_SEALED)


def _keys() -> Fernet | MultiFernet:
    return _field().fernet


def _field() -> WrappedKeyField:
    """Return the column that derives keys from FERNET_KEYS, so that there is one way to do it."""
    field = TenantKey._meta.get_field("wrapped")
    assert isinstance(field, WrappedKeyField)  # noqa: S101  for the type checker
    return field
