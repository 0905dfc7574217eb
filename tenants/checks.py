"""What must be configured before anything may start."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

_SHORTEST = 32


@register(Tags.security)
def fernet_keys(app_configs: Any = None, **kwargs: Any) -> Sequence[CheckMessage]:
    """Refuse to run without FERNET_KEYS: the package would quietly fall back to SECRET_KEY."""
    keys = getattr(settings, "FERNET_KEYS", None)
    if not isinstance(keys, list | tuple) or not keys:
        return [
            Error(
                "FERNET_KEYS is not set, so nothing wraps the tenants' data keys.",
                hint="Set it to one or more random keys of 32 bytes, the newest first.",
                id="tenants.E001",
            )
        ]
    if any(len(key) < _SHORTEST for key in keys):
        return [
            Error(
                f"FERNET_KEYS holds a key of fewer than {_SHORTEST} characters.",
                hint="Use 32 random bytes, e.g. from `openssl rand -base64 32`; no password.",
                id="tenants.E002",
            )
        ]
    return []
