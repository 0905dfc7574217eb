"""The HTTP server both sandboxes stand on: threads, keep-alive, log, faults, control.

An app brings `name`, `clock`, `handle(request)` and `control(request)`; everything under
`/__ctl/` is for whoever runs the sandbox and is neither logged, faulted nor authenticated.
"""

import socketserver
import sys
import threading
import traceback
from pathlib import Path
from typing import Protocol

from connectors.sandboxing.clock import Clock
from connectors.sandboxing.control import common_control
from connectors.sandboxing.exchange import Exchange, Postponed, Traffic
from connectors.sandboxing.faults import Scenario
from connectors.sandboxing.log import RequestLog
from connectors.sandboxing.messages import Request, Response, json_response
from connectors.sandboxing.wire import (
    BadRequest,
    Line,
    encode,
    read_request,
    wants_to_stay,
)

CONTROL_PREFIX = "/__ctl/"


class App(Protocol):
    """A system that is played. `control` answers its own `/__ctl/` paths, None for unknown ones;
    it also sees POST /__ctl/reset, on which it drops its data and its switches.
    """

    name: str
    clock: Clock

    def handle(self, request: Request) -> Response: ...
    def control(self, request: Request) -> Response | None: ...


class SandboxServer:
    """Serves one app on one address. `port=0` takes a free one; `url` has no trailing slash."""

    def __init__(
        self,
        app: App,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        log_path: str | Path | None = None,
    ) -> None:
        self.app = app
        self.log = RequestLog(log_path)
        self.scenario = Scenario()
        self.postponed = Postponed(app.clock)
        self.stopping = threading.Event()
        self.traffic = Traffic()
        self._thread: threading.Thread | None = None
        self._tcp = _TcpServer((host, port), self)
        address, taken = self._tcp.server_address[:2]
        self.host, self.port = str(address), int(taken)
        self.url = f"http://{self.host}:{self.port}"

    def start(self) -> "SandboxServer":
        """Serve in a thread of its own; return at once, ready for requests."""
        self._thread = threading.Thread(target=self.serve_forever, name=self.app.name, daemon=True)
        self._thread.start()
        return self

    def serve_forever(self) -> None:
        """Serve in this thread until `stop` is called from another."""
        self._tcp.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """Stop listening, cut all connections and free the port."""
        self.stopping.set()
        if self._thread:
            self._tcp.shutdown()
            self._thread.join(5)
        self._tcp.server_close()
        self.traffic.cut()
        self.log.close()

    def shutdown(self) -> None:
        """Make `serve_forever` return; callable from a signal handler's thread."""
        self.stopping.set()
        self._tcp.shutdown()

    def __enter__(self) -> "SandboxServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def handle(self, request: Request) -> Response:
        """Let the app answer; what it raises becomes a 500 and a traceback on stderr."""
        try:
            return self.app.handle(request)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            return json_response(500, {"error": "the sandbox failed, see its stderr"})

    def control(self, request: Request) -> Response:
        """Answer a request under `/__ctl/`: the app's own paths first, then the common ones."""
        try:
            own = self.app.control(request)
            common = common_control(self, request)
        except (ValueError, KeyError, TypeError) as error:
            return json_response(400, {"error": str(error)})
        if own is None and common is None:
            return json_response(404, {"error": f"no control {request.method} {request.path}"})
        return own or common


class _TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], sandbox: SandboxServer) -> None:
        self.sandbox = sandbox
        super().__init__(address, _Connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that leave are everyday; anything else is a fault of the sandbox."""
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc(file=sys.stderr)


class _Connection(socketserver.StreamRequestHandler):
    """Requests of one client, one after the other; each answer is a single unbuffered write."""

    disable_nagle_algorithm = True
    wbufsize = 0
    server: _TcpServer

    def handle(self) -> None:
        sandbox = self.server.sandbox
        number = sandbox.traffic.connected(self.connection)
        line = Line(self.connection, sandbox.stopping)
        reused = False
        try:
            while not sandbox.stopping.is_set() and self._serve(line, number, reused):
                reused = True
        except BadRequest as error:
            line.send(encode(Response(400, {"Connection": "close"}, str(error).encode())))
        except OSError:
            return
        finally:
            sandbox.traffic.left(self.connection)

    def finish(self) -> None:
        """Let go of the socket; a scripted reset has closed it already."""
        try:
            super().finish()
        except OSError:
            return

    def _serve(self, line: Line, number: int, reused: bool) -> bool:
        sandbox = self.server.sandbox
        request = read_request(self.rfile, sandbox.app.clock.time(), self._proceed)
        if request is None:
            return False
        if request.path.startswith(CONTROL_PREFIX):
            line.send(encode(sandbox.control(request)))
            return wants_to_stay(request)
        stays = Exchange(sandbox, line, request, number).run(reused=reused)
        return stays and wants_to_stay(request)

    def _proceed(self) -> None:
        self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
