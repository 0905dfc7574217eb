"""The folder platform/ must never shadow the standard module of that name."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ENTRY_POINTS = (
    "integration_platform",
    "integration_platform.settings",
    "integration_platform.celery",
    "integration_platform.wsgi",
    "integration_platform.asgi",
    "integration_platform.supervisor",
    "manage",
    "integration_platform.bootstrap",
)


def test_the_folder_platform_is_no_package_of_its_own() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()


@pytest.mark.parametrize("module", ENTRY_POINTS)
def test_the_standard_module_answers_after_importing(module: str) -> None:
    code = f"import {module}, platform; print(platform.system())"

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.stdout.strip().endswith(("Linux", "Darwin")), done.stderr
