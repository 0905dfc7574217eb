"""NAV as a ledger: settings, session and the dialect that serves the instance."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from connectors.base import (
    Company,
    CompanyUse,
    Effect,
    Finding,
    Found,
    PlannedRequest,
    SettingsError,
    Side,
    Step,
    Written,
)
from connectors.documents import LedgerDocument, LedgerSetup, ReferenceItem, ReferenceKind
from connectors.entered import Card, Entered
from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    NotFound,
    UnexpectedAnswer,
)
from connectors.http.auth import Auth, BasicAuth, ClientCredentials
from connectors.http.limits import Limits
from connectors.http.session import Session
from connectors.nav.api import ApiDialect
from connectors.nav.dialect import Dialect, publishes_pages
from connectors.nav.pages.dialect import PagesDialect
from connectors.nav.settings import (
    SECRET_SCHEMA,
    SETTINGS_SCHEMA,
    NavSecret,
    NavSettings,
    parse_secret,
    parse_settings,
)
from connectors.notifications import Notifications
from connectors.payments import Booked, Payment
from connectors.registry import Principal, Wiring, register
from connectors.standing import Inspection, OrderedLine, OrderSeen, ReceivedLine

_WINDOW_SECONDS = 300
# Of the rate, asked for steadily: the rest is for the burst that an idle user may begin with and
# for what workers took from the budget a moment before.
_STEADY = 0.98
_SESSION_SPARE = 2


@register
class NavConnector:
    """Implements `connectors.base.LedgerConnector`; made by `open`."""

    kind: ClassVar[str] = "nav"
    label: ClassVar[str] = "Microsoft Dynamics NAV / Business Central"
    sides: ClassVar[tuple[Side, ...]] = (Side.LEDGER,)
    documentation: ClassVar[str] = "/docs/connectors/nav/"
    settings_schema: ClassVar[Mapping[str, Any]] = SETTINGS_SCHEMA
    secret_schema: ClassVar[Mapping[str, Any]] = SECRET_SCHEMA

    @classmethod
    def parse(cls, settings: Mapping[str, Any], secret: Mapping[str, Any] | None) -> dict[str, Any]:
        """Check settings and secret and return the settings complete. Raises SettingsError."""
        wrong: dict[str, list[str]] = {}
        found: NavSettings | None = None
        try:
            found = parse_settings(settings)
        except SettingsError as error:
            wrong |= {path: list(words) for path, words in error.fields.items()}
        if secret is not None:
            try:
                parse_secret(secret, found or _as_far_as_known(settings))
            except SettingsError as error:
                wrong |= {f"secret.{path}": list(words) for path, words in error.fields.items()}
        if wrong or found is None:
            raise SettingsError(wrong)
        return {**asdict(found), "page_services": dict(found.page_services)}

    @classmethod
    def principal(cls, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> Principal:
        """All connections of one client id or user share NAV's limits (NAV contract 6)."""
        parsed = parse_settings(settings)
        return Principal(
            host=urlsplit(parsed.base_url).netloc.lower(),
            user=parse_secret(secret, parsed).identity,
            per_second=_STEADY * parsed.requests_per_5_minutes / _WINDOW_SECONDS,
            max_parallel=parsed.max_parallel,
        )

    @classmethod
    def open(
        cls, settings: Mapping[str, Any], secret: Mapping[str, Any], wiring: Wiring
    ) -> NavConnector:
        """Return a connector; speaks to nobody yet. Raises SettingsError."""
        parsed = parse_settings(settings)
        session = Session(
            base_url=parsed.base_url,
            auth=_auth(parsed, parse_secret(secret, parsed), wiring),
            limits=Limits(
                read_seconds=parsed.timeout_seconds, total_seconds=parsed.timeout_seconds
            ),
            egress=wiring.egress,
            throttle=wiring.throttle,
            observer=wiring.observer,
            connections=parsed.max_parallel + _SESSION_SPARE,
            kept=wiring.kept,
        )
        return cls(session, parsed)

    def __init__(self, session: Session, settings: NavSettings) -> None:
        self.settings = settings
        self._session = session
        self._dialect: Dialect | None = None
        self._remembered: dict[str, LedgerSetup] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        self._session.close()

    @property
    def dialect(self) -> Dialect:
        """Return the dialect of this instance; with `auto` the first use asks the instance.

        Raises the errors of reading its `$metadata`.
        """
        with self._lock:
            if self._dialect is None:
                self._dialect = choose_dialect(self._session, self.settings)
                for company_id, setup in self._remembered.items():
                    self._dialect.remember(company_id, setup)
            return self._dialect

    def check(self, uses: Sequence[CompanyUse] = ()) -> Iterator[Finding]:
        """Yield findings, reading only; never raises."""
        try:
            dialect = self.dialect
        except ConnectorError:  # the check says by itself what is wrong, rung by rung
            dialect = ApiDialect(self._session, self.settings)
        yield from dialect.check(uses)

    def companies(self) -> list[Company]:
        return self.dialect.companies()

    def capabilities(self) -> Mapping[str, Any]:
        return self.dialect.capabilities()

    def setup(self, company_id: str) -> LedgerSetup:
        return self.dialect.setup(company_id)

    def remember(self, company_id: str, setup: LedgerSetup) -> None:
        """Take over a setup read before; asks nobody."""
        with self._lock:
            self._remembered[company_id] = setup
            if self._dialect is not None:
                self._dialect.remember(company_id, setup)

    def reference(self, company_id: str, kind: ReferenceKind) -> Iterator[list[ReferenceItem]]:
        return self.dialect.reference(company_id, kind)

    def changed_suppliers(
        self, company_id: str, since: datetime | None, terms: Mapping[str, str]
    ) -> Iterator[list[ReferenceItem]]:
        return self.dialect.changed_suppliers(company_id, since, terms)

    def plan(self, company_id: str, document: LedgerDocument, *, post: bool = False) -> list[Step]:
        return self.dialect.plan(company_id, document, post=post)

    def requests(
        self, company_id: str, step: Step, known: Mapping[str, Any] | None = None
    ) -> list[PlannedRequest]:
        return self.dialect.requests(company_id, step, known)

    def send(self, company_id: str, step: Step, known: Mapping[str, Any]) -> Written:
        return self.dialect.send(company_id, step, known)

    def send_many(
        self, company_id: str, steps: Sequence[tuple[Step, Mapping[str, Any]]]
    ) -> list[Written | Exception]:
        return self.dialect.send_many(company_id, steps)

    def find(
        self, company_id: str, steps: Sequence[tuple[Step, Mapping[str, Any]]]
    ) -> list[list[Found]]:
        return self.dialect.find(company_id, steps)

    def received(
        self, company_id: str, order_ids: Sequence[str]
    ) -> Mapping[str, Sequence[OrderedLine]]:
        return self.dialect.received(company_id, order_ids)

    def receipts(
        self, company_id: str, order_numbers: Sequence[str]
    ) -> Mapping[str, Sequence[ReceivedLine]] | None:
        return self.dialect.receipts(company_id, order_numbers)

    def inspect(self, company_id: str, effects: Sequence[Effect]) -> list[Inspection]:
        return self.dialect.inspect(company_id, effects)

    def orders_seen(self, company_id: str) -> Iterator[list[OrderSeen]]:
        return self.dialect.orders_seen(company_id)

    def entered(
        self, company_id: str, kind: str, cards: Sequence[Card], numbers: Sequence[str]
    ) -> list[Entered]:
        return self.dialect.entered(company_id, kind, cards, numbers)

    def payments(self, company_id: str, asked: Sequence[Booked]) -> list[Payment | None]:
        return self.dialect.payments(company_id, asked)

    def notifications(self) -> Notifications | None:
        return self.dialect.notifications()

    def settle_seconds(self, step: Step) -> float:
        """How long NAV may still apply a request: time in its queue, time to work, a margin."""
        if self.dialect.keeps_key_unique(step):
            return 0.0
        return float(self.settings.settle_seconds)


