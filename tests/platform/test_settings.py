"""Production takes no default that would be unsafe, and every setting is described."""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.platform.forking import Forks

ROOT = Path(__file__).resolve().parents[2]
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
PRODUCTION = {
    "PRODUCTION": "true",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ-x",
    "FERNET_KEYS": KEY,
    "DATABASE_URL": "postgresql://app:secret@db.example/connector",
    "BROKER_URL": "redis://broker.example/0",
    "PUBLIC_URL": "https://connector.example",
    "MAIL_HOST": "mail.example",
}


def _python(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


Load = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def load() -> Iterator[Load]:
    """What loads the settings in a process and an environment of their own, and prints some."""
    forks = Forks()

    def load(environment: dict[str, str], *names: str) -> subprocess.CompletedProcess[str]:
        program = (
            "import json; from integration_platform import settings as s;"
            f"print(json.dumps([getattr(s, name) for name in {names!r}], default=str))"
        )
        return forks.run(program, environment)

    yield load
    forks.end()


def test_production_starts_with_what_it_needs_and_makes_no_keys(load: Load, tmp_path: Path) -> None:
    environment = {**PRODUCTION, "STATE_DIR": str(tmp_path / "state")}

    done = load(environment, "SESSION_COOKIE_SECURE", "SANDBOXES", "MAIL_VERIFICATION")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True, False, True]
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter"),
        ({"FERNET_KEYS": ""}, "FERNET_KEYS is missing"),
        ({"FERNET_KEYS": "a-password"}, "FERNET_KEYS must hold 32 random bytes"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is missing"),
        ({"BROKER_URL": ""}, "BROKER_URL is missing"),
        ({"DEBUG": "true"}, "DEBUG must be off"),
        ({"SANDBOXES": "true"}, "SANDBOXES must be off"),
        ({"MAIL_VERIFICATION": "false"}, "MAIL_VERIFICATION must be on"),
        ({"MAIL_HOST": ""}, "MAIL_HOST is missing"),
        ({"PUBLIC_URL": "http://connector.example"}, "PUBLIC_URL must begin with https://"),
        ({"EGRESS_ALLOW": "127.0.0.0/8:8080,443"}, "EGRESS_ALLOW must not name loopback"),
        ({"EGRESS_ALLOW": "10.0.0.0/8 [::1]:443"}, "EGRESS_ALLOW must not name loopback"),
        ({"EGRESS_ALLOW": "localhost:80"}, "EGRESS_ALLOW must not name loopback"),
        ({"EGRESS_ALLOW": "0.0.0.0/0"}, "EGRESS_ALLOW must not name loopback"),
        ({"EGRESS_MODE": "open"}, "EGRESS_MODE is hosted or selfhosted"),
        ({"DATABASE_URL": "sqlite:///x"}, "must begin with postgresql://"),
    ],
)
def test_production_refuses(load: Load, change: dict[str, str], sentence: str) -> None:
    done = load({**PRODUCTION, **change}, "DEBUG")

    assert done.returncode != 0
    assert sentence in done.stderr


def test_a_refusal_names_everything_that_is_missing_at_once(load: Load) -> None:
    done = load({"PRODUCTION": "true"}, "DEBUG")

    assert all(name in done.stderr for name in ("SECRET_KEY", "FERNET_KEYS", "BROKER_URL"))


def test_a_bad_address_is_refused_without_showing_its_password(load: Load) -> None:
    address = "postgresql://app:hunter2secret@db:notaport:/x?nonsense=1"

    done = load({**PRODUCTION, "DATABASE_URL": address}, "DEBUG")

    assert done.returncode != 0
    assert "An address of the database cannot be used" in done.stderr
    assert "hunter2secret" not in done.stderr


def test_a_setting_of_the_wrong_kind_is_one_sentence_at_the_terminal() -> None:
    done = _python({"PORT": "many"}, "-m", "integration_platform.supervisor")

    assert done.returncode == 2
    assert done.stderr.startswith("make run: ")
    assert "PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_secret_may_come_from_a_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 60 + "\n")
    environment = {**PRODUCTION, "SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path / "key")}

    done = load(environment, "SECRET_KEY")

    assert json.loads(done.stdout) == ["k" * 60], done.stderr


def test_keys_made_on_first_start_stay_and_are_for_us_alone(load: Load, tmp_path: Path) -> None:
    environment = {"STATE_DIR": str(tmp_path / "state")}

    first = load(environment, "SECRET_KEY", "FERNET_KEYS")
    second = load(environment, "SECRET_KEY", "FERNET_KEYS")

    assert first.stdout == second.stdout != ""
    assert (tmp_path / "state" / "secrets.json").stat().st_mode & 0o077 == 0


def test_django_finds_nothing_to_say_about_the_production_settings() -> None:
    done = _python(PRODUCTION, "manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr


def test_every_setting_is_described_and_nothing_else_is() -> None:
    code = "from integration_platform import settings as s; print(*s.env.dump())"
    known = set(_python({}, "-c", code).stdout.split())

    described = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/settings.md").read_text(), re.M)

    assert known
    assert sorted(described) == sorted(known)
