"""Settings and secret of a NAV connection: what a customer types, checked and completed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from jsonschema import Draft202012Validator

from audit.redaction import is_secret_name
from connectors.base import SettingsError
from connectors.http.egress import EgressRefused, typed_address
from connectors.nav.odata import code

CLOUD_HOST = "api.businesscentral.dynamics.com"
CLOUD_SCOPE = f"https://{CLOUD_HOST}/.default"
_TOKEN_HOST = "https://login.microsoftonline.com"
_ROOT_ENDINGS = ("api/v2.0/", "api/v1.0/", "api/beta/", "ODataV4/", "odatav4/")

PAGE_SERVICES = {
    "vendor": "page 26",
    "purchase_order": "page 50",
    "purchase_invoice": "page 51",
    "purchase_credit_memo": "page 52",
    "general_journal": "page 39",
    "purchase_journal": "page 254",
    "vendor_ledger_entry": "page 29",
    "posted_purchase_invoice": "page 138",
    "account": "page 18 or 16",
    "dimension_value": "page 537",
    "payment_terms": "page 4",
    "currency": "page 5",
}

_SCOPE_NAME = r"[\x21\x23-\x5b\x5d-\x7e]+"
_SCOPE = f"^({_SCOPE_NAME}( {_SCOPE_NAME})*)?$"
_TENANT = r"^[^\s\x00-\x1f\x7f]*$"
# Names stand in paths: none of these is in an OData identifier, letters of any language are.
_SERVICE_NAME = r"^[^\s\x00-\x1f\x7f!-,/:-@\[-^`{-~]+$"
_ADDRESS = "^https?://"
_TOKEN_ADDRESS = "^(https?://.*)?$"
_CURRENCY = "^([A-Za-z]{3})?$"
_PATTERNS_IN_WORDS = {
    _ADDRESS: "An address begins with https:// and names a server.",
    _TOKEN_ADDRESS: "An address begins with https:// and names a server.",
    _CURRENCY: "A currency is an ISO code of three letters, e.g. GBP.",
    _SCOPE: "Names of visible ASCII characters, without quotes and backslashes, one blank between.",
    _TENANT: "A tenant's name holds no blanks.",
    _SERVICE_NAME: "A service's name holds letters, digits, underscores, hyphens and dots only:"
    " take it as $metadata shows it.",
}

SETTINGS_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "Microsoft Dynamics NAV / Business Central",
    "additionalProperties": False,
    "required": ["base_url"],
    "properties": {
        "base_url": {
            "type": "string",
            "title": "Base address",
            "description": f"https://{CLOUD_HOST}/v2.0/<tenant>/<environment>/ in the cloud, "
            "https://server:7048/<instance>/ on premises.",
            "minLength": 8,
            "maxLength": 500,
            "pattern": _ADDRESS,
        },
        "dialect": {
            "title": "Dialect",
            "enum": ["auto", "api", "pages"],
            "default": "auto",
            "description": "api: API v2.0; pages: published page web services; auto: what is there",
        },
        "auth": {"title": "Log-in", "enum": ["oauth2", "basic"], "default": "oauth2"},
        "token_url": {
            "type": "string",
            "title": "Token address",
            "description": "In the cloud it is made from the base address.",
            "maxLength": 500,
            "pattern": _TOKEN_ADDRESS,
        },
        "scope": {
            "type": "string",
            "title": "Scope",
            "description": "Names with one blank between them (RFC 6749, section 3.3)",
            "maxLength": 500,
            "pattern": _SCOPE,
        },
        "tenant": {
            "type": "string",
            "title": "Tenant of a multitenant server on premises",
            "maxLength": 100,
            "pattern": _TENANT,
        },
        "page_services": {
            "type": "object",
            "title": "Names of published page web services",
            "additionalProperties": False,
            "properties": {
                key: {
                    "type": "string",
                    "title": page,
                    "minLength": 1,
                    "maxLength": 250,
                    "pattern": _SERVICE_NAME,
                }
                for key, page in PAGE_SERVICES.items()
            },
        },
        "local_currency": {
            "type": "string",
            "title": "Local currency",
            "description": "ISO code, e.g. GBP. For pages, where General Ledger Setup (page 118) is"
            " not published",
            "pattern": _CURRENCY,
        },
        "shortcut_dimensions": {
            "type": "array",
            "title": "Shortcut dimensions 1 to 8",
            "description": "Their codes in order, e.g. DEPARTMENT, CUSTOMERGROUP. For pages, where"
            " General Ledger Setup (page 118) is not published",
            "maxItems": 8,
            "items": {"type": "string", "maxLength": 20},
        },
        "max_parallel": {
            "type": "integer",
            "title": "Requests at a time",
            "minimum": 1,
            "maximum": 50,
            "default": 5,
        },
        "requests_per_5_minutes": {
            "type": "integer",
            "title": "Requests in five minutes",
            "minimum": 10,
            "maximum": 1_000_000,
            "default": 6000,
        },
        "timeout_seconds": {
            "type": "integer",
            "title": "Longest time for one request, in seconds",
            "minimum": 1,
            "maximum": 900,
            "default": 60,
        },
        "settle_seconds": {
            "type": "integer",
            "title": "Seconds after which the server can no longer apply a request",
            "description": "8 minutes in the queue, 8 minutes of work, 1 minute of margin",
            "minimum": 0,
            "maximum": 7200,
            "default": 1020,
        },
    },
}

_TEXT = {"type": "string", "minLength": 1, "maxLength": 2000}
SECRET_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "client_id": {**_TEXT, "title": "Client id"},
        "client_secret": {**_TEXT, "title": "Client secret", "writeOnly": True},
        "username": {**_TEXT, "title": "User name"},
        "password": {**_TEXT, "title": "Web service access key", "writeOnly": True},
    },
    "anyOf": [
        {"required": ["client_id", "client_secret"]},
        {"required": ["username", "password"]},
    ],
}


@dataclass(frozen=True, slots=True)
class NavSettings:
    """Checked settings; `base_url` ends with a slash and names neither API nor company."""

    base_url: str
    dialect: str = "auto"
    auth: str = "oauth2"
    token_url: str = ""
    scope: str = ""
    tenant: str = ""
    page_services: Mapping[str, str] = field(default_factory=dict)
    local_currency: str = ""
    shortcut_dimensions: list[str] = field(default_factory=list)
    max_parallel: int = 5
    requests_per_5_minutes: int = 6000
    timeout_seconds: int = 60
    settle_seconds: int = 1020

    @property
    def is_cloud(self) -> bool:
        return urlsplit(self.base_url).hostname == CLOUD_HOST


@dataclass(frozen=True, slots=True)
class NavSecret:
    """Client id and secret, or user name and web service access key."""

    identity: str
    key: str = field(repr=False)


def parse_settings(raw: Mapping[str, Any]) -> NavSettings:
    """Check and complete settings, without blanks around texts. Raises SettingsError with the path
    of each wrong field."""
    values = _stripped(raw)
    _check(SETTINGS_SCHEMA, values)
    values["base_url"] = _root(_typed("base_url", values["base_url"]))
    values["local_currency"] = code(values.get("local_currency") or "")
    values["shortcut_dimensions"] = [code(name) for name in values.get("shortcut_dimensions") or ()]
    settings = NavSettings(**values)
    if settings.auth != "oauth2":
        return settings
    token_url = settings.token_url or _cloud_token_url(settings)
    if not token_url:
        raise SettingsError({"token_url": ["Required for OAuth 2.0 outside the cloud."]})
    values["token_url"] = _without_credentials(_typed("token_url", token_url))
    values["scope"] = settings.scope or _usual_scope(settings, token_url)
    return NavSettings(**values)


def _stripped(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _stripped(part) for key, part in value.items()}
    return value.strip() if isinstance(value, str) else value


def _usual_scope(settings: NavSettings, token_url: str) -> str:
    """Return what Microsoft Entra has to be asked for; servers on premises take the same audience
    (NAV contract, section 2.2). Another token host says itself what it wants."""
    is_entra = token_url.startswith(f"{_TOKEN_HOST}/")
    return CLOUD_SCOPE if settings.is_cloud or is_entra else ""


def parse_secret(raw: Mapping[str, Any], settings: NavSettings) -> NavSecret:
    """Check a secret against the log-in the settings ask for. Raises SettingsError; the messages
    name fields, never their values."""
    names = ("client_id", "client_secret")
    if settings.auth == "basic":
        names = ("username", "password")
    wrong: dict[str, list[str]] = {
        key: ["Unknown field."] for key in raw if key not in SECRET_SCHEMA["properties"]
    }
    for name in names:
        value = raw.get(name)
        if not isinstance(value, str) or not value.strip():
            wrong[name] = ["Required for this log-in."]
    if wrong:
        raise SettingsError(wrong)
    return NavSecret(str(raw[names[0]]), str(raw[names[1]]))


def _check(schema: Mapping[str, Any], raw: Mapping[str, Any]) -> None:
    wrong: dict[str, list[str]] = {}
    for error in Draft202012Validator(schema).iter_errors(raw):
        for path, message in _places(error):
            wrong.setdefault(path, []).append(message)
    if wrong:
        raise SettingsError(wrong)


def _places(error: Any) -> list[tuple[str, str]]:
    """Return path and words of one schema error; missing and unknown fields name themselves."""
    path = ".".join(str(part) for part in error.absolute_path)
    prefix = f"{path}." if path else ""
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return [(prefix + name, "This field is required.") for name in missing]
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = [name for name in error.instance if name not in known]
        return [(prefix + str(name), "Unknown field.") for name in unknown]
    if error.validator == "minLength":
        return [(path, "This is too short.")]
    in_words = error.validator == "pattern" and _PATTERNS_IN_WORDS.get(error.validator_value)
    return [(path or "settings", in_words or error.message[:300])]


def _typed(name: str, text: str) -> str:
    """Return an address as a person typed it; raises SettingsError where it is none."""
    try:
        return typed_address(text)
    except EgressRefused as error:
        raise SettingsError({name: [error.message]}) from None


def _root(base_url: str) -> str:
    """Return the address without API path, query and company; raises SettingsError."""
    parts = urlsplit(base_url)
    if parts.query or parts.fragment:
        raise SettingsError(
            {
                "base_url": [
                    "Leave out what follows ? or #; a server's tenant is a field of its own."
                ]
            }
        )
    path = parts.path.rstrip("/") + "/"
    for ending in _ROOT_ENDINGS:
        path = path.removesuffix(ending)
    return f"{parts.scheme.lower()}://{parts.netloc}{path}"


def _without_credentials(token_url: str) -> str:
    """Return the address as it is; raises SettingsError where a secret would lie in the open."""
    if any(is_secret_name(name) for name, _ in parse_qsl(urlsplit(token_url).query)):
        raise SettingsError({"token_url": ["Credentials belong into the secret."]})
    return token_url


def _cloud_token_url(settings: NavSettings) -> str:
    """Return the token address of the tenant in a cloud address `/v2.0/<tenant>/<environment>/`."""
    steps = [step for step in urlsplit(settings.base_url).path.split("/") if step]
    if not settings.is_cloud or len(steps) < 3 or steps[0] != "v2.0":
        return ""
    return f"{_TOKEN_HOST}/{quote(steps[1], safe='.-')}/oauth2/v2.0/token"