def choose_dialect(session: Session, settings: NavSettings) -> Dialect:
    """Return the dialect that the settings name, with `auto` the one that the instance publishes:
    API v2.0 where it answers, else page web services.

    Raises the errors of reading `$metadata`.
    """
    name = settings.dialect
    if name == "auto":
        name = session.kept.get("dialect", lambda: _published(session, settings))
    return (PagesDialect if name == "pages" else ApiDialect)(session, settings)


def _published(session: Session, settings: NavSettings) -> str:
    try:
        ApiDialect(session, settings).capabilities()
    except (ConfigurationError, NotFound, UnexpectedAnswer) as error:
        if isinstance(error, AuthenticationError) or not publishes_pages(session, settings):
            raise
        return "pages"
    return "api"


def _auth(settings: NavSettings, secret: NavSecret, wiring: Wiring) -> Auth:
    if settings.auth == "basic":
        return BasicAuth(secret.identity, secret.key)
    return ClientCredentials(
        token_url=settings.token_url,
        client_id=secret.identity,
        client_secret=secret.key,
        scope=settings.scope or None,
        tokens=wiring.tokens,
    )


def _as_far_as_known(settings: Mapping[str, Any]) -> NavSettings:
    """Return enough of wrong settings to say which secret belongs to them."""
    auth = settings.get("auth")
    return NavSettings(base_url="", auth=auth if auth in ("oauth2", "basic") else "oauth2")
