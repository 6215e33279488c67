from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from infra.archive import ArchiveError, find_archive


@pytest.fixture
def iris(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a command `iris` beside the interpreter, in a folder of its own; tests write what it does."""
    command = tmp_path / "bin" / "iris"
    command.parent.mkdir()
    command.touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(command.with_name("python")))
    return command


def test_a_named_archive_is_found_from_the_project_s_folder(tmp_path: Path):
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "iris.zip").write_bytes(b"packed")
    archive = find_archive(Path("build/iris.zip"), key="archive", target="aws-arm64", project=tmp_path)
    assert archive.path == tmp_path / "build" / "iris.zip"
    assert archive.sha256 == hashlib.sha256(b"packed").hexdigest()


def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path):
    file = tmp_path / "iris.zip"
    file.write_bytes(b"packed")
    assert find_archive(file, key="archive", target="aws-arm64", project=tmp_path / "elsewhere").path == file


@pytest.mark.parametrize("name", ["missing.zip", "."])
def test_an_archive_that_is_not_there_is_refused_with_what_helps(tmp_path: Path, name: str):
    with pytest.raises(ArchiveError) as caught:
        find_archive(Path(name), key="functionArchive", target="lambda-arm64", project=tmp_path)
    assert str(caught.value) == (
        f"There is no archive at {tmp_path / name}: "
        f"pack one with `iris pack --target lambda-arm64`, or leave `functionArchive` empty."
    )


@pytest.mark.parametrize("target", ["aws-x86_64", "lambda-arm64"])
def test_an_unnamed_archive_is_packed_for_its_target_in_the_project_s_folder(
    tmp_path: Path, iris: Path, target: str
):
    iris.write_text('#!/bin/sh\necho "packing" >&2\necho "$@" >"$(pwd)/fresh.zip"\necho fresh.zip\n')
    archive = find_archive(None, key="archive", target=target, project=tmp_path)
    assert archive.path == tmp_path / "fresh.zip"
    assert archive.path.read_text() == f"pack --target {target}\n"


def test_a_failure_to_pack_is_told_with_the_command(tmp_path: Path, iris: Path):
    iris.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(ArchiveError, match="`iris pack --target aws-arm64` ended with status 3"):
        find_archive(None, key="archive", target="aws-arm64", project=tmp_path)


def test_an_environment_without_the_command_is_told_so(tmp_path: Path, iris: Path):
    iris.unlink()
    with pytest.raises(ArchiveError, match="install the project into this environment"):
        find_archive(None, key="archive", target="aws-arm64", project=tmp_path)
