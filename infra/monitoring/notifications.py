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

WITHOUT_SOURCE_ACCOUNT: Final = frozenset[Publisher]({"events"})
"""Publishers without `aws:SourceAccount`, a condition on which would deny EventBridge (EventBridge user
guide, "Using resource-based policies")."""


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
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        topic = aws.sns.Topic(
            f"{name}-alarms",
            kms_master_key_id=self._key(account).key_id,
            tags=args.tags,
            opts=self._child,
        )
        policy = aws.sns.TopicPolicy(
            f"{name}-alarms-policy",
            arn=topic.arn,
            policy=pulumi.Output.json_dumps(_topic_policy(topic.arn, account, args.publishers)),
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
            policy=pulumi.Output.json_dumps(_key_policy(account, self._args.publishers)),
            enable_key_rotation=True,
            # The minimum: no data is stored under this key.
            deletion_window_in_days=7,
            tags=self._args.tags,
            opts=self._child,
        )


def _key_policy(account: pulumi.Input[str], publishers: Sequence[Publisher]) -> dict[str, object]:
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
            {
                "Sid": "TellOfAlarms",
                "Effect": "Allow",
                "Principal": {"Service": [SERVICE_PRINCIPALS[publisher] for publisher in publishers]},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                "Resource": "*",
            },
        ],
    }


def _topic_policy(
    topic: pulumi.Input[str], account: pulumi.Input[str], publishers: Sequence[Publisher]
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
                **(
                    {}
                    if publisher in WITHOUT_SOURCE_ACCOUNT
                    else {"Condition": {"StringEquals": {"aws:SourceAccount": account}}}
                ),
            }
            for publisher in publishers
        ],
    }
