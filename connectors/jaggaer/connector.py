"""JAGGAER as a source: what the engine asks of it, answered with client and translation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urlsplit

from connectors.base import (
    Entry,
    Finding,
    Found,
    Listing,
    PlannedRequest,
    Record,
    Side,
    Since,
    Step,
    Written,
)
from connectors.documents import Supplier, SupplierChange
from connectors.errors import (
    ConfigurationError,
    ConnectorError,
    RateLimited,
    TemporaryError,
    UnexpectedAnswer,
)
from connectors.http.auth import ClientCredentials
from connectors.http.limits import Limits
from connectors.http.session import Session
from connectors.jaggaer.check import Examination
from connectors.jaggaer.client import Client
from connectors.jaggaer.masking import masked, reads_accounts
from connectors.jaggaer.profile import Profile, Resource, compile_profile
from connectors.jaggaer.profile.validate import PLACEHOLDERS
from connectors.jaggaer.settings import (
    SECRET_SCHEMA,
    SETTINGS_SCHEMA,
    JaggaerSettings,
    as_stored,
    check_secret,
    parse_settings,
)
from connectors.jaggaer.translate import MAKERS, understand_with
from connectors.jaggaer.write_back import WriteBack, capabilities
from connectors.registry import Principal, Wiring, register

_ENDS_A_RUN = (RateLimited, ConfigurationError)
_MOST_FAILURES_IN_A_ROW = 3


@register
class JaggaerConnector:
    """Reads suppliers, purchase orders and invoices of one customer, as their profile says."""

    kind: ClassVar[str] = "jaggaer"
    label: ClassVar[str] = "JAGGAER"
    sides: ClassVar[tuple[Side, ...]] = (Side.SOURCE,)
    documentation: ClassVar[str] = "/docs/connectors/jaggaer/"
    settings_schema: ClassVar[Mapping[str, Any]] = SETTINGS_SCHEMA
    secret_schema: ClassVar[Mapping[str, Any]] = SECRET_SCHEMA

    def __init__(self, profile: Profile, session: Session) -> None:
        self.profile = profile
        self._session = session
        self._client = Client(session, profile)
        self._back = WriteBack(session, profile)
        self._keep_accounts = reads_accounts(profile.raw)
        self._salt = f"jaggaer {urlsplit(session.base_url).hostname}"

    @classmethod
    def parse(cls, settings: Mapping[str, Any], secret: Mapping[str, Any] | None) -> dict[str, Any]:
        """Check settings, and the secret unless None; returns the settings to store."""
        parsed = parse_settings(settings)
        if secret is not None:
            check_secret(secret)
        return as_stored(settings, parsed)

    @classmethod
    def principal(cls, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> Principal:
        parsed = parse_settings(settings)
        return Principal(
            host=urlsplit(parsed.base_url).hostname or "",
            user=str(secret["client_id"]),
            per_second=parsed.requests_per_second,
            max_parallel=parsed.max_parallel,
        )

    @classmethod
    def open(
        cls, settings: Mapping[str, Any], secret: Mapping[str, Any], wiring: Wiring
    ) -> JaggaerConnector:
        """Return a connector ready for use; speaks to nobody yet."""
        parsed = parse_settings(settings)
        profile = compile_profile(parsed.profile, _known(parsed, secret))
        session = Session(
            base_url=profile.filled(profile.connection["apiBaseUrl"]),
            auth=_credentials(profile, secret, wiring),
            limits=Limits(
                connect_seconds=profile.seconds("connect", 15),
                read_seconds=profile.seconds("detail", 120),
                total_seconds=profile.seconds("detail", 120),
            ),
            egress=wiring.egress,
            throttle=wiring.throttle,
            observer=wiring.observer,
            headers={
                name: profile.filled(text)
                for name, text in (profile.connection.get("headers") or {}).items()
            },
            connections=parsed.max_parallel,
            **_waits(profile.connection.get("retry") or {}),
        )
        return cls(profile, session)

    def close(self) -> None:
        self._session.close()

    def check(self) -> Iterator[Finding]:
        """Yield findings, reading only; a system that is wrong or away is a finding."""
        yield from Examination(self.profile, self._session, self._client, self.understand).run()

    def capabilities(self) -> Mapping[str, Any]:
        """What this customer's JAGGAER offers, as far as the profile knows."""
        write_back = self.profile.raw.get("writeBack") or {}
        return {
            "profile": self.profile.name,
            "resources": {flow: r.list.path for flow, r in self.profile.resources.items()},
            "segments": [segment.name for segment in self.profile.coding.segments],
            "write_back": sorted(name for name, spec in write_back.items() if spec["enabled"]),
        }

    def resources(self) -> Mapping[str, Any]:
        """Facts per flow that is enabled: overlap, sweep, segments of the coding."""
        segments = [
            {"name": segment.name, "required": segment.required}
            for segment in self.profile.coding.segments
        ]
        return {
            flow: {
                "resource": resource.name,
                "overlap_seconds": resource.overlap_seconds,
                "sweep_hours": resource.sweep_hours,
                "sweep_back_days": resource.sweep_back_days,
                "segments": segments,
            }
            for flow, resource in self.profile.resources.items()
        }

    def list(self, flow: str, since: Since | None) -> Listing:
        """Read the whole list from `since` on; secret fields of entries are masked."""
        resource = self._resource(flow)
        return self._client.list(resource, since, partial(self._masked, resource))

    def fetch(
        self, flow: str, entries: Iterable[Entry]
    ) -> Iterator[Record | tuple[Entry, Exception]]:
        """Yield the full record of each entry, in order.

        A detail that failed comes with its error. What would fail for all of them ends it: refused
        credentials, a request to wait, several details in a row that are out of order.
        """
        resource = self._resource(flow)
        failures = 0
        for entry in entries:
            try:
                record = self._full(flow, resource, entry)
            except _ENDS_A_RUN:
                raise
            except ConnectorError as error:
                away = isinstance(error, TemporaryError) and error.code != "detail_behind"
                failures = failures + 1 if away else 0
                yield entry, _bare(error)
                if failures >= _MOST_FAILURES_IN_A_ROW:
                    raise
                continue
            failures = 0
            yield record

    def understand(self, flow: str, payload: Mapping[str, Any]) -> Record:
        """Translate a stored payload again; pure."""
        resource = self._resource(flow)
        return understand_with(self.profile, resource, MAKERS[flow], payload, salt=self._salt)

    def masked(self, flow: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """The payload as it may be stored: secret fields as digest and last four characters.

        Payloads of `list` and `fetch` are masked already; masking twice changes nothing.
        """
        return self._masked(self._resource(flow), payload)

    def _masked(self, resource: Resource, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        keep = self._keep_accounts
        return masked(payload, resource, self._salt, keep_accounts=keep)

    # ------------------------------------------------------------------ writing back

    def takes(self, supplier: Supplier) -> frozenset[str]:
        """Return what of a supplier may be written; nothing of one that cannot be named."""
        return self._back.takes() if self._profile_id(supplier) else frozenset()

    def change_of(self, supplier: Supplier, fields: Mapping[str, str]) -> SupplierChange:
        """Name a supplier by the key that its company profile has."""
        return SupplierChange(
            source_id=supplier.source_id,
            profile_id=self._profile_id(supplier),
            fields=fields,
            version=supplier.version,
        )

    def plan(self, company_id: str, document: SupplierChange, *, post: bool = False) -> list[Step]:
        return self._back.plan(document)

    def requests(
        self, company_id: str, step: Step, known: Mapping[str, Any] | None = None
    ) -> list[PlannedRequest]:
        return [self._back.request(step, known or {})]

    def send(self, company_id: str, step: Step, known: Mapping[str, Any]) -> Written:
        return self._back.send(step, known)

    def send_many(
        self, company_id: str, steps: Sequence[tuple[Step, Mapping[str, Any]]]
    ) -> list[Written | Exception]:
        results: list[Written | Exception] = []
        for step, known in steps:
            try:
                results.append(self._back.send(step, known))
            except ConnectorError as error:
                results.append(error)
        return results

    def find(
        self, company_id: str, steps: Sequence[tuple[Step, Mapping[str, Any]]]
    ) -> list[list[Found]]:
        return self._back.find(steps)

    def settle_seconds(self, step: Step) -> float:
        return self._back.settle_seconds

    def _profile_id(self, supplier: Supplier) -> str:
        """Return the id of a supplier's company profile: named by it, or its own where the
        suppliers are read from the profiles (contract 7.4)."""
        if supplier.ja_supplier_id:
            return supplier.ja_supplier_id
        read_from = self.profile.resources["suppliers"].list.path
        paths = {one.path for one in capabilities(self.profile)}
        return supplier.source_id if read_from in paths else ""

    def _full(self, flow: str, resource: Resource, entry: Entry) -> Record:
        record = self.understand(flow, self._payload(resource, entry))
        if record.source_id != entry.source_id:
            other = record.source_id or "nothing"
            raise UnexpectedAnswer(f"Asked for {entry.source_id}, JAGGAER answered with {other}.")
        behind = entry.modified_at and record.modified_at and record.modified_at < entry.modified_at
        if behind and record.version != entry.version:
            raise TemporaryError(
                f"The detail of {entry.source_id} is older than its list entry; asked again later.",
                code="detail_behind",
            )
        return replace(record, payload=self._masked(resource, record.payload))

    def _payload(self, resource: Resource, entry: Entry) -> Mapping[str, Any]:
        detail = resource.detail
        if detail.mode == "never":
            return entry.payload
        if detail.mode == "whenMissing" and detail.missing is not None:
            payload = entry.payload
            if detail.missing.nodes(payload, payload):
                return payload
        return self._client.detail(resource, entry.source_id)

    def _resource(self, flow: str) -> Resource:
        resource = self.profile.resources.get(flow)
        if resource is None:
            raise ConfigurationError(
                f"The profile {self.profile.name} does not offer {flow}.", code="flow_not_offered"
            )
        return resource


def _bare(error: ConnectorError) -> ConnectorError:
    """The error without what it was raised in: that would hold on to the whole answer."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def _known(settings: JaggaerSettings, secret: Mapping[str, Any]) -> dict[str, str]:
    """What the placeholders of a profile stand for."""
    return {
        name: str(secret[setting] if setting in secret else getattr(settings, setting))
        for name, setting in PLACEHOLDERS.items()
    }


def _credentials(profile: Profile, secret: Mapping[str, Any], wiring: Wiring) -> ClientCredentials:
    token = profile.connection["token"]
    paths = token["response"]["token"]
    return ClientCredentials(
        token_url=profile.filled(token["url"]),
        client_id=str(secret["client_id"]),
        client_secret=str(secret["client_secret"]),
        client_auth=token.get("clientAuth", "body"),
        extra_params={
            name: profile.filled(text) for name, text in (token.get("extraParams") or {}).items()
        },
        token_paths=tuple(_plain(path) for path in ([paths] if isinstance(paths, str) else paths)),
        expiry_paths=tuple((_plain(e["path"]), e["unit"]) for e in token["response"]["expires"]),
        refresh_early_seconds=float(token.get("refreshEarlySeconds", 60)),
        fallback_lifetime=float(token.get("fallbackLifetimeSeconds", 300)),
        max_lifetime=float(token.get("maxLifetimeSeconds", 3600)),
        reauth_statuses=_renews_on(profile.connection),
        tokens=wiring.tokens,
    )


def _plain(path: str) -> str:
    """A path into a token answer: there is nothing above its root."""
    return path.removeprefix("$.")


def _renews_on(connection: Mapping[str, Any]) -> frozenset[int]:
    """Statuses after which the token is renewed once."""
    statuses = connection.get("reauthOnStatus")
    if connection.get("reauthAttempts", 1) == 0:
        return frozenset()
    return frozenset((401, 403) if statuses is None else statuses)


def _waits(retry: Mapping[str, Any]) -> dict[str, Any]:
    """How long a request to wait is obeyed, where the profile says so."""
    names = {"retryAfterHeader": "wait_header", "retryAfterDefaultSeconds": "wait_seconds"}
    return {ours: retry[theirs] for theirs, ours in names.items() if theirs in retry}
