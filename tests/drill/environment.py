"""What every process of the drill is started with; imports nothing of the product."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of an installation that lives in `folder`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "STATE_DIR": str(folder / "state"),
        "DRILL_FOLDER": str(folder),
        "SANDBOXES": "false",
        "DJANGO_SETTINGS_MODULE": "integration_platform.settings",
        "PYTHONPATH": str(ROOT),
    }
