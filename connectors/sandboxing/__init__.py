"""Base of the sandboxes: an HTTP server with a log, scripted faults and state in a file.

Plain standard library, no Django: a sandbox starts in a fraction of a second as a process of
its own. A sandbox is an app (see `server.App`) that answers requests out of a `Store`.
"""

from connectors.sandboxing.clock import Clock
from connectors.sandboxing.faults import Fault, Scenario
from connectors.sandboxing.messages import Headers, Request, Response, dumps, json_response, loads
from connectors.sandboxing.server import App, SandboxServer
from connectors.sandboxing.store import Change, RollBack, Store
from connectors.sandboxing.switches import switched

__all__ = [
    "App",
    "Change",
    "Clock",
    "Fault",
    "Headers",
    "Request",
    "Response",
    "RollBack",
    "SandboxServer",
    "Scenario",
    "Store",
    "dumps",
    "json_response",
    "loads",
    "switched",
]
