"""The HTTP server both sandboxes stand on: threads, keep-alive, log, faults, control.

An app brings `name`, `clock`, `handle(request)` and `control(request)`; everything under
`/__ctl/` is for whoever runs the sandbox and is neither logged, faulted nor authenticated.
"""

import socket
import socketserver
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Protocol

from connectors.sandboxing.clock import Clock
from connectors.sandboxing.control import common_control
from connectors.sandboxing.faults import Fault, Scenario
from connectors.sandboxing.log import RequestLog, digest
from connectors.sandboxing.messages import Request, Response, json_response
from connectors.sandboxing.mischief import misbehave
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


class Postponed:
    """Effects that take place later, by the sandbox's clock, when nobody waits any more.

    They are carried out before the next request that comes after their time: an effect can
    only be seen by a request, so nobody can tell the difference from a timer.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: list[tuple[float, Exchange]] = []

    def add(self, seconds: float, exchange: "Exchange") -> None:
        """Let the exchange take place once the clock is that much further."""
        with self._lock:
            self._waiting.append((self._clock.time() + seconds, exchange))

    def release(self, *, everything: bool = False) -> int:
        """Carry out what is due, or everything; return how many took place."""
        if not self._waiting:
            return 0
        now = self._clock.time()
        with self._lock:
            due = [item for item in self._waiting if everything or item[0] <= now]
            self._waiting = [item for item in self._waiting if item not in due]
        for _, exchange in sorted(due, key=lambda item: item[0]):
            exchange.apply()
        return len(due)

    def clear(self) -> None:
        """Forget them: they never take place."""
        with self._lock:
            self._waiting = []


class Traffic:
    """Open connections and requests being served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._connections = 0
        self._in_flight = 0

    def connected(self, connection: socket.socket) -> int:
        """Note a new connection; return its number."""
        with self._lock:
            self._sockets.add(connection)
            self._connections += 1
            return self._connections

    def left(self, connection: socket.socket) -> None:
        """Note that a connection is over."""
        with self._lock:
            self._sockets.discard(connection)

    def begin(self) -> int:
        """Note a request; return how many are being served, this one included."""
        with self._lock:
            self._in_flight += 1
            return self._in_flight

    def end(self) -> None:
        """Note that a request is done with."""
        with self._lock:
            self._in_flight -= 1

    def cut(self) -> None:
        """Close all connections."""
        with self._lock:
            for connection in self._sockets:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


class Exchange:
    """One request on its way through: applied at most once, logged exactly once."""

    def __init__(
        self, server: SandboxServer, line: Line, request: Request, connection: int
    ) -> None:
        self.server = server
        self.line = line
        self.request = request
        self.fault: Fault | None = None
        self._connection = connection
        self._in_flight = server.traffic.begin()
        self._began = time.perf_counter()
        self._lock = threading.Lock()
        self._answer: Response | None = None
        self._noted = False

    def run(self, *, reused: bool) -> bool:
        """Answer the request or misbehave as scripted; True where the line stays open."""
        try:
            self.server.postponed.release()
            self.fault = self.server.scenario.pick(self.request, reused=reused)
            if self.fault:
                return misbehave(self)
            self.send(self.apply())
            return True
        finally:
            self.server.traffic.end()
            self.note(None)

    def apply(self) -> Response:
        """Let the request take effect, once; later calls return the same answer."""
        with self._lock:
            if self._answer is None:
                self._answer = self.server.handle(self.request)
            return self._answer

    def postpone(self, seconds: float) -> None:
        """Let the effect take place later, with nobody waiting for the answer."""
        self.server.postponed.add(seconds, self)

    def send(self, response: Response) -> None:
        """Log and write an answer, in one piece."""
        self.note(response.status, len(response.body))
        self.line.send(encode(response, head_only=self.request.method == "HEAD"))

    def note(self, status: int | None, size: int = 0) -> None:
        """Write the log entry, before the client can have seen anything."""
        if self._noted:
            return
        self._noted = True
        request = self.request
        self.server.log.add(
            at=request.received_at,
            method=request.method,
            path=request.path,
            query=request.raw_query,
            status=status,
            auth=digest(request.headers.get("authorization")),
            duration_ms=round((time.perf_counter() - self._began) * 1000, 3),
            bytes_in=len(request.body),
            bytes_out=size,
            connection=self._connection,
            in_flight=self._in_flight,
            fault=self.fault.kind if self.fault else None,
        )


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
