"""Encrypted SNS topic for alarms, GuardDuty findings and the budget, and its e-mail subscription."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import pulumi
import pulumi_aws as aws

from infra.depends_on import available_after

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Publisher: TypeAlias = Literal["alarms", "events", "budgets"]

SERVICE_PRINCIPALS: Final[Mapping[Publisher, str]] = {
    "alarms": "cloudwatch.amazonaws.com",
    "events": "events.amazonaws.com",
    "budgets": "budgets.amazonaws.com",
}
"""Publisher -> its service principal."""

SOURCE_ARNS: Final[Mapping[Publisher, str]] = {
    "alarms": "arn:aws:cloudwatch:{region}:{account}:alarm:*",
    "budgets": "arn:aws:budgets::{account}:*",
}
"""Publisher -> ARNs of the resources on whose behalf it publishes (SNS developer guide, "Example cases for
Amazon SNS access control"; Cost Management user guide, "Creating an Amazon SNS topic for budget
notifications").

EventBridge is missing: it supports neither `aws:SourceAccount` nor `aws:SourceArn` with an encrypted topic
(SNS developer guide, "Managing Amazon SNS encryption keys and costs"), and such a condition would deny it."""


@dataclass(frozen=True, kw_only=True)
class NotificationsArgs:
    """Arguments of the topic."""

    email: str | None
    """Address of the subscription; None for a topic without one."""
    publishers: Sequence[Publisher]
    """Services that may publish."""
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


class Notifications(pulumi.ComponentResource):
    """SNS topic, its KMS key and its policy, which admits only the publishers; an e-mail subscription."""

    topic_arn: pulumi.Output[str]
    """Resolves after the creation of the policy."""

    def __init__(
        self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("scalable-models:aws:Notifications", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        invoke = pulumi.InvokeOutputOptions(parent=self)
        account = aws.get_caller_identity_output(opts=invoke).account_id
        region = aws.get_region_output(opts=invoke).region
        self._conditions: dict[Publisher, dict[str, Condition]] = {
            publisher: _condition(publisher, account, region) for publisher in args.publishers
        }
        topic = aws.sns.Topic(
            f"{name}-alarms",
            kms_master_key_id=self._key(account).key_id,
            tags=args.tags,
            opts=self._child,
        )
        policy = aws.sns.TopicPolicy(
            f"{name}-alarms-policy",
            arn=topic.arn,
            policy=pulumi.Output.json_dumps(_topic_policy(topic.arn, self._conditions)),
            opts=self._child,
        )
        if args.email:
            aws.sns.TopicSubscription(
                f"{name}-alarms-mail",
                topic=topic.arn,
                protocol="email",
                endpoint=args.email,
                opts=self._child,
            )
        self.topic_arn = available_after(topic.arn, policy)
        self.register_outputs({"topic_arn": self.topic_arn})

    def _key(self, account: pulumi.Input[str]) -> aws.kms.Key:
        """Create the key of the topic: these services may not use the AWS managed key for SNS."""
        return aws.kms.Key(
            f"{self._prefix}-alarms-key",
            description="Encrypts the notifications of alarms.",
            policy=pulumi.Output.json_dumps(_key_policy(account, self._conditions)),
            enable_key_rotation=True,
            # The minimum: no data is stored under this key.
            deletion_window_in_days=7,
            tags=self._args.tags,
            opts=self._child,
        )


Condition: TypeAlias = "dict[str, dict[str, pulumi.Input[str]]]"
"""Condition of a statement."""


def _condition(
    publisher: Publisher, account: pulumi.Output[str], region: pulumi.Output[str]
) -> dict[str, Condition]:
    """Return the condition that a publisher acts for this account, not for another account's alarm."""
    if publisher not in SOURCE_ARNS:
        return {}
    source = pulumi.Output.format(SOURCE_ARNS[publisher], account=account, region=region)
    return {
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": source},
        }
    }


def _key_policy(
    account: pulumi.Input[str], conditions: Mapping[Publisher, dict[str, Condition]]
) -> dict[str, object]:
    # In a key policy, `*` is that key.
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Administer",
                "Effect": "Allow",
                "Principal": {"AWS": pulumi.Output.concat("arn:aws:iam::", account, ":root")},
                "Action": "kms:*",
                "Resource": "*",
            },
            *(
                {
                    "Sid": f"Encrypt{publisher.capitalize()}",
                    "Effect": "Allow",
                    "Principal": {"Service": SERVICE_PRINCIPALS[publisher]},
                    "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                    "Resource": "*",
                    **condition,
                }
                for publisher, condition in conditions.items()
            ),
        ],
    }


def _topic_policy(
    topic: pulumi.Input[str], conditions: Mapping[Publisher, dict[str, Condition]]
) -> dict[str, object]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": f"Tell{publisher.capitalize()}",
                "Effect": "Allow",
                "Principal": {"Service": SERVICE_PRINCIPALS[publisher]},
                "Action": "sns:Publish",
                "Resource": topic,
                **condition,
            }
            for publisher, condition in conditions.items()
        ],
    }
