"""What every process of the drill is started with; imports nothing of the product."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from tests import ports

ROOT = Path(__file__).resolve().parents[2]
_held: list[socket.socket] = []


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of an installation that lives in `folder`."""
    port = _port(folder)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "STATE_DIR": str(folder / "state"),
        "DRILL_FOLDER": str(folder),
        "SANDBOXES": "false",
        "PORT": port,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "WEB_WORKERS": "1",
        "DJANGO_SETTINGS_MODULE": "integration_platform.settings",
        "PYTHONPATH": str(ROOT),
    }


def _port(folder: Path) -> str:
    """Return the port of this installation's web process, the same in all of its processes."""
    file = folder / "port"
    if not file.exists():
        _held.append(ports.reserve())  # until this process, the drill's own, is over
        file.write_text(str(ports.number(_held[-1])))
    return file.read_text()
