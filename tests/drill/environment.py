"""What every process of the drill is started with; imports nothing of the product."""

from __future__ import annotations

import os
import socket
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


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
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            file.write_text(str(probe.getsockname()[1]))
    return file.read_text()
