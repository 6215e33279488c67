from __future__ import annotations

import json
from pathlib import Path

import pulumi
import pytest

from infra.archive import Archive
from infra.artifact import Artifact, ArtifactArgs
from tests.infra.recorder import TAGS, Recorder, deploy


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Recorder:
    file = tmp_path_factory.mktemp("archive") / "iris.zip"
    file.write_bytes(b"packed")

    def program() -> None:
        made = Artifact("box", ArtifactArgs(archive=Archive(path=file, sha256="abc"), tags=TAGS))
        pulumi.export("uri", made.uri)
        pulumi.export("object_arn", made.object_arn)
        pulumi.export("version", made.version)

    return deploy(program)


def test_the_archive_is_the_bucket_s_only_object(kept: Recorder):
    (uploaded,) = kept.of_type("aws:s3/bucketObjectv2:BucketObjectv2")
    assert isinstance(uploaded["source"], pulumi.FileAsset)
    assert Path(uploaded["source"].path).read_bytes() == b"packed"
    assert (uploaded["key"], uploaded["metadata"]) == ("service.zip", {"sha256": "abc"})


def test_its_address_its_name_and_its_version_are_handed_out(kept: Recorder):
    assert kept.exports == {
        "uri": "s3://box-archives-1a2b3c4/service.zip",
        "object_arn": "arn:box-archives/service.zip",
        "version": "version-1",
    }


def test_every_archive_that_was_ever_deployed_stays_available(kept: Recorder):
    assert kept.made["box-archives-versions"]["versioningConfiguration"] == {"status": "Enabled"}


def test_it_is_encrypted_at_rest(kept: Recorder):
    (rule,) = kept.made["box-archives-encryption"]["rules"]
    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}


def test_nothing_in_the_bucket_can_be_made_public(kept: Recorder):
    privacy = kept.made["box-archives-privacy"]
    blocks = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert [privacy[block] for block in blocks] == [True] * 4


def test_the_owner_of_the_bucket_owns_what_is_in_it(kept: Recorder):
    assert kept.made["box-archives-ownership"]["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_nobody_reaches_the_bucket_without_tls(kept: Recorder):
    (statement,) = json.loads(kept.made["box-archives-policy"]["policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == ["arn:box-archives", "arn:box-archives/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("setting", ["versions", "encryption", "ownership", "privacy", "policy"])
def test_each_setting_is_that_of_the_bucket(kept: Recorder, setting: str):
    assert kept.made[f"box-archives-{setting}"]["bucket"] == "box-archives-1a2b3c4"
