"""What `python -m connectors.<kind>.sandbox` has in common: options, ready line, signals."""

import argparse
import gc
import json
import os
import signal
import sys
import threading

from connectors.sandboxing.server import App, SandboxServer


def common_options(description: str, port: int) -> argparse.ArgumentParser:
    """Return a parser with --host, --port, --state, --log and --clock-offset."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=port, help="port; 0 takes a free one")
    parser.add_argument("--state", default=":memory:", help="SQLite file, made if missing")
    parser.add_argument("--log", default=None, help="file for the request log, one JSON a line")
    parser.add_argument("--clock-offset", type=float, default=0.0, help="seconds ahead of now")
    return parser


def serve(app: App, *, host: str, port: int, log_path: str | None = None) -> int:
    """Print one JSON line with the address and serve until SIGTERM or SIGINT; the exit code."""
    try:
        server = SandboxServer(app, host=host, port=port, log_path=log_path)
    except OSError as error:
        sys.stderr.write(f"{app.name}: cannot listen on {host}:{port}: {error.strerror}\n")
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    gc.collect()
    gc.freeze()  # the collector would walk all seeded documents again and again
    ready = {"url": server.url, "name": app.name, "pid": os.getpid()}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    server.serve_forever()
    server.stop()
    return 0
