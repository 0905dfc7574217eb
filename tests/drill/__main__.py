"""`make drill`: kill everything in turn and count what was doubled or lost.

    python -m tests.drill [--kills 3] [--seed 1] [--controls] [--points K1,K5] [--keep]

The last line is JSON; the exit code is 0 only if nothing was doubled, lost or stuck and every
point struck as often as asked, with --controls only if every protection that was switched off
turned the drill red.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django


def main() -> int:
    parser = argparse.ArgumentParser(prog="make drill", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="kills at each point")
    parser.add_argument("--seed", type=int, default=1, help="order of kills, faults of the ledger")
    parser.add_argument("--controls", action="store_true", help="switch protections off, see red")
    parser.add_argument("--only", default="", help="only these controls, separated by commas")
    parser.add_argument("--points", default="", help="only these, separated by commas")
    parser.add_argument("--keep", action="store_true", help="leave logs and state where they are")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end too
    folder = Path(tempfile.mkdtemp(prefix="drill."))
    try:
        return _in(folder, options)
    finally:
        if options.keep:
            print(f"state and logs: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _in(folder: Path, options: argparse.Namespace) -> int:
    """Be a process of the installation in `folder`: Django is set up with its addresses."""
    from tests.drill.environment import environment

    for name, value in environment(folder).items():
        os.environ[name] = value
    django.setup()
    from tests.drill import course
    from tests.drill.installation import Installation

    servers = Installation(folder)
    servers.start_servers()
    try:
        started = time.monotonic()
        if options.controls:
            result: dict[str, Any] = course.controls(
                folder, options.seed, say, tuple(filter(None, options.only.split(",")))
            )
            ok = all(result["controls"].values())
        else:
            points = tuple(filter(None, options.points.split(",")))
            result = course.run(folder, options.seed, options.kills, say, points)
            short = course.missed(result, options.kills, points)
            if short:
                say(f"struck less than {options.kills} times: {', '.join(short)}")
            ok = not (short or result["doubled"] or result["lost"] or result["stuck"])
        result["seconds"] = round(time.monotonic() - started, 1)
        print(json.dumps(result), flush=True)
        return 0 if ok else 1
    finally:
        servers.stop()


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
