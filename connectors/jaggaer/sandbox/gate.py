"""What stands before every API call: rate limit, failing server, slowness (switches 6 and 7)."""

import threading
import time

from connectors.jaggaer.sandbox.switches import Switches
from connectors.sandboxing import Response, json_response

_PAGE = b"<html><body><h1>Bad Gateway</h1></body></html>"


class Gate:
    """Counts calls and turns some of them away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0

    def refuse(self, switches: Switches) -> Response | None:
        """Return the answer that stands in for the real one, or None to let the call through."""
        if switches.slow_seconds:
            time.sleep(switches.slow_seconds)
        with self._lock:
            self._calls += 1
            call = self._calls
        if switches.server_error_every and call % switches.server_error_every == 0:
            return _failed(switches)
        if switches.rate_limit_every and call % switches.rate_limit_every == 0:
            wait = {"Retry-After": switches.retry_after} if switches.retry_after else {}
            return json_response(429, {"error": "Too Many Requests"}, wait)
        return None


def _failed(switches: Switches) -> Response:
    if switches.server_error_html:
        return Response(switches.server_error_status, {"Content-Type": "text/html"}, _PAGE)
    return json_response(switches.server_error_status, {"error": "Internal Server Error"})
