"""Ports for servers that are told where to listen: they stay ours until the server takes them."""

from __future__ import annotations

import socket


def reserve() -> socket.socket:
    """Return a socket that is bound to a port of the loopback address and does not listen.

    While it is open, the system gives its port to nobody who asks for any, neither a server nor a
    connection; who asks for this one with SO_REUSEADDR, as servers do, gets it. Until then it
    refuses connections.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held


def number(held: socket.socket) -> int:
    """Return the port that is reserved."""
    return int(held.getsockname()[1])
