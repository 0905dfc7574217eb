"""Child processes that are kept alive: started, started again when they end, stopped for good."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
QUICK_SECONDS = 5.0  # an end within this time after a start counts as a failed start
LONGEST_PAUSE = 1.5  # a process that was killed is back within two seconds, whatever went before
LARGEST_LOG = 20_000_000  # bytes; an older log is dropped at the next start


def die_with_parent(number: int = signal.SIGTERM) -> None:
    """Ask the kernel to end this process when its parent dies, even by kill -9. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


@dataclass
class Child:
    """One process by name; `command` and `environment` are the same at every start."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    began_at: float = 0.0
    quick_ends: int = 0
    due_at: float = 0.0

    def start(self) -> None:
        """Start the process; its output goes to its log, Ctrl-C goes to the supervisor alone."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.log.exists() and self.log.stat().st_size > LARGEST_LOG
        with self.log.open("wb" if fresh else "ab") as log:
            self.process = subprocess.Popen(
                list(self.command),
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,  # safe: the supervisor has one thread
            )
        self.began_at = time.monotonic()
        self.due_at = 0.0

    def tend(self) -> str | None:
        """Start the process again when it has ended and its pause is over.

        Returns a sentence at the moment an end is noticed.
        """
        now = time.monotonic()
        if self.due_at:
            if now >= self.due_at:
                self.start()
            return None
        if self.process is None or self.process.poll() is None:
            return None
        quick = now - self.began_at < QUICK_SECONDS
        self.quick_ends = self.quick_ends + 1 if quick else 0
        self.due_at = now + min(LONGEST_PAUSE, 0.1 * 2**self.quick_ends)
        return f"{self.name} ended ({_spoken(self.process.returncode)}) and is started again"

    def is_running(self) -> bool:
        """Say whether the process lives at this moment."""
        return self.process is not None and self.process.poll() is None

    def tail(self, lines: int = 5) -> str:
        """Return the last lines of the log, for who must find out why it does not start."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def stop(children: Sequence[Child], seconds: float = 10.0) -> None:
    """Ask all to end, wait, then kill the groups of those that did not."""
    living = [child for child in children if child.is_running()]
    for child in living:
        _signal(child, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    for child in living:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal(child, signal.SIGKILL, group=True)
            child.process.wait()


def _signal(child: Child, number: int, *, group: bool = False) -> None:
    try:
        (os.killpg if group else os.kill)(child.process.pid, number)
    except ProcessLookupError:
        return


def _spoken(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
