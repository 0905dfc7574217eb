"""Secrets in memory: usable, and dots to whatever prints, logs, formats or pickles them."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from audit.redaction import DOTS, is_secret_name, remember
from connectors.models import Connection
from tenants.keyring import seal, unseal

_FIELD = "secret"


class Secret:
    """A text that only `reveal` shows. Making one teaches the redactor its value."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        remember(value)
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return DOTS

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return DOTS

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not passed on; pass the id of its row")

    __reduce_ex__ = __reduce__  # type: ignore[assignment]


class SecretValues(Mapping[str, str]):
    """The fields of a connection's secret: a mapping whose values show when asked for by name."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {
            name: Secret(value) if is_secret_name(name) else value for name, value in values.items()
        }

    def __getitem__(self, name: str) -> str:
        value = self._values[name]
        return value.reveal() if isinstance(value, Secret) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"SecretValues({', '.join(self._values)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not passed on; pass the id of its row")


def seal_secret(connection: Connection, values: Mapping[str, Any]) -> bytes:
    """Return the secret of this connection as it is stored."""
    plain = json.dumps(dict(values)).encode()
    return seal(plain, tenant_id=connection.tenant_id, row_id=connection.pk, field=_FIELD)


def unseal_secret(connection: Connection) -> SecretValues | None:
    """Return the secret, None where none was set; raises SealError when it does not open."""
    if connection.secret is None:
        return None
    plain = unseal(
        connection.secret, tenant_id=connection.tenant_id, row_id=connection.pk, field=_FIELD
    )
    return SecretValues(json.loads(plain))
