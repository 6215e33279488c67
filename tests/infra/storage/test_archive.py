from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from infra.storage.archive import MissingArchiveError, find_archive


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """Put a folder `scripts` into a project of its own; tests write what `python -m scripts` does there."""
    module = tmp_path / "scripts" / "__main__.py"
    module.parent.mkdir()
    module.with_name("__init__.py").touch()
    return module


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
    with pytest.raises(MissingArchiveError) as caught:
        find_archive(Path(name), key="functionArchive", target="lambda-arm64", project=tmp_path)
    assert str(caught.value) == (
        f"There is no archive at {tmp_path / name}: "
        f"pack one with `iris pack --target lambda-arm64`, or leave `functionArchive` empty."
    )


@pytest.mark.parametrize("target", ["aws-x86_64", "lambda-arm64"])
def test_an_unnamed_archive_is_packed_for_its_target_by_the_project_s_own_command(
    tmp_path: Path, commands: Path, target: str
):
    commands.write_text(
        "import pathlib, sys\n"
        "print('packing', file=sys.stderr)\n"
        "pathlib.Path('fresh.zip').write_text(' '.join(sys.argv[1:]))\n"
        "print('fresh.zip')\n"
    )
    archive = find_archive(None, key="archive", target=target, project=tmp_path)
    assert archive.path == tmp_path / "fresh.zip"
    assert archive.path.read_text() == f"pack --quiet --target {target}"


def test_a_failure_to_pack_is_told_with_the_command(tmp_path: Path, commands: Path):
    commands.write_text("raise SystemExit(3)\n")
    with pytest.raises(MissingArchiveError, match="`iris pack --target aws-arm64` ended with status 3"):
        find_archive(None, key="archive", target="aws-arm64", project=tmp_path)
