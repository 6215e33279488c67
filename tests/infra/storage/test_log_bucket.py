from __future__ import annotations

import json
from functools import cache
from typing import Any

import pulumi
import pytest

from infra.storage.log_bucket import LogBucket, LogBucketArgs
from tests.infra.mock_aws import ACCOUNT, REGION, TAGS, MockAws, deploy


@cache
def bucket(*, protected: bool = True) -> MockAws:
    def program() -> None:
        args = LogBucketArgs(region=REGION, retention_days=14, protected=protected, tags=TAGS)
        component = LogBucket("box", args)
        pulumi.export("bucket", component.bucket)
        pulumi.export("flows", component.flows_arn)

    return deploy(program)


def granted() -> dict[str, dict[str, Any]]:
    statements = json.loads(bucket().resources["box-logs-policy"]["policy"])["Statement"]
    return {statement["Sid"]: statement for statement in statements}


def test_it_is_encrypted_with_the_keys_that_load_balancers_can_write_with():
    (rule,) = bucket().resources["box-logs-encryption"]["rules"]
    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}


def test_nothing_in_it_can_be_made_public_and_nobody_reaches_it_without_tls():
    privacy = bucket().resources["box-logs-privacy"]
    blocks = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert [privacy[block] for block in blocks] == [True] * 4
    assert granted()["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_logs_go_when_their_days_are_over():
    (rule,) = bucket().resources["box-logs-lifecycle"]["rules"]
    assert (rule["status"], rule["filter"], rule["expiration"]) == ("Enabled", {"prefix": ""}, {"days": 14})
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 1}


@pytest.mark.parametrize(
    ("statement", "service", "places"),
    [
        (
            "BalancerLogs",
            "logdelivery.elasticloadbalancing.amazonaws.com",
            [f"access/AWSLogs/{ACCOUNT}/*", f"connections/AWSLogs/{ACCOUNT}/*"],
        ),
        ("FlowLogs", "delivery.logs.amazonaws.com", [f"flows/AWSLogs/{ACCOUNT}/*"]),
        ("BucketLogs", "logging.s3.amazonaws.com", ["buckets/*"]),
    ],
)
def test_each_service_writes_below_its_own_prefix_and_does_nothing_else(
    statement: str, service: str, places: list[str]
):
    found = granted()[statement]
    assert (found["Effect"], found["Action"]) == ("Allow", "s3:PutObject")
    assert found["Principal"] == {"Service": service}
    assert found["Resource"] == [f"arn:box-logs/{place}" for place in places]


def test_services_that_write_for_any_account_write_for_ours_alone():
    for statement in ("FlowLogs", "FlowLogsLook", "BucketLogs"):
        assert granted()[statement]["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_it_is_protected_while_it_holds_logs_unless_the_stack_is_there_to_go():
    assert bucket().resources["box-logs"]["forceDestroy"] is False
    assert bucket(protected=False).resources["box-logs"]["forceDestroy"] is True


def test_services_are_told_of_it_once_they_may_write():
    assert bucket().exports == {"bucket": "box-logs-1a2b3c4", "flows": "arn:box-logs/flows"}
    late = MockAws(late="box-logs-policy")

    def program() -> None:
        args = LogBucketArgs(region=REGION, retention_days=14, protected=True, tags=TAGS)
        pulumi.export("bucket", LogBucket("box", args).bucket)

    assert deploy(program, late).exports == {"bucket": "box-logs-1a2b3c4"}
