"""A child that ends is started again; one that ignores SIGTERM is ended all the same."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from integration_platform.processes import Child, stop


def _child(tmp_path: Path, code: str) -> Child:
    return Child("web", [sys.executable, "-c", code], dict(os.environ), tmp_path / "web.log")


def _until(reached: Callable[[], object], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if reached():
            return True
    return False


WAIT = "import signal; print('up', flush=True); signal.pause()"


def test_a_killed_process_is_back_within_two_seconds(tmp_path: Path) -> None:
    child = _child(tmp_path, WAIT)
    child.start()
    child.process.kill()
    child.process.wait()
    killed_at = time.monotonic()

    assert "signal 9" in child.tend()
    assert _until(lambda: child.tend() is None and child.is_running())

    assert time.monotonic() - killed_at < 2
    stop([child])


def test_a_process_that_never_starts_is_tried_with_pauses_of_less_than_two_seconds(
    tmp_path: Path,
) -> None:
    child = _child(tmp_path, "raise SystemExit('no such thing')")
    for _ in range(8):
        child.start()
        child.process.wait()
        child.tend()

    assert 1 < child.due_at - time.monotonic() < 2
    assert "no such thing" in child.tail()


def test_stopping_ends_also_who_will_not_listen(tmp_path: Path) -> None:
    deaf = _child(tmp_path, f"import signal; signal.signal(15, signal.SIG_IGN); {WAIT}")
    deaf.start()
    assert _until(lambda: "up" in deaf.tail())

    stop([deaf], seconds=0.2)

    assert deaf.process.returncode == -signal.SIGKILL
