"""Archive of a local instance, as named by its launch template, and its process."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import pytest
from botocore.response import StreamingBody

from localcloud import processes
from localcloud.aws.clients import Api
from localcloud.controller.instances import ArchiveHashError, LaunchSettings, launch, unpack
from localcloud.environment import Identity
from localcloud.state_dir import StateDir
from tests.stubbed import stub

if TYPE_CHECKING:
    from pathlib import Path

REQUEST: Final = {"Bucket": "archives", "Key": "some/service.zip", "VersionId": "3"}


def packed() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("service/main.py", "print('serving')\n")
    return body.getvalue()


def boot(sha256: str) -> LaunchSettings:
    return LaunchSettings(
        archive="s3://archives/some/service.zip", version="3", sha256=sha256, keep_alive_seconds="75"
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


def test_an_instance_finds_only_what_its_archive_contains(state_dir: StateDir, tmp_path: Path):
    folder = tmp_path / "archive"
    (folder / "service").mkdir(parents=True)
    (folder / "service/__init__.py").touch()
    (folder / "service/main.py").write_text(
        "from importlib.util import find_spec\n"
        "print([name for name in ('json', 'service', 'uvicorn') if find_spec(name)])\n"
    )
    assert find_spec("uvicorn")  # in the environment of this process
    identity = Identity(
        stack="dev", region="eu-west-1", endpoint="http://127.0.0.1:1", balancer_url="", key_file=""
    )
    process = launch(state_dir, identity, "i-1", boot("0" * 64), folder, 8080)
    deadline = time.monotonic() + 60
    while processes.is_alive(process):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (state_dir.logs / "i-1.log").read_text() == "['json', 'service']\n"
