"""Folder that is accessible only to its owner."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from localcloud.private_folder import FolderError, create_private_folder

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777], ids=oct)
def test_a_new_folder_is_private_with_any_umask(tmp_path: Path, umask: int):
    folder = tmp_path / "home"
    before = os.umask(umask)
    try:
        create_private_folder(folder)
    finally:
        os.umask(before)
    assert mode(folder) == 0o700


def test_a_new_folder_is_private_from_its_creation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "home"

    def fchmod(descriptor: int, mode: int) -> None:
        pytest.fail(f"the mode of {descriptor} was changed to {mode:o} after its creation")

    monkeypatch.setattr("os.fchmod", fchmod)
    before = os.umask(0)
    try:
        create_private_folder(folder)
    finally:
        os.umask(before)
    assert mode(folder) == 0o700


@pytest.mark.parametrize("loose", [0o755, 0o777, 0o750, 0o500])
def test_an_existing_folder_becomes_private_and_keeps_its_files(tmp_path: Path, loose: int):
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "file").write_text("kept")
    folder.chmod(loose)

    create_private_folder(folder)

    assert mode(folder) == 0o700
    assert (folder / "file").read_text() == "kept"


def test_missing_parents_are_created(tmp_path: Path):
    create_private_folder(tmp_path / "a" / "b")
    assert mode(tmp_path / "a" / "b") == 0o700


def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "home"
    folder.mkdir(0o755)
    owner = folder.stat().st_uid
    monkeypatch.setattr("os.geteuid", lambda: owner + 1)

    with pytest.raises(FolderError, match="belongs to another user"):
        create_private_folder(folder)

    assert mode(folder) == 0o755


def test_a_link_or_a_file_instead_of_a_folder_is_refused(tmp_path: Path):
    real, link, file = tmp_path / "real", tmp_path / "link", tmp_path / "file"
    real.mkdir(0o755)
    link.symlink_to(real)
    file.touch()

    for place in (link, file, file / "below"):
        with pytest.raises(FolderError, match="cannot be used for the local cloud"):
            create_private_folder(place)

    assert mode(real) == 0o755
