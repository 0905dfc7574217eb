"""Subscriptions: handshake, expiry, and notifications a while after a change (contract 7)."""

from __future__ import annotations

import http.client
import re
import secrets
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from connectors.nav.sandbox.catalogue import entity_sets
from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.errors import (
    NavError,
    bad_request,
    dialog,
    method_not_allowed,
)
from connectors.nav.sandbox.reading import etag
from connectors.nav.sandbox.records import Change, Record, Records
from connectors.nav.sandbox.routing import Segment, missing
from connectors.nav.sandbox.rules import Call
from connectors.nav.sandbox.switches import Switches
from connectors.nav.sandbox.values import NO_ID, instant_text, read_value
from connectors.nav.sandbox.writing import check_token
from connectors.sandboxing.clock import Clock
from connectors.sandboxing.messages import Request, Response, dumps, json_response

_RESOURCE = re.compile(
    r"^/?api/(?:[^/]+/[^/]+/)?v[\d.]+/companies\((?P<company>[0-9a-fA-F-]{36})\)/(?P<set>\w+)$"
)
_SENT = ("notificationUrl", "resource", "clientState")
_TRY_AGAIN = (408, 429)
_POLL_SECONDS = 0.02
_SEND_SECONDS = 30


@dataclass
class Parcel:
    """Notifications of one subscription that wait: resource -> (change, time)."""

    due: float
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    attempts: int = 0
    sent_at: float = 0.0


