"""Make the virtual environment in .venv from the pinned requirements:
`python -P platform/bootstrap.py FILE`.

Needs nothing but Python itself; `-P` keeps this folder off the path, where its modules would stand
in for the standard ones. A second call finds the stamp and does nothing; an attempt that was broken
off is found by its mark and made anew.
"""

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / "unfinished"
NEEDED_BYTES = 900_000_000


def digest(requirements: Path) -> str:
    """Return what the environment depends on: the pins, those of included files too."""
    text = requirements.read_text()
    for line in text.splitlines():
        if line.startswith("-r "):
            text += (requirements.parent / line[3:].strip()).read_text()
    return hashlib.sha256(f"{sys.version_info[:2]}\n{text}".encode()).hexdigest()


def fail(sentence: str) -> None:
    """End with one clear sentence."""
    raise SystemExit(f"bootstrap: {sentence}")


def create() -> None:
    """Make an empty environment unless a usable one is there."""
    if UNFINISHED.exists() or (VENV.exists() and not works()):
        shutil.rmtree(VENV)
    if VENV.exists():
        return
    if shutil.disk_usage(ROOT).free < NEEDED_BYTES:
        fail(f"less than {NEEDED_BYTES // 1_000_000} MB are free here: make room and try again.")
    VENV.mkdir()
    UNFINISHED.touch()
    made = run(sys.executable, "-m", "venv", str(VENV))
    if made.returncode:
        made = run(sys.executable, "-m", "venv", "--without-pip", str(VENV))
        if made.returncode or run(sys.executable, "-m", "pip", "--version").returncode:
            fail("this Python has neither venv nor pip; on Debian: apt-get install python3-venv.")


def works() -> bool:
    """Say whether the environment's Python starts and is new enough."""
    try:
        probe = run(str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))")
    except OSError:
        return False
    return probe.returncode == 0


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command and keep what it says."""
    return subprocess.run(command, capture_output=True, text=True, check=False)


def install(requirements: Path) -> None:
    """Install the pins; raises SystemExit with pip's own last words when that fails."""
    own = run(str(PYTHON), "-m", "pip", "--version").returncode == 0
    pip = [str(PYTHON), "-m", "pip"] if own else [sys.executable, "-m", "pip", "--python", PYTHON]
    options = ["install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)]
    done = run(*map(str, pip), *options)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()[-6:]
        fail("pip could not install the requirements:\n  " + "\n  ".join(words))


def main() -> None:
    """Bring .venv to what the given file of requirements says."""
    if sys.version_info < (3, 11):  # noqa: UP036  whoever has an older one shall read why not
        fail(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")
    requirements = ROOT / (sys.argv[1] if len(sys.argv) > 1 else "requirements.txt")
    (ROOT / ".run").mkdir(mode=0o700, exist_ok=True)
    with (ROOT / ".run" / "bootstrap.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = VENV / f"{requirements.stem}.stamp"
        wanted = digest(requirements)
        with contextlib.suppress(OSError):
            if stamp.read_text() == wanted and not UNFINISHED.exists() and PYTHON.exists():
                return
        print(f"Installing {requirements.name} into .venv (once)", flush=True)
        create()
        UNFINISHED.touch()
        install(requirements)
        stamp.write_text(wanted)
        UNFINISHED.unlink()


if __name__ == "__main__":
    main()
