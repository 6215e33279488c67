"""Archives in a cloud's folder: kept, verified, unpacked once, and without a second copy on the disk."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from typing import TYPE_CHECKING, Final

import pytest
from botocore.response import StreamingBody

from localcloud.aws.clients import Api
from localcloud.controller.instances import LaunchSettings
from localcloud.provisioning.archives import (
    LIBRARIES,
    ArchiveHashError,
    archive_file,
    keep,
    unpack,
    unpack_ahead,
)
from localcloud.state_dir import StateDir
from tests.stubbed import stub

if TYPE_CHECKING:
    from pathlib import Path

REQUEST: Final = {"Bucket": "archives", "Key": "some/service.zip", "VersionId": "3"}

LIBRARY: Final = next(LIBRARIES.glob("uvloop/*.so"))
"""Library that both this environment and an archive for this machine have."""


def packed(**members: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("service/main.py", "print('serving')\n")
        for name, content in members.items():
            archive.writestr(name, content)
    return body.getvalue()


def boot(sha256: str) -> LaunchSettings:
    return LaunchSettings(
        archive="s3://archives/some/service.zip",
        version="3",
        sha256=sha256,
        keep_alive_seconds="75",
        docs="on",
    )


@pytest.fixture
def state_dir(tmp_path: Path) -> StateDir:
    state_dir = StateDir(tmp_path)
    state_dir.archives.mkdir(parents=True)
    return state_dir


def unpacked(state_dir: StateDir, boot: LaunchSettings, *bodies: bytes) -> Path:
    """Unpack from a bucket that returns these bodies, one per request."""
    api = Api("http://127.0.0.1:1", "eu-west-1")
    responses = [
        ("get_object", REQUEST, {"Body": StreamingBody(io.BytesIO(body), len(body))}) for body in bodies
    ]
    with stub(api.client("s3"), responses) as stubber:
        folder = unpack(api, boot, state_dir)
        stubber.assert_no_pending_responses()
    return folder


def test_the_archive_is_unpacked_into_a_folder_with_its_hash(state_dir: StateDir):
    body = packed()
    folder = unpacked(state_dir, boot(hashlib.sha256(body).hexdigest()), body)
    assert folder == state_dir.archives / hashlib.sha256(body).hexdigest()
    assert (folder / "service/main.py").read_text() == "print('serving')\n"


def test_an_archive_with_another_hash_is_reported_and_not_unpacked(state_dir: StateDir):
    body = packed()
    named, found = "0" * 64, hashlib.sha256(body).hexdigest()
    with pytest.raises(ArchiveHashError) as caught:
        unpacked(state_dir, boot(named), body)
    assert str(caught.value) == (
        f"s3://archives/some/service.zip has sha256 {found}, but the launch template names {named}"
    )
    assert list(state_dir.archives.iterdir()) == []


def test_an_unpacked_archive_is_not_downloaded_again(state_dir: StateDir):
    body = packed()
    named = boot(hashlib.sha256(body).hexdigest())
    assert unpacked(state_dir, named, body) == unpacked(state_dir, named)


def test_the_remains_of_an_interrupted_unpacking_are_deleted(state_dir: StateDir):
    body = packed()
    named = boot(hashlib.sha256(body).hexdigest())
    draft = state_dir.archives / f"{named.sha256}.new"
    draft.mkdir()
    (draft / "leftover").touch()
    assert [path.name for path in unpacked(state_dir, named, body).iterdir()] == ["service"]


@pytest.fixture
def kept(tmp_path: Path, state_dir: StateDir) -> Path:
    """Archive of the project that is kept in the cloud's folder, with a library."""
    built = tmp_path / "build" / "iris-local-0123456789ab.zip"
    built.parent.mkdir()
    built.write_bytes(packed(**{f"uvloop/{LIBRARY.name}": LIBRARY.read_bytes()}))
    return keep(state_dir, built)


def test_a_kept_archive_takes_no_more_space_and_outlives_the_projects_own(kept: Path, tmp_path: Path):
    built = tmp_path / "build" / kept.name
    assert kept.samefile(built)
    content = built.read_bytes()
    built.unlink()
    assert kept.read_bytes() == content


def test_an_archive_replaces_an_earlier_one_of_its_name(state_dir: StateDir, tmp_path: Path):
    for number, content in enumerate(("old", "new")):
        archive = tmp_path / str(number) / "iris-local-0123456789ab.zip"
        archive.parent.mkdir()
        archive.write_text(content)
        assert keep(state_dir, archive).read_text() == content


def test_an_archive_on_another_file_system_is_copied(
    tmp_path: Path, state_dir: StateDir, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_paths: object) -> None:
        raise OSError(18, "Invalid cross-device link")  # EXDEV, as of link(2)

    built = tmp_path / "iris-local-0123456789ab.zip"
    built.write_bytes(packed())
    monkeypatch.setattr(os, "link", refuse)
    kept = keep(state_dir, built)
    assert not kept.samefile(built)
    assert kept.read_bytes() == built.read_bytes()
    unpack_ahead(state_dir)
    sha256 = hashlib.sha256(built.read_bytes()).hexdigest()
    assert (unpacked(state_dir, boot(sha256), built.read_bytes()) / "service/main.py").exists()
    assert archive_file(state_dir, sha256).read_bytes() == built.read_bytes()


def test_what_is_unpacked_ahead_serves_once_its_archive_is_downloaded_and_verified(
    kept: Path, state_dir: StateDir
):
    unpack_ahead(state_dir)
    body = kept.read_bytes()
    named = boot(hashlib.sha256(body).hexdigest())
    ahead = (state_dir.archives / f"{named.sha256}.ahead").stat()
    with pytest.raises(ArchiveHashError):
        unpacked(state_dir, named, packed(other=b""))
    assert unpacked(state_dir, named, body).stat().st_ino == ahead.st_ino
    assert archive_file(state_dir, named.sha256).samefile(kept)


def test_the_same_library_as_of_this_environment_is_once_on_the_disk(kept: Path, state_dir: StateDir):
    body = kept.read_bytes()
    folder = unpacked(state_dir, boot(hashlib.sha256(body).hexdigest()), body)
    assert (folder / "uvloop" / LIBRARY.name).samefile(LIBRARY)


@pytest.mark.parametrize(
    "name", [f"uvloop/{LIBRARY.name}", f"../{LIBRARIES.name}/uvloop/{LIBRARY.name}", f"other/{LIBRARY.name}"]
)
def test_any_other_file_is_that_of_the_archive(name: str, state_dir: StateDir):
    """Other bytes of the same length; a name outside of the folder; a library that is nowhere else."""
    library = LIBRARY.read_bytes()
    content = library if ".." in name else library[::-1]
    body = packed(**{name: content})
    folder = unpacked(state_dir, boot(hashlib.sha256(body).hexdigest()), body)
    # zipfile leaves out the components `..` of a name.
    written = folder / name.removeprefix("../")
    assert written.read_bytes() == content
    assert not written.samefile(LIBRARY)


def test_an_archive_that_cannot_be_unpacked_ahead_is_left_to_the_instance(state_dir: StateDir):
    (state_dir.archives / "iris-local-0123456789ab.zip").write_bytes(b"no archive")
    unpack_ahead(state_dir)
    assert not list(state_dir.archives.glob("*.ahead"))


def test_a_functions_archive_is_not_unpacked_ahead(state_dir: StateDir):
    (state_dir.archives / "iris-lambda-local-0123456789ab.zip").write_bytes(packed())
    unpack_ahead(state_dir)
    assert [path.suffix for path in state_dir.archives.iterdir()] == [".zip"]
