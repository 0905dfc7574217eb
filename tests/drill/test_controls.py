"""Every protection is there for a reason: without it the drill turns red."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.drill.controls import CONTROLS
from tests.drill.environment import ROOT

QUICKEST = "no_http_retry"


def test_the_drill_turns_red_without_a_protection(request):
    """Each of them with `--long`, else the one that is seen soonest."""
    names = list(CONTROLS) if request.config.getoption("--long") else [QUICKEST]
    command = [sys.executable, "-m", "tests.drill", "--controls", "--only", ",".join(names)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800)

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["controls"] == dict.fromkeys(names, True)
