from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pulumi
import pytest

from infra.storage.archive import FUNCTION_KEY, SERVICE_KEY, Archive
from infra.storage.artifact_bucket import ArtifactBucket, ArtifactBucketArgs
from tests.infra.mock_aws import EARLIER, TAGS, MockAws, deploy


def artifact(folder: Path, **versions: str) -> MockAws:
    archives = {
        key: Archive(path=folder / key, sha256=f"hash of {key}") for key in (SERVICE_KEY, FUNCTION_KEY)
    }
    for key, archive in archives.items():
        archive.path.write_text(f"packed as {key}")
    args = ArtifactBucketArgs(
        archives=archives,
        versions={f"{name}.zip": version for name, version in versions.items()},
        kept_archives=7,
        log_bucket="logs",
        log_prefix="buckets/archives/",
        protected=True,
        tags=TAGS,
    )

    def program() -> None:
        component = ArtifactBucket("box", args)
        pulumi.export("uri", component.stored[SERVICE_KEY].uri)
        pulumi.export("object_arn", component.stored[FUNCTION_KEY].object_arn)
        for key in (SERVICE_KEY, FUNCTION_KEY):
            pulumi.export(f"version of {key}", component.stored[key].version)
            pulumi.export(f"hash of {key}", component.stored[key].sha256)

    return deploy(program)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> MockAws:
    return artifact(tmp_path_factory.mktemp("archives"))


@pytest.fixture(scope="module")
def gone_back(tmp_path_factory: pytest.TempPathFactory) -> MockAws:
    return artifact(tmp_path_factory.mktemp("archives"), service="earlier")


def test_each_archive_is_an_object_of_its_own_and_nothing_else_lies_in_the_bucket(kept: MockAws):
    objects = {uploaded["key"]: uploaded for uploaded in kept.of_type("aws:s3/bucketObjectv2:BucketObjectv2")}
    assert set(objects) == {"service.zip", "function.zip"}
    for key, uploaded in objects.items():
        assert isinstance(uploaded["source"], pulumi.FileAsset)
        assert Path(uploaded["source"].path).read_text() == f"packed as {key}"
        assert uploaded["metadata"] == {"sha256": f"hash of {key}"}
        assert uploaded["contentType"] == "application/zip"


def test_their_addresses_names_and_versions_are_handed_out(kept: MockAws):
    assert kept.exports == {
        "uri": "s3://box-archives-1a2b3c4/service.zip",
        "object_arn": "arn:box-archives/function.zip",
        "version of service.zip": "version-of-box-service-archive",
        "hash of service.zip": "hash of service.zip",
        "version of function.zip": "version-of-box-function-archive",
        "hash of function.zip": "hash of function.zip",
    }


def test_every_archive_that_was_ever_deployed_stays_available(kept: MockAws):
    assert kept.resources["box-archives-versions"]["versioningConfiguration"] == {"status": "Enabled"}


def test_an_earlier_archive_is_run_with_the_hash_that_was_noted_of_it(gone_back: MockAws):
    assert gone_back.exports["version of service.zip"] == "earlier"
    assert gone_back.exports["hash of service.zip"] == EARLIER
    assert gone_back.invokes["aws:s3/getObject:getObject"] == {
        "bucket": "box-archives-1a2b3c4",
        "key": "service.zip",
        "versionId": "earlier",
    }


def test_what_is_uploaded_stays_when_something_earlier_is_run(gone_back: MockAws, kept: MockAws):
    assert set(gone_back.resources) == set(kept.resources)
    assert gone_back.exports["version of function.zip"] == kept.exports["version of function.zip"]


def test_an_archive_that_nobody_noted_the_hash_of_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.infra.mock_aws.EARLIER_METADATA", {})
    with pytest.raises(pulumi.RunError, match="The version earlier was not uploaded by this project"):
        artifact(tmp_path, service="earlier")


def test_many_earlier_archives_are_kept_and_the_oldest_go_after_a_time(kept: MockAws):
    (rule,) = kept.resources["box-archives-lifecycle"]["rules"]
    assert (rule["status"], rule["filter"]) == ("Enabled", {"prefix": ""})
    assert rule["noncurrentVersionExpiration"] == {"newerNoncurrentVersions": 7, "noncurrentDays": 90}
    assert "expiration" not in rule
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 1}


def test_none_goes_while_an_earlier_one_is_run(gone_back: MockAws):
    (rule,) = gone_back.resources["box-archives-lifecycle"]["rules"]
    assert rule["status"] == "Disabled"


def test_requests_to_the_bucket_are_noted(kept: MockAws):
    noted = kept.resources["box-archives-requests"]
    assert (noted["bucket"], noted["targetBucket"]) == ("box-archives-1a2b3c4", "logs")
    assert noted["targetPrefix"] == "buckets/archives/"


def test_it_is_encrypted_at_rest(kept: MockAws):
    (rule,) = kept.resources["box-archives-encryption"]["rules"]
    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}


def test_nothing_in_the_bucket_can_be_made_public(kept: MockAws):
    privacy = kept.resources["box-archives-privacy"]
    blocks = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert [privacy[block] for block in blocks] == [True] * 4


def test_the_owner_of_the_bucket_owns_what_is_in_it(kept: MockAws):
    assert kept.resources["box-archives-ownership"]["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_nobody_reaches_the_bucket_without_tls(kept: MockAws):
    (statement,) = json.loads(kept.resources["box-archives-policy"]["policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == ["arn:box-archives", "arn:box-archives/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


# S3 answers 409 (OperationAborted) to a change while another one of the same bucket is in progress.
@pytest.mark.parametrize(
    ("setting", "before"),
    [
        ("policy", {"privacy", "ownership"}),
        ("requests", {"policy"}),
        ("lifecycle", {"versions", "policy"}),
    ],
)
def test_a_setting_waits_for_those_that_it_could_collide_with(kept: MockAws, setting: str, before: set[str]):
    needed = cast("list[pulumi.Resource]", kept.resources[f"box-archives-{setting}"].options.depends_on)
    assert {each.pulumi_resource_name for each in needed} == {f"box-archives-{name}" for name in before}


@pytest.mark.parametrize("setting", ["versions", "encryption", "ownership", "privacy", "policy"])
def test_each_setting_is_that_of_the_bucket(kept: MockAws, setting: str):
    assert kept.resources[f"box-archives-{setting}"]["bucket"] == "box-archives-1a2b3c4"
