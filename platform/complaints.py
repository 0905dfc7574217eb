"""What makes settings unusable: wrong everywhere, or unsafe in production."""

from __future__ import annotations

import base64
import binascii
from ipaddress import ip_network
from typing import Any

_REQUIRED = ("SECRET_KEY", "FERNET_KEYS", "DATABASE_URL", "BROKER_URL")
_KEPT_A_WHILE = (
    "KEEP_MAILS_DAYS",
    "KEEP_LOCKOUTS_DAYS",
    "KEEP_PREVIEWS_DAYS",
    "KEEP_ANSWERS_HOURS",
)


def complaints(settings: Any) -> list[str]:
    """Return what makes these settings unusable, one clause each; production is stricter."""
    found = _everywhere(settings)
    if settings.PRODUCTION:
        found += [(not getattr(settings, name), f"{name} is missing") for name in _REQUIRED]
        found += _in_production(settings)
    return [clause for is_wrong, clause in found if is_wrong]


def _everywhere(settings: Any) -> list[tuple[bool, str]]:
    keys, launcher = settings.FERNET_KEYS, settings.EMBEDDED_LAUNCHER
    shortest = min(getattr(settings, name) for name in _KEPT_A_WHILE)
    return [
        (
            not all(map(_is_fernet_key, keys)),
            "FERNET_KEYS must hold 32 random bytes each, in URL-safe base64, separated by commas",
        ),
        (
            settings.EGRESS_MODE not in ("hosted", "selfhosted"),
            "EGRESS_MODE is hosted or selfhosted",
        ),
        (
            launcher not in ("", "direct", "namespace", "nobody"),
            "EMBEDDED_LAUNCHER is direct, namespace or nobody",
        ),
        (settings.DATABASE_ROLE not in ("app", "owner"), "DATABASE_ROLE is app or owner"),
        (shortest < 1, f"{', '.join(_KEPT_A_WHILE[:-1])} and {_KEPT_A_WHILE[-1]} are 1 or more"),
        (
            min(settings.KEEP_PAYLOADS_DAYS, settings.KEEP_CLOSED_DAYS) < 0,
            "KEEP_PAYLOADS_DAYS and KEEP_CLOSED_DAYS are 0 (for good) or more",
        ),
        (
            settings.MAIL_SECURITY not in ("starttls", "tls", "none"),
            "MAIL_SECURITY is starttls, tls or none",
        ),
    ]


def _in_production(settings: Any) -> list[tuple[bool, str]]:
    return [
        (settings.DEBUG, "DEBUG must be off"),
        (0 < len(settings.SECRET_KEY) < 50, "SECRET_KEY is shorter than 50 characters"),
        (settings.SANDBOXES, "SANDBOXES must be off"),
        (not settings.STAFF_TOTP and not settings.SANDBOXES, "STAFF_TOTP must be on"),
        (not settings.MAIL_VERIFICATION, "MAIL_VERIFICATION must be on"),
        (settings.MAIL_VERIFICATION and not settings.EMAIL_HOST, "MAIL_HOST is missing"),
        (not settings.PUBLIC_URL.startswith("https://"), "PUBLIC_URL must begin with https://"),
        (
            any(map(_reaches_loopback, settings.EGRESS_ALLOW)),
            "EGRESS_ALLOW must not name loopback",
        ),
    ]


def _is_fernet_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key.encode())) == 32
    except (binascii.Error, ValueError):
        return False


def _reaches_loopback(entry: str) -> bool:
    """Say whether an entry of EGRESS_ALLOW (network or host, perhaps ports) is this machine."""
    place = entry.split("]")[0].strip("[") if entry.count(":") != 1 else entry.split(":")[0]
    try:
        network = ip_network(place, strict=False)
    except ValueError:
        return place == "localhost" or place.endswith(".localhost")
    loopback = ip_network("127.0.0.0/8" if network.version == 4 else "::1/128")
    return network.overlaps(loopback)
