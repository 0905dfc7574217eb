"""How a connection proves who it is: OAuth 2.0 client credentials, or user and key.

Tokens are fetched with oauthlib's `BackendApplicationClient`. Servers differ in how they name the
token and its lifetime, so both are looked up by path: Keycloak's `access_token` and `expires_in`
(seconds), and the older JAGGAER form `token` and `expire_in` (milliseconds).
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from oauthlib.oauth2 import BackendApplicationClient

from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    RateLimited,
    TemporaryError,
    UnexpectedAnswer,
)
from connectors.http.answer import Answer
from connectors.http.retry_after import parse_retry_after
from connectors.http.tokens import MemoryTokenStore, Token, TokenStore

Post = Callable[[str, bytes, Mapping[str, str]], Answer]

_REFUSED = {"invalid_client", "unauthorized_client", "access_denied", "invalid_grant"}
_FORM = "application/x-www-form-urlencoded"
_HOLD_OFF_SECONDS = 30.0


class Auth(Protocol):
    """Adds credentials to requests; `post` is lent by the session for token calls."""

    @property
    def reauth_statuses(self) -> frozenset[int]:
        """Statuses that mean the credentials of a request were refused."""

    def headers(self, post: Post) -> Mapping[str, str]:
        """The headers to send; may fetch a token."""

    def renewed(self, refused: Mapping[str, str], post: Post) -> Mapping[str, str] | None:
        """Fresh headers after `refused` ones, or None if there is nothing to renew."""


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """User name and password, or user name and web service access key."""

    username: str
    password: str = field(repr=False)
    reauth_statuses: frozenset[int] = frozenset({401})

    def headers(self, post: Post) -> Mapping[str, str]:
        return {"Authorization": _basic(self.username, self.password)}

    def renewed(self, refused: Mapping[str, str], post: Post) -> Mapping[str, str] | None:
        return None


@dataclass(kw_only=True)
class ClientCredentials:
    """OAuth 2.0 client credentials with early refresh and one re-fetch after a refusal.

    `refresh_early_seconds` is capped at a quarter of the lifetime, `max_lifetime` caps what the
    server claims, `fallback_lifetime` serves where it claims nothing readable. All in seconds.
    """

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None
    client_auth: str = "body"  # or "basic"
    extra_params: Mapping[str, str] = field(default_factory=dict)
    token_paths: tuple[str, ...] = ("access_token", "token")
    expiry_paths: tuple[tuple[str, str], ...] = (("expires_in", "s"), ("expire_in", "ms"))
    refresh_early_seconds: float = 60.0
    fallback_lifetime: float = 300.0
    max_lifetime: float = 3600.0
    reauth_statuses: frozenset[int] = frozenset({401})
    tokens: TokenStore = field(default_factory=MemoryTokenStore, repr=False)
    clock: Callable[[], float] = field(default=time.time, repr=False)

    def __post_init__(self) -> None:
        self.reauth_statuses = frozenset(self.reauth_statuses)
        self._hold_off_until = 0.0
        parts = (self.token_url, self.client_id, self.client_secret, self.scope or "")
        self.key = hashlib.sha256("\x00".join(parts).encode()).hexdigest()

    def headers(self, post: Post) -> Mapping[str, str]:
        """Authorization with a token that is good for now.

        A token endpoint that is away while the running token still holds delays nothing: the
        running token is used to its end, and the endpoint is left alone for half a minute.
        """
        token = self.tokens.current(self.key)
        now = self.clock()
        if token is not None and now < token.refresh_at:
            return _bearer(token)
        if token is not None and now < min(token.expires_at, self._hold_off_until):
            return _bearer(token)
        try:
            return _bearer(self.tokens.renew(self.key, token, lambda: self.fetch(post)))
        except TemporaryError:
            if token is None or now >= token.expires_at:
                raise
            self._hold_off_until = now + _HOLD_OFF_SECONDS
            return _bearer(token)

    def renewed(self, refused: Mapping[str, str], post: Post) -> Mapping[str, str] | None:
        """Fetch a new token unless somebody did so since `refused` was sent."""
        stale = self.tokens.current(self.key)
        if stale is not None and _bearer(stale) != refused:
            return _bearer(stale)
        return _bearer(self.tokens.renew(self.key, stale, lambda: self.fetch(post)))

    def fetch(self, post: Post) -> Token:
        """Ask for a token. Raises AuthenticationError, ConfigurationError or TemporaryError.

        A token that is dead on arrival is asked for once more before it counts as an error.
        """
        for _ in range(2):
            answer, received_at = self._ask(post), self.clock()
            lifetime = self._lifetime(answer)
            if lifetime > 0:
                early = min(self.refresh_early_seconds, lifetime / 4)
                ends = received_at + lifetime
                return Token(self._value(answer), refresh_at=ends - early, expires_at=ends)
        raise AuthenticationError(
            "The token address hands out tokens that have already expired.", code="token_expired"
        )

    def lifetime_claimed(self, post: Post) -> tuple[float, str]:
        """The lifetime in seconds a fresh token claims, and where it says so (for the check)."""
        answer = self._ask(post)
        self._value(answer)
        for path, unit in self.expiry_paths:
            seconds = _seconds(_member(answer, path), unit)
            if seconds is not None:
                return seconds, f"{path} ({unit})"
        return self.fallback_lifetime, "nothing readable, our own default"

    def _ask(self, post: Post) -> dict[str, Any]:
        client = BackendApplicationClient(self.client_id)
        headers = {"Content-Type": _FORM, "Accept": "application/json"}
        secret: dict[str, str] = {}
        if self.client_auth == "basic":
            headers["Authorization"] = _basic(self.client_id, self.client_secret)
        else:
            secret["client_secret"] = self.client_secret
        body = client.prepare_request_body(
            scope=self.scope or None,
            include_client_id=self.client_auth != "basic",
            **secret,
            **self.extra_params,
        )
        answer = post(self.token_url, body.encode(), headers)
        values = _readable(answer)
        _raise_for_status(answer, values)
        self._require_scope(values)
        return values

    def _value(self, values: Mapping[str, Any]) -> str:
        found = next((v for p in self.token_paths if (v := _member(values, p))), None)
        if not isinstance(found, str):
            names = " or ".join(self.token_paths)
            raise ConfigurationError(
                f"The answer of the token address holds no token ({names}).", code="token_missing"
            )
        standard = json.dumps({"access_token": found, "token_type": "Bearer"})
        client = BackendApplicationClient(self.client_id)
        return str(client.parse_request_body_response(standard)["access_token"])

    def _lifetime(self, values: Mapping[str, Any]) -> float:
        for path, unit in self.expiry_paths:
            seconds = _seconds(_member(values, path), unit)
            if seconds is not None:
                return min(seconds, self.max_lifetime)
        return self.fallback_lifetime

    def _require_scope(self, values: Mapping[str, Any]) -> None:
        granted = values.get("scope")
        if not self.scope or not isinstance(granted, str):
            return
        asked = {name for name in self.scope.split() if not name.endswith("/.default")}
        missing = sorted(asked - set(granted.split()))
        if missing:
            raise AuthenticationError(
                f"The server granted fewer rights than asked for; missing: {', '.join(missing)}.",
                code="scope_missing",
            )


def _readable(answer: Answer) -> dict[str, Any]:
    """The members of a token answer; empty where it is not a JSON object."""
    try:
        values = answer.plain_json()
    except UnexpectedAnswer:
        return {}
    return values if isinstance(values, dict) else {}


def _raise_for_status(answer: Answer, values: Mapping[str, Any]) -> None:
    error = str(values.get("error") or "")
    facts = {
        "status": answer.status,
        "request_id": answer.request_id,
        "detail": f"HTTP {answer.status} {error}".strip(),
    }
    if answer.status == 429:
        wait = parse_retry_after(answer.headers.get("Retry-After"), default=15.0)
        raise RateLimited("The token address asks us to wait.", retry_after=wait or 0.0, **facts)
    if answer.status >= 500 or answer.status == 408:
        raise TemporaryError("The token address is out of order.", code="token_away", **facts)
    if error in _REFUSED or answer.status == 401:
        raise AuthenticationError(
            "The client id or client secret was refused by the token address.",
            code="invalid_client",
            **facts,
        )
    if answer.status in (403, 404, 405, 410) or 300 <= answer.status < 400 or error:
        raise ConfigurationError(
            f"The token address does not hand out tokens (HTTP {answer.status} {error}).".replace(
                " )", ")"
            ),
            code="token_url",
            **facts,
        )
    if answer.status >= 400:
        raise AuthenticationError("The token address refused us.", code="token_refused", **facts)
    if not values:
        raise TemporaryError(
            "The token address answers with a web page or something else that is not JSON.",
            code="token_away",
            **facts,
        )


def _member(values: Any, path: str) -> Any:
    """What stands at a path; of a list, which `name[]` may say, its first element."""
    for name in path.split("."):
        if not isinstance(values, dict):
            return None
        values = values.get(name.removesuffix("[]"))
        if isinstance(values, list):
            values = next(iter(values), None)
    return values


def _seconds(value: Any, unit: str) -> float | None:
    """A lifetime as number or text; None where it cannot be read."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    return float(number / 1000 if unit == "ms" else number)


def _bearer(token: Token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.value}"}


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
