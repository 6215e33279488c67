"""What a local instance is started from: the archive that its launch template names, or nothing."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import TYPE_CHECKING, Final

import pytest
from botocore.response import StreamingBody

from localcloud.aws.clients import Api
from localcloud.controller.instances import ArchiveError, Boot, unpack
from localcloud.state_dir import Layout
from tests.stubbed import stub

if TYPE_CHECKING:
    from pathlib import Path

ASKED: Final = {"Bucket": "archives", "Key": "some/service.zip", "VersionId": "3"}


def packed() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("service/main.py", "print('serving')\n")
    return body.getvalue()


def boot(sha256: str) -> Boot:
    return Boot(archive="s3://archives/some/service.zip", version="3", sha256=sha256, keep_alive_seconds="75")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path)
    made.archives.mkdir(parents=True)
    return made


def unpacked(layout: Layout, boot: Boot, *bodies: bytes) -> Path:
    """Unpack from a bucket that gives these bodies, one a request."""
    api = Api("http://127.0.0.1:1", "eu-west-1")
    answers = [("get_object", ASKED, {"Body": StreamingBody(io.BytesIO(body), len(body))}) for body in bodies]
    with stub(api.client("s3"), answers) as stubber:
        folder = unpack(api, boot, layout)
        stubber.assert_no_pending_responses()
    return folder


def test_the_archive_is_unpacked_under_its_hash(layout: Layout):
    body = packed()
    folder = unpacked(layout, boot(hashlib.sha256(body).hexdigest()), body)
    assert folder == layout.archives / hashlib.sha256(body).hexdigest()
    assert (folder / "service/main.py").read_text() == "print('serving')\n"


def test_an_archive_with_another_hash_is_named_and_nothing_of_it_is_unpacked(layout: Layout):
    body = packed()
    named, found = "0" * 64, hashlib.sha256(body).hexdigest()
    with pytest.raises(ArchiveError) as caught:
        unpacked(layout, boot(named), body)
    assert str(caught.value) == (
        f"s3://archives/some/service.zip has sha256 {found}, the launch template names {named}"
    )
    assert list(layout.archives.iterdir()) == []


def test_what_is_unpacked_already_is_not_fetched_again(layout: Layout):
    body = packed()
    named = boot(hashlib.sha256(body).hexdigest())
    assert unpacked(layout, named, body) == unpacked(layout, named)


def test_a_draft_that_an_interruption_has_left_is_thrown_away(layout: Layout):
    body = packed()
    named = boot(hashlib.sha256(body).hexdigest())
    draft = layout.archives / f"{named.sha256}.new"
    draft.mkdir()
    (draft / "leftover").touch()
    assert [path.name for path in unpacked(layout, named, body).iterdir()] == ["service"]
