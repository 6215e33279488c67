"""Archive of a local instance, as named by its launch template, and its process."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
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
from tests.suite.waiting import until

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


def printed(state_dir: StateDir, folder: Path, program: str, boot: LaunchSettings) -> str:
    """Launch an instance whose service is this program; return what it prints."""
    (folder / "service").mkdir(parents=True)
    (folder / "service/__init__.py").touch()
    (folder / "service/main.py").write_text(program)
    identity = Identity(
        stack="dev", region="eu-west-1", endpoint="http://127.0.0.1:1", balancer_url="", key_file=""
    )
    process = launch(state_dir, identity, "i-1", boot, folder, 8080)
    until(lambda: not processes.is_alive(process), 60)
    return (state_dir.logs / "i-1.log").read_text()


def test_an_instance_finds_only_what_its_archive_contains(state_dir: StateDir, tmp_path: Path):
    program = (
        "from importlib.util import find_spec\n"
        "print([name for name in ('json', 'service', 'uvicorn') if find_spec(name)])\n"
    )
    assert find_spec("uvicorn")  # in the environment of this process
    assert printed(state_dir, tmp_path / "archive", program, boot("0" * 64)) == "['json', 'service']\n"


def test_an_instance_gets_the_settings_of_its_launch_template(state_dir: StateDir, tmp_path: Path):
    program = "import os\nprint(*(os.environ[f'IRIS_{name}'] for name in ('KEEP_ALIVE_SECONDS', 'DOCS')))\n"
    settings = replace(boot("0" * 64), docs="off")
    assert printed(state_dir, tmp_path / "archive", program, settings) == "75 off\n"
