"""One request on its way through a sandbox, and what is kept about all that are on their way."""

import socket
import threading
import time
from typing import Protocol

from connectors.sandboxing.clock import Clock
from connectors.sandboxing.faults import Fault, Scenario
from connectors.sandboxing.log import RequestLog, digest
from connectors.sandboxing.messages import Request, Response
from connectors.sandboxing.mischief import misbehave
from connectors.sandboxing.wire import Line, encode


class Server(Protocol):
    """What an exchange needs of its server."""

    log: RequestLog
    scenario: Scenario
    postponed: "Postponed"
    traffic: "Traffic"

    def handle(self, request: Request) -> Response: ...


class Exchange:
    """One request on its way through: applied at most once, logged exactly once."""

    def __init__(self, server: Server, line: Line, request: Request, connection: int) -> None:
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


class Postponed:
    """Effects that take place later, by the sandbox's clock, when nobody waits any more.

    They are carried out before the next request that comes after their time: an effect can
    only be seen by a request, so nobody can tell the difference from a timer.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: list[tuple[float, Exchange]] = []

    def add(self, seconds: float, exchange: Exchange) -> None:
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
