"""The environment is made once, and an attempt that was broken off never stays."""

import shutil
from pathlib import Path

import pytest

from integration_platform import bootstrap


def project(folder: Path, patch: pytest.MonkeyPatch) -> Path:
    """Let bootstrap work on a project of its own whose requirements ask for nothing."""
    venv = folder / ".venv"
    patch.setattr(bootstrap, "ROOT", folder)
    patch.setattr(bootstrap, "VENV", venv)
    patch.setattr(bootstrap, "PYTHON", venv / "bin" / "python")
    patch.setattr(bootstrap, "UNFINISHED", venv / "unfinished")
    patch.setattr(bootstrap, "NEEDED_BYTES", 0)
    patch.setattr(bootstrap.sys, "argv", ["bootstrap.py"])
    (folder / "requirements.txt").write_text("")
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without an environment."""
    return project(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose environment bootstrap has made: seconds of work, done once."""
    with pytest.MonkeyPatch.context() as patch:
        folder = project(tmp_path_factory.mktemp("finished"), patch)
        bootstrap.main()
    return folder


@pytest.fixture
def made(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that project for one test."""
    copy = shutil.copytree(finished, tmp_path / "project", symlinks=True)
    return project(copy, monkeypatch)


def test_a_second_call_does_nothing(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bootstrap.main()

    assert capsys.readouterr().out == ""
    assert (made / ".venv" / "bin" / "python").exists()


def test_a_broken_attempt_is_made_anew(folder: Path) -> None:
    (folder / ".venv" / "lib").mkdir(parents=True)
    (folder / ".venv" / "lib" / "half").touch()
    bootstrap.UNFINISHED.touch()

    bootstrap.main()

    assert not (folder / ".venv" / "lib" / "half").exists()
    assert not bootstrap.UNFINISHED.exists()


def test_a_requirement_that_cannot_be_had_is_said_and_leaves_no_stamp(made: Path) -> None:
    (made / ".venv" / "requirements.stamp").unlink()
    (made / "requirements.txt").write_text("./no-such-folder\n")

    with pytest.raises(SystemExit, match="pip could not install"):
        bootstrap.main()

    assert not list((made / ".venv").glob("*.stamp"))


def test_a_full_disk_is_named_before_anything_is_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "NEEDED_BYTES", 10**18)

    with pytest.raises(SystemExit, match="make room"):
        bootstrap.main()

    assert not (folder / ".venv").exists()


def test_an_older_python_is_told_which_one_is_needed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))

    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer"):
        bootstrap.main()


def test_the_digest_changes_with_an_included_file(tmp_path: Path) -> None:
    (tmp_path / "base.txt").write_text("a==1\n")
    (tmp_path / "dev.txt").write_text("-r base.txt\nb==1\n")
    before = bootstrap.digest(tmp_path / "dev.txt")

    (tmp_path / "base.txt").write_text("a==2\n")

    assert bootstrap.digest(tmp_path / "dev.txt") != before
