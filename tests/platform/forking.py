"""Runs programs in environments of their own, without the second that each takes to import Django.

`Forks` keeps one process that has imported what is not ours, and nothing of ours; it forks for each
program. Started as a module it is that process: a line of JSON in, a line of JSON out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = (
    "celery.app",
    "celery.signals",
    "cryptography.fernet",
    "django.conf",
    "django.db",
    "environs",
    "kombu",
    "psycopg",
    "redis",
    "structlog",
)


class Forks:
    """The process that forks, for as long as it is needed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.platform.forking"],
            cwd=ROOT,
            env={},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, program: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a program in just this environment; returns what it said and how it ended."""
        self._process.stdin.write(json.dumps([program, dict(environment)]) + "\n")
        self._process.stdin.flush()
        return subprocess.CompletedProcess(program, *json.loads(self._process.stdout.readline()))

    def end(self) -> None:
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    """Fork for each program that is asked for, until nobody asks any more."""
    for name in NOT_OURS:
        import_module(name)
    ours = [name for name in sys.modules if name.startswith("integration_platform")]
    assert not ours, f"would be shared by all programs: {ours}"
    for line in sys.stdin:
        print(json.dumps(forked(*json.loads(line))), flush=True)


def forked(program: str, environment: dict[str, str]) -> tuple[int, str, str]:
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        child = os.fork()
        if not child:
            os.dup2(said.fileno(), 1)
            os.dup2(complained.fileno(), 2)
            os._exit(_run(program, environment))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return code, _text(said), _text(complained)


def _run(program: str, environment: dict[str, str]) -> int:
    os.environ.clear()
    os.environ.update(environment)
    try:
        exec(program, {})
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _text(file: Any) -> str:
    file.seek(0)
    return file.read().decode()


if __name__ == "__main__":
    main()
