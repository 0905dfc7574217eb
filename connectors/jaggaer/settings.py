"""Settings and secret of a JAGGAER connection: what a customer enters, checked and completed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from connectors.base import SettingsError
from connectors.http.egress import EgressRefused, typed_address
from connectors.jaggaer.profile import validate

DEFAULT_PROFILE = "default"
_PROFILE_FILE = Path(__file__).with_name("profile.json")
_MOST_FAULTS = 50
_SLOWEST = 0.1  # requests a second

SETTINGS_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "JAGGAER",
    "additionalProperties": False,
    "required": ["base_url", "token_url"],
    "properties": {
        "base_url": {
            "type": "string",
            "title": "API address",
            "description": "The whole root, e.g. https://<gateway>.api.jaggaer.com/j1p/api/public",
            "minLength": 8,
            "maxLength": 500,
        },
        "token_url": {
            "type": "string",
            "title": "Token address",
            "description": "e.g. https://<gateway>.api.jaggaer.com/auth/realms/J1p-integrations"
            "/protocol/openid-connect/token",
            "minLength": 8,
            "maxLength": 500,
        },
        "profile": {
            "title": "Profile",
            "description": "'default', or the whole profile of your onboarding document",
            "default": DEFAULT_PROFILE,
            "anyOf": [{"const": DEFAULT_PROFILE}, {"type": "object"}],
        },
        "max_parallel": {
            "type": "integer",
            "title": "Requests at a time",
            "minimum": 1,
            "maximum": 50,
            "default": 2,
        },
        "requests_per_second": {
            "type": "number",
            "title": "Requests a second",
            "minimum": _SLOWEST,
            "maximum": 1000,
            "default": 4,
        },
    },
}

SECRET_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["client_id", "client_secret"],
    "properties": {
        "client_id": {"type": "string", "title": "Client id", "minLength": 1, "maxLength": 2000},
        "client_secret": {
            "type": "string",
            "title": "Client secret",
            "minLength": 1,
            "maxLength": 2000,
            "writeOnly": True,
        },
    },
}


@dataclass(frozen=True, slots=True)
class JaggaerSettings:
    """Checked settings; `profile` is the raw profile itself, whoever wrote it."""

    base_url: str
    token_url: str
    profile: Mapping[str, Any] = field(repr=False)
    max_parallel: int = 2
    requests_per_second: float = 4.0


def parse_settings(raw: Mapping[str, Any]) -> JaggaerSettings:
    """Check and complete settings. Raises SettingsError with the path of each wrong field, those
    inside the profile as `profile.<place>`."""
    wrong = _schema_faults(SETTINGS_SCHEMA, raw, "")
    addresses = {}
    for name in ("base_url", "token_url"):
        if name not in wrong:
            addresses[name] = _address(raw[name], name, wrong)
    profile = raw.get("profile", DEFAULT_PROFILE)
    if isinstance(profile, Mapping):
        for place, message in _profile_faults(profile, addresses):
            wrong.setdefault(f"profile.{place}" if place else "profile", []).append(message)
    if wrong:
        raise SettingsError(wrong)
    custom = isinstance(profile, Mapping)
    chosen = profile if custom else default_profile()
    throttle = (chosen["connection"].get("throttle") or {}) if custom else {}
    interval = throttle.get("minIntervalMs")
    pace = max(1000 / interval, _SLOWEST) if interval else 4
    return JaggaerSettings(
        **addresses,
        profile=chosen,
        max_parallel=raw.get("max_parallel", throttle.get("maxConcurrent", 2)),
        requests_per_second=float(raw.get("requests_per_second", pace)),
    )


def check_secret(raw: Mapping[str, Any]) -> None:
    """Raise SettingsError if the secret does not hold; its messages never show a value."""
    wrong: dict[str, list[str]] = {}
    for name in raw:
        if name not in SECRET_SCHEMA["properties"]:
            wrong[f"secret.{name}"] = ["Unknown field."]
    for name in SECRET_SCHEMA["required"]:
        value = raw.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > 2000:
            wrong[f"secret.{name}"] = ["This field is required."]
    if wrong:
        raise SettingsError(wrong)


def as_stored(raw: Mapping[str, Any], settings: JaggaerSettings) -> dict[str, Any]:
    """The settings as they are kept: completed, with the profile as it was given."""
    return {
        "base_url": settings.base_url,
        "token_url": settings.token_url,
        "profile": raw.get("profile", DEFAULT_PROFILE),
        "max_parallel": settings.max_parallel,
        "requests_per_second": settings.requests_per_second,
    }


@cache
def default_profile() -> Mapping[str, Any]:
    """The profile that ships with the product."""
    raw: Mapping[str, Any] = json.loads(_PROFILE_FILE.read_text(encoding="utf-8"))
    return raw


def _profile_faults(
    profile: Mapping[str, Any], addresses: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    text = json.dumps(profile, sort_keys=True, default=str)
    return _known_faults(text, tuple(sorted(addresses.items())))


@lru_cache(maxsize=64)
def _known_faults(text: str, addresses: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Faults of a profile by its text: connections are opened far oftener than profiles change."""
    return tuple(validate(json.loads(text), dict(addresses))[:_MOST_FAULTS])


def _address(text: str, name: str, wrong: dict[str, list[str]]) -> str:
    address = text.strip().rstrip("/")
    try:
        typed_address(address)
    except EgressRefused as error:
        wrong[name] = [error.message]
    if "?" in address:
        wrong[name] = ["Leave out what follows the question mark."]
    return address


def _schema_faults(
    schema: Mapping[str, Any], raw: Mapping[str, Any], prefix: str
) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    for error in Draft202012Validator(schema).iter_errors(_plain(raw)):
        place = prefix + ".".join(map(str, error.absolute_path))
        if error.validator == "required":
            for name in set(error.validator_value) - set(raw):
                wrong[name] = ["This field is required."]
        elif error.validator == "additionalProperties":
            for name in set(raw) - set(schema["properties"]):
                wrong[str(name)] = ["Unknown field."]
        elif place == "profile":
            wrong[place] = ["Enter 'default' or a whole profile as an object."]
        else:
            wrong.setdefault(place or "settings", []).append(error.message[:300])
    return wrong


def _plain(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The settings without Decimals, which the schema library does not take for numbers."""
    return {k: float(v) if isinstance(v, Decimal) else v for k, v in raw.items()}
