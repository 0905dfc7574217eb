"""The drill's short form: a few points, the same installation, the same count."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.drill.environment import ROOT

POINTS = "K5,K8,K10,K17"


def test_workers_killed_at_the_worst_moments_double_and_lose_nothing():
    command = [sys.executable, "-m", "tests.drill", "--kills", "1", "--points", POINTS]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)

    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["points"] == dict.fromkeys(POINTS.split(","), 1)
    assert (found["doubled"], found["lost"], found["stuck"]) == (0, 0, 0)