class Webhooks:
    """Keeps subscriptions and tells them what changed; one thread sends, while there is work."""

    def __init__(
        self,
        records: Records,
        clock: Clock,
        lock: threading.RLock,
        switches: Callable[[], Switches],
    ) -> None:
        self._records = records
        self._clock = clock
        self._lock = lock
        self._switches = switches
        self._tenant = Company(records, clock, "tenant")
        self._parcels: dict[str, Parcel] = {}
        self._sender: threading.Thread | None = None
        records.watchers.append(self._note)

    def clear(self) -> None:
        """Forget what waits to be sent."""
        with self._lock:
            self._parcels.clear()

    def drop_all(self) -> int:
        """Delete every subscription, as after a refused notification; return how many."""
        rows = list(self._tenant.all("subscriptions"))
        for row in rows:
            self._forget(row["id"])
        return len(rows)

    def kept(self) -> list[Record]:
        """Return the subscriptions that stand."""
        with self._lock:
            self._drop_expired()
            return list(self._tenant.all("subscriptions"))

    def waiting(self) -> bool:
        """Say whether a notification waits, or is on its way."""
        with self._lock:
            return bool(self._parcels) or self._sender is not None

    def handshake(self, request: Request, switches: Switches) -> None:
        """Check the callback of a new or renewed subscription, before any lock is taken."""
        if request.method not in ("POST", "PATCH"):
            return
        values = _values(request)
        if request.method == "POST":
            _check_required(values)
        url = values.get("notificationUrl")
        if url:
            token = secrets.token_hex(16)
            if not _echoes(url, token, switches.handshake_seconds):
                raise dialog(f"The notification URL '{url}' did not answer the validation request.")

    def answer(self, request: Request, segment: Segment, switches: Switches, root: str) -> Response:
        """List, show, create, renew or delete subscriptions."""
        self._drop_expired()
        if segment.key is None:
            return self._of_all(request, switches, root)
        key = segment.key.strip("'")
        record = self._tenant.get("subscriptions", key)
        if record is None:
            raise missing(Call(self._tenant, switches), "subscriptions", key)
        if request.method == "GET":
            return _shown(record, root, 200)
        if request.method not in ("PATCH", "DELETE"):
            raise method_not_allowed(request.method, "subscriptions")
        check_token(record, request.headers.get("if-match"), required=True)
        if request.method == "DELETE":
            self._forget(key)
            return Response(204)
        values = {**{k: record[k] for k in _SENT}, **_values(request)}
        return _shown(self._save(record, values, switches), root, 200)

    def supported(self, root: str, switches: Switches) -> dict[str, Any]:
        """Return the sets that take subscriptions, as webhookSupportedResources does."""
        names = [n for n, s in entity_sets().items() if _takes(n, s.webhook, switches)]
        return {
            "@odata.context": f"{root}$metadata#webhookSupportedResources",
            "value": [{"resource": f"v2.0/{name}"} for name in names],
        }

    def _of_all(self, request: Request, switches: Switches, root: str) -> Response:
        rows = self._tenant.all("subscriptions")
        if request.method == "GET":
            body = {
                "@odata.context": f"{root}$metadata#subscriptions",
                "value": [_public(row) for row in rows],
            }
            return json_response(200, body)
        if request.method != "POST":
            raise method_not_allowed(request.method, "subscriptions")
        if len(rows) >= switches.max_subscriptions:
            raise dialog("The maximum number of webhook subscriptions has been reached.")
        key = uuid.uuid4().hex
        moment = instant_text(self._clock.now())
        record = {
            "id": key,
            "subscriptionId": key,
            "userId": str(uuid.uuid5(uuid.NAMESPACE_URL, "connector")),
            "systemCreatedAt": moment,
            "systemCreatedBy": NO_ID,
            "systemModifiedBy": NO_ID,
            "clientState": "",
            "timestamp": 0,
        }
        return _shown(self._save(record, _values(request), switches), root, 201)

    def _save(self, record: Record, values: dict[str, Any], switches: Switches) -> Record:
        found = _RESOURCE.match(values["resource"])
        known = entity_sets().get(found["set"]) if found else None
        if found is None or known is None or not _takes(known.name, known.webhook, switches):
            raise dialog(f"The resource '{values['resource']}' does not support webhooks.")
        if self._tenant.get("companies", found["company"].lower()) is None:
            raise NavError(404, "Internal_CompanyNotFound", "The company could not be found.")
        expires = self._clock.now() + timedelta(days=switches.subscription_days)
        stored = self._tenant.put(
            "subscriptions",
            {
                **record,
                **values,
                "target": f"{found['company'].lower()}/{found['set']}",
                "expirationDateTime": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "systemModifiedAt": instant_text(self._clock.now()),
                "timestamp": record["timestamp"] + 1,
            },
        )
        return stored

    def _forget(self, key: str) -> None:
        self._parcels.pop(key, None)
        self._tenant.delete("subscriptions", {"id": key})

    def _drop_expired(self) -> None:
        now = self._clock.now()
        for row in self._tenant.all("subscriptions"):
            if datetime.fromisoformat(row["expirationDateTime"]).astimezone(UTC) <= now:
                self._forget(row["id"])

    def _note(self, changes: list[Change]) -> None:
        """Remember committed changes for the subscriptions they concern."""
        if self._switches().notifications_lost:
            return
        for change in changes:
            for row in self._records.find("tenant/subscriptions", "target", change.collection):
                self._wrap(row["id"], change)

    def _wrap(self, key: str, change: Change) -> None:
        delay = self._switches().notification_delay
        parcel = self._parcels.setdefault(key, Parcel(self._clock.time() + delay))
        word = "updated" if change.old and change.new else "created" if change.new else "deleted"
        record = change.new or change.old or {}
        company, set_name = change.collection.split("/")
        resource = f"api/v2.0/companies({company})/{set_name}({change.key})"
        known = parcel.changes.get(resource, ("", ""))[0]
        word = known if known == "created" and word == "updated" else word
        parcel.changes[resource] = (word, record.get("lastModifiedDateTime", ""))
        if self._sender is None or not self._sender.is_alive():
            self._sender = threading.Thread(target=self._send_all, daemon=True)
            self._sender.start()

    def _send_all(self) -> None:
        """Send what falls due until nothing is left."""
        pause = threading.Event()
        while True:
            with self._lock:
                self._drop_expired()
                self._records.commit()
                if not self._parcels:
                    self._sender = None
                    return
                due = self._take_due()
            for url, group in due.items():
                self._deliver(url, group)
            pause.wait(_POLL_SECONDS)

    def _take_due(self) -> dict[str, dict[str, Parcel]]:
        """Take what is due out of the waiting parcels, by address."""
        now = self._clock.time()
        groups: dict[str, dict[str, Parcel]] = {}
        for key in [key for key, parcel in self._parcels.items() if parcel.due <= now]:
            row = self._tenant.get("subscriptions", key)
            parcel = self._parcels.pop(key)
            parcel.sent_at = now
            if row is not None:
                groups.setdefault(row["notificationUrl"], {})[key] = parcel
        return groups

    def _deliver(self, url: str, group: dict[str, Parcel]) -> None:
        with self._lock:
            value = [note for key, parcel in group.items() for note in self._notes(key, parcel)]
        status = _send(url, dumps({"value": value}).encode())
        with self._lock:
            if status is not None and 200 <= status < 300:
                return
            for key, parcel in group.items():
                self._after_failure(key, parcel, status)
            self._records.commit()

    def _after_failure(self, key: str, parcel: Parcel, status: int | None) -> None:
        """Try again later after silence, 408, 429 or 5xx; anything else ends the subscription."""
        waits = self._switches().notification_waits
        again = status is None or status in _TRY_AGAIN or status >= 500
        if not again or parcel.attempts >= len(waits):
            self._forget(key)
            return
        later = self._parcels.get(key)
        changes = {**parcel.changes, **(later.changes if later else {})}
        due = parcel.sent_at + waits[parcel.attempts]
        self._parcels[key] = Parcel(due, changes, parcel.attempts + 1)

    def _notes(self, key: str, parcel: Parcel) -> Iterator[dict[str, str]]:
        row = self._tenant.get("subscriptions", key)
        if row is None:
            return
        shared = {
            "subscriptionId": key,
            "clientState": self._switches().notification_state or row["clientState"],
            "expirationDateTime": row["expirationDateTime"],
        }
        changes = parcel.changes
        if len(changes) > self._switches().collection_threshold:
            first = min(at for _, at in changes.values())
            moment = datetime.fromisoformat(first) - timedelta(milliseconds=50)
            text = quote(f"lastModifiedDateTime gt {instant_text(moment)}", safe=":")
            resource = next(iter(changes)).rsplit("(", 1)[0] + f"?$filter={text}"
            changes = {resource: ("collection", first)}
        for resource, (word, moment) in changes.items():
            yield {
                **shared,
                "resource": resource,
                "changeType": word,
                "lastModifiedDateTime": moment,
            }


