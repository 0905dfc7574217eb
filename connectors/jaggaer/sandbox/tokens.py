"""Client credentials and bearer tokens, in the current and the older form (JAGGAER contract 3)."""

import base64
import json
import secrets
import threading
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs

from connectors.jaggaer.sandbox.stamps import instant_text
from connectors.jaggaer.sandbox.switches import Switches
from connectors.sandboxing import Clock, Request, Response, Store, json_response

KEYCLOAK_PATH = "/auth/realms/J1p-integrations/protocol/openid-connect/token"
OLD_PATH = "/esop/jint/api/public/v1/tokens"
_TOKENS = "token"
_CLIENTS = "client"


@dataclass(frozen=True)
class Client:
    """Credentials of one customer of the gateway; they select the data set."""

    client_id: str
    secret: str
    dataset: str = "default"


class Tokens:
    """Issues tokens and knows whose they are; they outlive a restart like everything else."""

    def __init__(self, store: Store, clock: Clock, clients: tuple[Client, ...]) -> None:
        self._store = store
        self._clock = clock
        self._clients = {client.client_id: client for client in clients}
        self._lock = threading.Lock()

    def issue(self, request: Request, switches: Switches) -> Response:
        """Answer a token request in the form of the path it came to."""
        if switches.token_endpoint_status != 200:
            return Response(switches.token_endpoint_status, {"Content-Type": "text/html"}, b"down")
        if request.method != "POST":
            return json_response(405, {"error": "Method Not Allowed"})
        form = _form(request)
        client = self._client(request, form, switches)
        if client is None:
            return _refused(switches.invalid_client_error)
        if form.get("grant_type") != "client_credentials":
            text = "Unsupported grant_type"
            problem = {"error": "unsupported_grant_type", "error_description": text}
            return json_response(400, problem)
        old = request.path == OLD_PATH
        return self._old(client, switches) if old else self._keycloak(client, switches)

    def admit(self, client: Client) -> None:
        """Take one more customer in, for good; the same id again changes secret and data set."""
        kept = {"secret": client.secret, "dataset": client.dataset}
        self._store.put(_CLIENTS, client.client_id, kept)

    def dataset_of(self, request: Request, switches: Switches) -> str | None:
        """Return the data set the request's token gives access to; None: token not accepted."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or switches.refuses_tokens:
            return None
        with self._lock:
            known = self._store.get(_TOKENS, token)
            if known is None or known["ends"] <= self._clock.time():
                return None
            if switches.token_uses:
                return self._used(token, known, switches.token_uses)
        return known["dataset"]

    def revoke(self) -> int:
        """Kill all tokens; return how many there were."""
        with self._lock:
            count = self._store.count(_TOKENS)
            self._store.clear(_TOKENS)
        return count

    def _used(self, token: str, known: dict, uses: int) -> str | None:
        if known["used"] >= uses:
            return None
        self._store.put(_TOKENS, token, {**known, "used": known["used"] + 1})
        return known["dataset"]

    def _client(self, request: Request, form: dict, switches: Switches) -> Client | None:
        name, secret = form.get("client_id"), form.get("client_secret")
        kind, _, sent = request.headers.get("authorization", "").partition(" ")
        if switches.accepts_basic_client_auth and kind.lower() == "basic":
            name, _, secret = base64.b64decode(sent).decode().partition(":")
        client = self._customer(name or "")
        if client and secrets.compare_digest(client.secret.encode(), (secret or "").encode()):
            return client
        return None

    def _customer(self, name: str) -> Client | None:
        admitted = self._store.get(_CLIENTS, name)
        return Client(name, **admitted) if admitted else self._clients.get(name)

    def _keep(self, client: Client, lifetime: int, switches: Switches) -> str:
        header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode())
        token = f"{header.decode().rstrip('=')}.{secrets.token_urlsafe(24)}"
        now = self._clock.time()
        ends = now if switches.token_born_dead else now + lifetime
        with self._lock, self._store.transaction():
            for old, known in self._store.all(_TOKENS):
                if known["ends"] <= now:
                    self._store.delete(_TOKENS, old)
            self._store.put(
                _TOKENS, token, {"dataset": client.dataset, "ends": int(ends), "used": 0}
            )
        return token

    def _keycloak(self, client: Client, switches: Switches) -> Response:
        lifetime = switches.token_lifetime_seconds
        answer = {
            "access_token": self._keep(client, lifetime, switches),
            "expires_in": lifetime if switches.expires_in == "number" else str(lifetime),
            "refresh_expires_in": 0,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": "profile email",
        }
        if switches.expires_in == "absent":
            del answer["expires_in"]
        return json_response(200, answer, {"Cache-Control": "no-store"})

    def _old(self, client: Client, switches: Switches) -> Response:
        """Key `token`, lifetime in milliseconds, a little short of the round number."""
        lifetime = switches.old_token_lifetime_seconds
        ends = self._clock.now() + timedelta(seconds=lifetime)
        answer = {
            "token": self._keep(client, lifetime, switches),
            "resource": OLD_PATH,
            "token_type": "Bearer",
            "expire_on": instant_text(ends),
            "expire_in": max(lifetime * 1000 - 89, 0),
        }
        return json_response(200, answer)


def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "")
    if not kind.startswith("application/x-www-form-urlencoded"):
        return {}
    return {name: values[0] for name, values in parse_qs(request.body.decode("utf-8")).items()}


def _refused(error: str) -> Response:
    text = "Invalid client or Invalid client credentials"
    return json_response(401, {"error": error, "error_description": text})
