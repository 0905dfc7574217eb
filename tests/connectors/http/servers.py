"""A server of a few lines that says exactly the bytes a test wants."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Seen:
    """One request as it arrived."""

    head: str
    body: bytes
    pieces: int = 1

    @property
    def target(self) -> str:
        return self.head.split(" ", 2)[1]

    @property
    def method(self) -> str:
        return self.head.split(" ", 1)[0]

    def header(self, name: str) -> str:
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return ""


Reply = Callable[[Seen, socket.socket], bytes | None]


@dataclass
class RawServer:
    """Answers each request with the bytes `reply` returns; None closes the connection."""

    reply: Reply
    tls: ssl.SSLContext | None = None
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"
        self.stopped = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        if self.tls:
            try:
                connection = self.tls.wrap_socket(connection, server_side=True)
            except OSError:
                connection.close()
                return
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                while (request := _read(connection)) is not None:
                    with self._lock:
                        self.seen.append(request)
                    answer = self.reply(request, connection)
                    if answer is None:
                        return
                    connection.sendall(answer)
            except OSError:
                return

    def stop(self) -> None:
        self.stopped.set()
        self._listener.close()


def _read(connection: socket.socket) -> Seen | None:
    data, pieces = b"", 0
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return None
        data, pieces = data + chunk, pieces + 1
    head, _, body = data.partition(b"\r\n\r\n")
    seen = Seen(head.decode("latin-1"), b"", pieces)
    length = int(seen.header("Content-Length") or 0)
    while len(body) < length:
        body += connection.recv(65536)
        seen.pieces += 1
    seen.body = body
    return seen


def certificate(folder: Path, address: str = "127.0.0.1", days: int = 1) -> tuple[Path, Path]:
    """A certificate that nobody signed but itself, and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = (folder / "cert.pem", folder / "key.pem")
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


def serving(paths: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paths)
    return context


def http(
    status: int = 200,
    body: bytes = b"{}",
    content_type: str = "application/json",
    **headers: str,
) -> bytes:
    """A complete answer; header names are given with underscores."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def as_json(value: Any, status: int = 200, **headers: str) -> bytes:
    return http(status, json.dumps(value).encode(), **headers)


def token_answer(value: str = "first", **more: Any) -> bytes:
    return as_json({"access_token": value, "expires_in": 300, "token_type": "Bearer", **more})