def _takes(name: str, documented: bool, switches: Switches) -> bool:
    return documented or (name == "purchaseOrders" and switches.orders_take_subscriptions)


def _values(request: Request) -> dict[str, Any]:
    fields = entity_sets()["subscriptions"].fields
    try:
        body = request.json()
    except ValueError as error:
        raise bad_request(f"Invalid JSON in the request body: {error}") from None
    if not isinstance(body, dict):
        raise bad_request("The request body must be a JSON object.")
    unknown = next((name for name in body if name not in _SENT), None)
    if unknown:
        raise bad_request(
            f"Could not find a property named '{unknown}' on type 'Microsoft.NAV.subscriptions'."
        )
    return {name: read_value(fields[name], raw) for name, raw in body.items()}


def _check_required(values: dict[str, Any]) -> None:
    for name in ("notificationUrl", "resource"):
        if not values.get(name):
            raise NavError(
                400,
                "BadRequest_RequiredParamNotProvided",
                f"Field '{name}' must not be blank or empty.",
            )


def _public(record: Record) -> dict[str, Any]:
    names = entity_sets()["subscriptions"].fields
    return {"@odata.etag": etag(record), **{name: record.get(name, "") for name in names}}


def _shown(record: Record, root: str, status: int) -> Response:
    context = {"@odata.context": f"{root}$metadata#subscriptions/$entity"}
    return json_response(status, {**context, **_public(record)})


def _echoes(url: str, token: str, seconds: float) -> bool:
    """Say whether a callback answers 200 with the validation token as its body."""
    status, body = _post(url, b"", seconds, {"validationToken": token})
    return status == 200 and body.decode("utf-8", "replace").strip() == token


def _send(url: str, body: bytes) -> int | None:
    """POST one payload; return the status, None if there was no answer."""
    return _post(url, body, _SEND_SECONDS, {})[0]


def _post(url: str, body: bytes, seconds: float, extra: dict[str, str]) -> tuple[int | None, bytes]:
    """POST to a callback, directly and without following redirects; (None, b"") for silence."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(extra))))
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname:
        return None, b""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "clientRequestId": str(uuid.uuid4()),
        "x-ms-correlation-id": str(uuid.uuid4()),
    }
    try:
        connection = kinds[parts.scheme](parts.hostname, parts.port, timeout=seconds)
        connection.request("POST", f"{parts.path or '/'}?{query}".rstrip("?"), body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(65_536)
    except (OSError, http.client.HTTPException):
        return None, b""
