"""How a service says no: an expected end that the API and the pages put into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class Refusal(Exception):
    """A request that was understood and is not carried out; nothing was changed.

    `code` is for programs, `message` for people, `fields` names what is to blame, `details` holds
    what a program needs to go on, `status` is the HTTP status that fits.
    """

    status = 400

    def __init__(
        self,
        code: str,
        message: str,
        *,
        fields: Mapping[str, Sequence[str]] | None = None,
        details: Mapping[str, Any] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = {name: list(lines) for name, lines in (fields or {}).items()}
        self.details = dict(details or {})
        self.status = status or type(self).status


class Invalid(Refusal):
    """Fields that do not hold: path -> messages."""

    def __init__(self, fields: Mapping[str, Sequence[str]], *, code: str = "invalid") -> None:
        super().__init__(code, "Please correct the fields named.", fields=fields)


class Clash(Refusal):
    """The state of things stands against it."""

    status = 409


class TooLow(Refusal):
    """The role does not allow it."""

    status = 403

    def __init__(self, needed: str) -> None:
        super().__init__("permission_denied", f"This takes the role {needed}.")
