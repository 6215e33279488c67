"""Upload of an archive to the bucket of a stack, with the responses of S3 written down."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from scripts.rollout.publish import PublishedArchive, publish
from tests.stubbed import Answers, answering

if TYPE_CHECKING:
    from pathlib import Path

HANDLER = "service/lambda_handler.py"


def write(folder: Path, *names: str) -> tuple[Path, str]:
    """Write an archive with these files, and return its path and its SHA-256."""
    file = folder / "some.zip"
    with zipfile.ZipFile(file, "w") as opened:
        for name in names:
            opened.writestr(zipfile.ZipInfo(name), "")
    return file, hashlib.sha256(file.read_bytes()).hexdigest()


def present(key: str, sha256: str) -> Answers:
    described = {"VersionId": "v1", "ContentType": "application/zip", "Metadata": {"sha256": sha256}}
    return [("head_object", {"Bucket": "archives", "Key": key}, described)]


# `infra.storage.archive` names the objects; only an archive for instances has a server.
@pytest.mark.parametrize(
    ("names", "key"), [((HANDLER, "service/main.py"), "service.zip"), ((HANDLER,), "function.zip")]
)
def test_another_archive_is_a_new_version_of_the_object_of_its_shape(
    names: tuple[str, ...], key: str, tmp_path: Path
):
    file, sha256 = write(tmp_path, *names)
    tags = [{"Key": "project", "Value": "iris & co"}, {"Key": "stack", "Value": "prod"}]
    request: dict[str, Any] = {
        "Bucket": "archives",
        "Key": key,
        "Body": file.read_bytes(),
        "ContentType": "application/zip",
        "Metadata": {"sha256": sha256},
        # S3 API reference, PutObject: encoded as parameters of a URL.
        "Tagging": "project=iris+%26+co&stack=prod",
    }
    answers: Answers = [
        *present(key, "0" * 64),
        ("get_object_tagging", {"Bucket": "archives", "Key": key}, {"TagSet": tags}),
        ("put_object", request, {"VersionId": "v2"}),
    ]
    with answering("s3", answers) as s3:
        published = publish(s3, "archives", file)
    assert published == PublishedArchive(bucket="archives", key=key, version="v2", sha256=sha256)


def test_the_archive_that_is_there_is_not_uploaded_again(tmp_path: Path):
    file, sha256 = write(tmp_path, HANDLER)
    with answering("s3", present("function.zip", sha256)) as s3:
        assert publish(s3, "archives", file).version == "v1"
