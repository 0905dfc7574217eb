"""Who calls: client credentials in the shape of Entra, and web service keys (contract 2)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus

from connectors.nav.sandbox.errors import unauthenticated
from connectors.nav.sandbox.records import Records
from connectors.nav.sandbox.switches import Switches
from connectors.sandboxing.clock import Clock
from connectors.sandboxing.messages import Request, Response, json_response

_COLLECTION = "tenant/auth"
TOKEN_PATHS = ("/token", "/oauth2/token", "/oauth2/v2.0/token")


class TokenRefused(Exception):
    """A refusal of the token endpoint: error word, Entra code, text, status."""

    def __init__(self, status: int, error: str, code: int, text: str) -> None:
        super().__init__(text)
        self.status, self.error, self.code, self.text = status, error, code, text


class Gate:
    """Issues tokens and checks them.

    Tokens carry their own proof (an HMAC), so they outlive a restart, and so do clients that were
    admitted or changed while it ran. `clients` maps client id to secret, `keys` user name to web
    service access key.
    """

    def __init__(
        self,
        records: Records,
        clock: Clock,
        clients: Mapping[str, str],
        keys: Mapping[str, str],
    ) -> None:
        self._records = records
        self._clock = clock
        self._clients = dict(clients)
        self._keys = dict(keys)

    def prepare(self) -> None:
        """Make the signing key, once per state; know the clients of the last start."""
        if self._records.get(_COLLECTION, "state") is None:
            state = {"key": secrets.token_hex(32), "epoch": 1}
            self._records.put(_COLLECTION, "state", state)
            self._records.commit()
        for client, secret in (self._records.get(_COLLECTION, "clients") or {}).items():
            self._take_client(client, secret)

    def is_token_path(self, path: str) -> bool:
        """Say whether a path is a token endpoint, with or without a tenant before it."""
        return path.rstrip("/").endswith(TOKEN_PATHS)

    def change_client(self, client: str, secret: str | None) -> None:
        """Set a client's secret anew, for good; None removes the client."""
        changed = self._records.get(_COLLECTION, "clients") or {}
        self._records.put(_COLLECTION, "clients", {**changed, client: secret})
        self._records.commit()
        self._take_client(client, secret)

    def _take_client(self, client: str, secret: str | None) -> None:
        if secret is None:
            self._clients.pop(client, None)
        else:
            self._clients[client] = secret

    def revoke(self) -> None:
        """Make every token issued so far worthless."""
        state = self._state()
        self._records.put(_COLLECTION, "state", {**state, "epoch": state["epoch"] + 1})
        self._records.commit()

    def issue(self, request: Request, switches: Switches) -> Response:
        """Answer a token request, refusals in the shape of the Entra token host."""
        try:
            client = self._authenticated_client(request)
        except TokenRefused as refusal:
            return self._refuse(refusal)
        lifetime = int(switches.token_lifetime)
        shown = switches.announced_lifetime
        token = self._sign(client, self._clock.time() + lifetime)
        announced = lifetime if shown is None else int(shown)
        body = {
            "token_type": "Bearer",
            "expires_in": announced,
            "ext_expires_in": announced,
            "access_token": token,
        }
        return json_response(200, body, {"Cache-Control": "no-store", "Pragma": "no-cache"})

    def user_of(self, request: Request, switches: Switches) -> str:
        """Return who sent a request; NavError 401 for anybody unknown."""
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        user = None
        if kind.lower() == "bearer":
            user = self._read(value.strip())
        elif kind.lower() == "basic":
            user = self._basic_user(value.strip())
        if user is None:
            raise unauthenticated(json_body=not switches.gateway_401)
        return user

    def _authenticated_client(self, request: Request) -> str:
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        client, secret = form.get("client_id", ""), form.get("client_secret")
        basic = request.headers.get("authorization", "")
        if basic.lower().startswith("basic "):
            pair = _decode_basic(basic[6:].strip()) or ("", "")
            client, secret = (unquote_plus(part) for part in pair)
        if request.method != "POST" or not form.get("grant_type"):
            raise TokenRefused(
                400, "invalid_request", 900144,
                "The request body must contain the following parameter: 'grant_type'.",
            )  # fmt: skip
        if form["grant_type"] != "client_credentials":
            raise TokenRefused(
                400, "unsupported_grant_type", 70003,
                f"The app requested an unsupported grant type '{form['grant_type']}'.",
            )  # fmt: skip
        self._check_scope(request.path, form)
        known = self._clients.get(client)
        if known is None:
            raise TokenRefused(
                400, "unauthorized_client", 700016,
                f"Application with identifier '{client}' was not found in the directory.",
            )  # fmt: skip
        if secret is None or not hmac.compare_digest(known.encode(), secret.encode()):
            raise TokenRefused(401, "invalid_client", 7000215, "Invalid client secret provided.")
        return client

    def _check_scope(self, path: str, form: Mapping[str, str]) -> None:
        """Entra wants a resource's default scope; a plain token endpoint does not ask."""
        if not path.rstrip("/").endswith("/oauth2/v2.0/token"):
            return
        scope = form.get("scope", "")
        if not scope:
            raise TokenRefused(
                400, "invalid_request", 900144,
                "The request body must contain the following parameter: 'scope'.",
            )  # fmt: skip
        if not scope.endswith("/.default"):
            raise TokenRefused(
                400, "invalid_scope", 1002012,
                f"The provided value for scope {scope} is not valid.",
            )  # fmt: skip

    def _refuse(self, refusal: TokenRefused) -> Response:
        trace, correlation = uuid.uuid4(), uuid.uuid4()
        moment = self._clock.now().strftime("%Y-%m-%d %H:%M:%SZ")
        body = {
            "error": refusal.error,
            "error_description": (
                f"AADSTS{refusal.code}: {refusal.text} Trace ID: {trace} "
                f"Correlation ID: {correlation} Timestamp: {moment}"
            ),
            "error_codes": [refusal.code],
            "timestamp": moment,
            "trace_id": str(trace),
            "correlation_id": str(correlation),
        }
        return json_response(refusal.status, body)

    def _state(self) -> dict:
        return self._records.get(_COLLECTION, "state") or {}

    def _sign(self, client: str, expires_at: float) -> str:
        state = self._state()
        claims = {"c": client, "e": expires_at, "g": state["epoch"], "n": secrets.token_hex(8)}
        payload = _encode(json.dumps(claims).encode())
        return f"{payload}.{_encode(_mac(state['key'], payload))}"

    def _read(self, token: str) -> str | None:
        """Return the client a token was issued to; None if forged, revoked or expired."""
        payload, _, proof = token.partition(".")
        state = self._state()
        expected = _encode(_mac(state["key"], payload))
        if not hmac.compare_digest(proof.encode(), expected.encode()):
            return None
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if claims["g"] != state["epoch"] or claims["e"] <= self._clock.time():
            return None
        return claims["c"] if claims["c"] in self._clients else None

    def _basic_user(self, value: str) -> str | None:
        pair = _decode_basic(value)
        known = self._keys.get(pair[0]) if pair else None
        if pair is None or known is None:
            return None
        return pair[0] if hmac.compare_digest(known.encode(), pair[1].encode()) else None


def _decode_basic(value: str) -> tuple[str, str] | None:
    try:
        user, colon, key = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, key) if colon else None


def _mac(key: str, payload: str) -> bytes:
    return hmac.new(bytes.fromhex(key), payload.encode(), hashlib.sha256).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
