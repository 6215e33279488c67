from __future__ import annotations

import json
from pathlib import Path

import pulumi
import pytest

from infra.archive import Archive
from infra.artifact import FUNCTION, SERVICE, Artifact, ArtifactArgs
from tests.infra.recorder import TAGS, Recorder, deploy


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Recorder:
    folder = tmp_path_factory.mktemp("archives")
    archives = {key: Archive(path=folder / key, sha256=f"hash of {key}") for key in (SERVICE, FUNCTION)}
    for key, archive in archives.items():
        archive.path.write_text(f"packed as {key}")

    def program() -> None:
        made = Artifact("box", ArtifactArgs(archives=archives, protected=True, tags=TAGS))
        pulumi.export("uri", made.kept[SERVICE].uri)
        pulumi.export("object_arn", made.kept[FUNCTION].object_arn)
        pulumi.export("version", made.kept[FUNCTION].version)

    return deploy(program)


def test_each_archive_is_an_object_of_its_own_and_nothing_else_lies_in_the_bucket(kept: Recorder):
    objects = {uploaded["key"]: uploaded for uploaded in kept.of_type("aws:s3/bucketObjectv2:BucketObjectv2")}
    assert set(objects) == {"service.zip", "function.zip"}
    for key, uploaded in objects.items():
        assert isinstance(uploaded["source"], pulumi.FileAsset)
        assert Path(uploaded["source"].path).read_text() == f"packed as {key}"
        assert uploaded["metadata"] == {"sha256": f"hash of {key}"}


def test_their_addresses_names_and_versions_are_handed_out(kept: Recorder):
    assert kept.exports == {
        "uri": "s3://box-archives-1a2b3c4/service.zip",
        "object_arn": "arn:box-archives/function.zip",
        "version": "version-of-box-function-archive",
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
