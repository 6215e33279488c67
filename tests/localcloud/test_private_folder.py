"""A folder that only its owner can enter."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from localcloud.private_folder import FolderError, make_private_folder

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777], ids=oct)
def test_a_new_one_is_private_whatever_the_umask(tmp_path: Path, umask: int):
    folder = tmp_path / "home"
    before = os.umask(umask)
    try:
        make_private_folder(folder)
    finally:
        os.umask(before)
    assert mode(folder) == 0o700


def test_it_is_private_from_its_first_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "home"

    def tightened(descriptor: int, mode: int) -> None:
        pytest.fail(f"{descriptor} was tightened to {mode:o} afterwards")

    monkeypatch.setattr("os.fchmod", tightened)
    before = os.umask(0)
    try:
        make_private_folder(folder)
    finally:
        os.umask(before)
    assert mode(folder) == 0o700


@pytest.mark.parametrize("loose", [0o755, 0o777, 0o750, 0o500])
def test_one_that_is_there_is_tightened_and_keeps_what_it_holds(tmp_path: Path, loose: int):
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "file").write_text("kept")
    folder.chmod(loose)

    make_private_folder(folder)

    assert mode(folder) == 0o700
    assert (folder / "file").read_text() == "kept"


def test_missing_parents_are_made(tmp_path: Path):
    make_private_folder(tmp_path / "a" / "b")
    assert mode(tmp_path / "a" / "b") == 0o700


def test_another_user_s_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "home"
    folder.mkdir(0o755)
    owner = folder.stat().st_uid
    monkeypatch.setattr("os.geteuid", lambda: owner + 1)

    with pytest.raises(FolderError, match="belongs to another user"):
        make_private_folder(folder)

    assert mode(folder) == 0o755


def test_a_link_or_a_file_in_its_place_is_refused(tmp_path: Path):
    real, link, file = tmp_path / "real", tmp_path / "link", tmp_path / "file"
    real.mkdir(0o755)
    link.symlink_to(real)
    file.touch()

    for place in (link, file, file / "below"):
        with pytest.raises(FolderError, match="cannot be used for the local cloud"):
            make_private_folder(place)

    assert mode(real) == 0o755
