"""The sandbox with a second pair of eyes in front of it."""

from __future__ import annotations

from typing import Any

from connectors.nav.sandbox.app import NavSandbox
from connectors.sandboxing.messages import Request, Response
from tests.connectors.nav.strict.requests import breaches


class StrictNav(NavSandbox):
    """Answers as the sandbox does and notes what a request broke of the contract."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.breaches: list[str] = []
        self.judged = 0

    def handle(self, request: Request) -> Response:
        if "/api/v2.0/" in request.raw_path:
            self.judged += 1
            self.breaches += [
                f"{request.method} {request.raw_path}: {each}" for each in breaches(request)
            ]
        return super().handle(request)

    def blame(self) -> None:
        """Fail with all that was broken."""
        found = sorted(set(self.breaches))
        assert not found, "requests break the NAV contract:\n" + "\n".join(found[:20])
