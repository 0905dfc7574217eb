"""What broke an exchange, named by what may have happened on the other side."""

from __future__ import annotations

import http.client
import ssl
from typing import NoReturn

from urllib3.exceptions import IncompleteRead

from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    TemporaryError,
    UnknownOutcome,
)
from connectors.http.answer import Answer
from connectors.http.limits import BodyTooLarge
from connectors.http.transport import Call


def raise_refused(answer: Answer) -> NoReturn:
    """Say that renewed credentials were refused too: who we are (401) or what we may (403)."""
    facts = {"status": answer.status, "request_id": answer.request_id}
    if answer.status == 403:
        raise ConfigurationError(
            "The other system accepts who we are but not what we ask for (HTTP 403).",
            code="forbidden",
            **facts,
        )
    raise AuthenticationError(
        f"The other system refuses our credentials, also fresh ones (HTTP {answer.status}).",
        **facts,
    )


def raise_trouble(call: Call, trouble: Exception, host: str, write: bool) -> NoReturn:
    """Name what broke an exchange by what may have happened on the other side."""
    causes = _chain(trouble)
    detail = f"{type(causes[-1]).__name__}: {causes[-1]}"[:300]
    if not call.sent:
        tls = next((c for c in causes if isinstance(c, ssl.SSLError)), None)
        if tls is not None and not isinstance(tls, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            why = getattr(tls, "verify_message", "") or tls.reason or "no common ground"
            raise ConfigurationError(
                f"The secure connection to {host} failed: {why}.", code="tls", detail=detail
            ) from trouble
        raise TemporaryError(
            f"{host} cannot be reached.", code="unreachable", detail=detail
        ) from trouble
    if write:
        raise UnknownOutcome(
            f"{host} did not confirm the change; whether it was made is being found out.",
            detail=detail,
        ) from trouble
    if any(isinstance(c, http.client.HTTPException) and "headers" in str(c) for c in causes):
        raise BodyTooLarge("The headers of the answer are too large.", detail=detail) from trouble
    if any(isinstance(c, TimeoutError) for c in causes):
        raise TemporaryError(
            f"{host} did not answer in time.", code="timeout", detail=detail
        ) from trouble
    cut = any(isinstance(c, IncompleteRead | http.client.IncompleteRead) for c in causes)
    raise TemporaryError(
        f"The connection to {host} broke.",
        code="truncated_answer" if cut else "connection_lost",
        detail=detail,
    ) from trouble


def closed_while_idle(call: Call, trouble: Exception) -> bool:
    """Whether a kept connection had been closed before it was used again: nothing was sent."""
    if not call.reused or call.answered:
        return False
    return not any(isinstance(cause, TimeoutError) for cause in _chain(trouble))


def _chain(error: BaseException) -> list[BaseException]:
    """The error and what it was made from, outermost first."""
    found: list[BaseException] = []
    queue: list[object] = [error]
    while queue:
        current = queue.pop(0)
        if not isinstance(current, BaseException) or current in found:
            continue
        found.append(current)
        queue += [current.__cause__, current.__context__, getattr(current, "reason", None)]
        queue += list(current.args)
    return found
