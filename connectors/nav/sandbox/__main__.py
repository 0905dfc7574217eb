"""Run the sandbox: python -m connectors.nav.sandbox --port 0 --state nav.sqlite."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading

from connectors.nav.sandbox.app import DEFAULT_CLIENTS, NavSandbox
from connectors.nav.sandbox.errors import NavError
from connectors.sandboxing.clock import Clock
from connectors.sandboxing.command import common_options
from connectors.sandboxing.server import SandboxServer


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or SIGINT; print one JSON line with the addresses when ready."""
    options = _options(arguments)
    switches = {"page_size": options.page_size, "token_lifetime": options.token_lifetime}
    switches.update(json.loads(options.switches))
    try:
        app = NavSandbox(
            state=options.state,
            seed=options.seed,
            clients=dict(options.client) or DEFAULT_CLIENTS,
            keys=dict(options.key),
            switches=switches,
            clock=Clock(options.clock_offset),
        )
    except (OSError, ValueError, KeyError, NavError) as error:
        sys.stderr.write(f"nav: cannot start: {type(error).__name__}: {error}\n")
        return 2
    try:
        server = SandboxServer(app, host=options.host, port=options.port, log_path=options.log)
    except OSError as error:
        sys.stderr.write(f"nav: cannot listen on {options.host}:{options.port}: {error.strerror}\n")
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    ready = {
        "url": server.url,
        "token_url": f"{server.url}/sandbox/oauth2/v2.0/token",
        "api_url": f"{server.url}/BC/api/v2.0/",
        "pages_url": f"{server.url}/BC/ODataV4/",
        "name": app.name,
        "pid": os.getpid(),
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    server.serve_forever()
    server.stop()
    return 0


def _options(arguments: list[str]):
    parser = common_options("NAV / Business Central, purchase-ledger side", 8048)
    parser.add_argument(
        "--seed", "--seed-file", default=None, help="JSON file (.gz allowed); default CRONUS"
    )
    parser.add_argument("--client", type=_pair, action="append", default=[], help="id:secret")
    parser.add_argument("--key", type=_pair, action="append", default=[], help="user:access key")
    parser.add_argument("--token-lifetime", type=float, default=3599.0, help="seconds")
    parser.add_argument("--page-size", type=int, default=20_000, help="rows of a server page")
    parser.add_argument("--switches", default="{}", help="further switches as a JSON object")
    return parser.parse_args(arguments)


def _pair(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not (name and colon and value):
        raise ValueError(f"{text!r} is not name:value")
    return name, value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
