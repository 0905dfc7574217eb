"""What stops a step at another system, named by what happens next.

Expected ends are values (`Finding`, `Decision`, `Verdict`); these classes are for the rest.
`code` is a key of `connectors.catalogue`, `message` is safe to show to the tenant, `detail` is for
support and already free of secrets, `status` and `request_id` are the other system's. `shown` is
what else people are told, by who knows more than the code does: which connection it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audit.redaction import scrub


class ConnectorError(Exception):
    """Something at another system stopped this step."""

    default_code = "unexpected_answer"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        detail: str = "",
        status: int | None = None,
        request_id: str = "",
    ) -> None:
        # Another system may quote what it was sent; everything that keeps or shows an error begins
        # here.
        super().__init__(scrub(message))
        self.message = str(self)
        self.code = code or self.default_code
        self.detail = scrub(detail)
        self.status = status
        self.request_id = request_id
        self.shown: Mapping[str, Any] = {}


class ConfigurationError(ConnectorError):
    """Wrong address, company or rights: the run ends, the connection needs its administrator."""

    default_code = "configuration"


class AuthenticationError(ConfigurationError):
    """The credentials were refused, with a fresh token too: a retry could lock the account."""

    default_code = "authentication"


class TemporaryError(ConnectorError):
    """Certainly nothing was changed there: try again with backoff, later at a later tick."""

    default_code = "temporary"


class RateLimited(TemporaryError):
    """The other system asks us to wait `retry_after` seconds (never slept through by a worker)."""

    default_code = "rate_limited"

    def __init__(self, message: str, *, retry_after: float, **details: object) -> None:
        super().__init__(message, **details)  # type: ignore[arg-type]
        self.retry_after = retry_after


class UnknownOutcome(ConnectorError):
    """A write was sent and we cannot tell whether it was applied: read back before all else."""

    default_code = "outcome_unknown"


class DocumentRefused(ConnectorError):
    """The other system says no to this document; its words are in `message`, its code in `code`."""

    default_code = "ledger_refused"


class NotFound(DocumentRefused):
    """The record asked for is not there."""

    default_code = "not_found"


class Conflict(DocumentRefused):
    """The record was changed by somebody else, or a record with the same key exists."""

    default_code = "conflict"


class ChangedInLedger(DocumentRefused):
    """Somebody changed there what we wrote: each difference says what was written, what stands
    there now and what is wanted. `how` says what became of the whole: it was deleted, or invoiced
    in full."""

    default_code = "changed_in_ledger"

    def __init__(
        self,
        message: str,
        *,
        differences: Sequence[Mapping[str, str]],
        how: str = "",
        **details: object,
    ) -> None:
        super().__init__(message, **details)  # type: ignore[arg-type]
        self.differences = tuple(differences)
        self.how = how


class NumberTaken(DocumentRefused):
    """It was not posted, and `numbers` are posted there under the same supplier's number: the
    ledger posts that number once. The draft `draft` stands."""

    default_code = "number_taken"

    def __init__(
        self, message: str, *, draft: str, numbers: Sequence[str], **details: object
    ) -> None:
        super().__init__(message, **details)  # type: ignore[arg-type]
        self.draft = draft
        self.numbers = tuple(numbers)


class UnexpectedAnswer(ConnectorError):
    """A shape that we do not understand: the run ends loudly and the payload is kept."""

    default_code = "unexpected_answer"


class PlaceUnknown(ValueError):
    """Which of the ledger's columns a dimension has is not known, and cannot be tried safely."""

    def __init__(self, dimension: str, why: str) -> None:
        super().__init__(f"which shortcut dimension {dimension} is, is not known: {why}")
        self.dimension = dimension
        self.why = why
