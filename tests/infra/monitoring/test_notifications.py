from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from infra.monitoring.notifications import SERVICE_PRINCIPALS, Notifications, NotificationsArgs
from tests.infra.mock_aws import ACCOUNT, REGION, TAGS, MockAws, deploy

if TYPE_CHECKING:
    from infra.monitoring.notifications import Publisher

EVERYBODY: tuple[Publisher, ...] = ("alarms", "events", "budgets")


@cache
def notified(*publishers: Publisher, email: str | None = None) -> MockAws:
    args = NotificationsArgs(email=email, publishers=publishers, tags=TAGS)
    return deploy(lambda: pulumi.export("topic", Notifications("eye", args).topic_arn))


def publish_statements(mock_aws: MockAws) -> dict[str, Any]:
    policy = mock_aws.resources["eye-alarms-policy"]
    assert policy["arn"] == "arn:eye-alarms"
    statements = json.loads(policy["policy"])["Statement"]
    assert all(
        (each["Effect"], each["Action"], each["Resource"]) == ("Allow", "sns:Publish", "arn:eye-alarms")
        for each in statements
    )
    return {each["Principal"]["Service"]: each.get("Condition") for each in statements}


@pytest.mark.parametrize("publishers", [("alarms",), ("alarms", "budgets"), EVERYBODY])
def test_the_topic_is_encrypted_with_a_key_that_those_who_tell_may_use_and_nobody_else(
    publishers: tuple[Publisher, ...],
):
    mock_aws = notified(*publishers)
    topic, key = mock_aws.resources["eye-alarms"], mock_aws.resources["eye-alarms-key"]
    assert topic["kmsMasterKeyId"] == "key-1"
    assert key["enableKeyRotation"] is True
    # The minimum (KMS API reference, ScheduleKeyDeletion).
    assert key["deletionWindowInDays"] == 7
    statements = {statement["Sid"]: statement for statement in json.loads(key["policy"])["Statement"]}
    assert statements["Administer"]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    services = [SERVICE_PRINCIPALS[publisher] for publisher in publishers]
    encrypting = [statement for sid, statement in statements.items() if sid != "Administer"]
    assert [statement["Principal"]["Service"] for statement in encrypting] == services
    assert all(
        statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"] and statement["Effect"] == "Allow"
        for statement in encrypting
    )
    assert list(publish_statements(mock_aws)) == services


# SNS developer guide, "Example cases for Amazon SNS access control"; Cost Management user guide, "Creating an
# Amazon SNS topic for budget notifications". EventBridge supports neither key with an encrypted topic.
SOURCES = {
    "cloudwatch.amazonaws.com": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:*",
    "budgets.amazonaws.com": f"arn:aws:budgets::{ACCOUNT}:*",
}


def test_services_publish_and_encrypt_for_this_account_only_where_they_name_their_source():
    made = notified(*EVERYBODY)
    expected = {
        service: {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": source}}
        for service, source in SOURCES.items()
    }
    assert publish_statements(made) == {**expected, "events.amazonaws.com": None}
    key = json.loads(made.resources["eye-alarms-key"]["policy"])["Statement"]
    conditions = {each["Principal"].get("Service"): each.get("Condition") for each in key}
    assert conditions == {**expected, "events.amazonaws.com": None, None: None}


def test_mail_is_sent_only_where_there_is_an_address():
    assert notified("alarms").of_type("aws:sns/topicSubscription:TopicSubscription") == []
    (mail,) = notified("alarms", email="ops@example.com").of_type(
        "aws:sns/topicSubscription:TopicSubscription"
    )
    assert (mail["topic"], mail["protocol"], mail["endpoint"]) == (
        "arn:eye-alarms",
        "email",
        "ops@example.com",
    )


def test_the_topic_is_handed_out_once_it_may_be_written_to():
    assert notified("alarms").exports["topic"] == "arn:eye-alarms"
