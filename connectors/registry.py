"""Which kinds of connectors there are; each connector's app registers its class when it loads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from connectors.base import Side
from connectors.http.egress import Egress
from connectors.http.kept import Kept
from connectors.http.throttle import Throttle
from connectors.http.tokens import TokenStore


@dataclass(frozen=True, slots=True)
class Principal:
    """Who we are at the other side, and how much we may ask there.

    Connections with the same host and user share slots and budget, whichever tenant owns them.
    """

    host: str
    user: str
    per_second: float
    max_parallel: int


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a connector is given to speak with the outside; made by `connectors.runtime`."""

    egress: Egress
    tokens: TokenStore
    throttle: Throttle | None = None
    observer: Callable[[Any], None] | None = None
    kept: Kept | None = None


class ConnectorType(Protocol):
    """What a registered class says about its kind, and how it is opened."""

    kind: ClassVar[str]
    label: ClassVar[str]
    sides: ClassVar[tuple[Side, ...]]
    documentation: ClassVar[str]
    settings_schema: ClassVar[Mapping[str, Any]]  # JSON Schema
    secret_schema: ClassVar[Mapping[str, Any]]

    @classmethod
    def parse(cls, settings: Mapping[str, Any], secret: Mapping[str, Any] | None) -> dict[str, Any]:
        """Check settings, and the secret unless it is None; return the settings completed.

        What is stored is what the customer typed; the defaults are filled in here, each time.
        Raises SettingsError: paths as `base_url` for settings, `secret.client_id` for the secret.
        """

    @classmethod
    def principal(cls, settings: Mapping[str, Any], secret: Mapping[str, Any]) -> Principal:
        """Say who we are at the other side."""

    @classmethod
    def open(cls, settings: Mapping[str, Any], secret: Mapping[str, Any], wiring: Wiring) -> Any:
        """Return a connector ready for use; speaks to nobody yet."""


Kind = TypeVar("Kind", bound=type)
_kinds: dict[str, Any] = {}


class UnknownKind(KeyError):
    """No connector of this kind is installed."""


def register(cls: Kind) -> Kind:
    """Add a connector class, as a decorator; raises ValueError for a kind that is taken."""
    kind: str = cls.kind  # type: ignore[attr-defined]
    if _kinds.setdefault(kind, cls) is not cls:
        raise ValueError(f"two connectors call themselves {kind}")
    return cls


def get(kind: str) -> Any:
    """Return the class of a kind; raises UnknownKind."""
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownKind(kind) from None


def all() -> list[Any]:
    """Return every class, in the order of their labels."""
    return sorted(_kinds.values(), key=lambda cls: cls.label)
