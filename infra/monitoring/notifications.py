"""Who learns of trouble: one encrypted topic, which alarms, findings and the budget write to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import pulumi
import pulumi_aws as aws

from infra.depends_on import once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Teller: TypeAlias = Literal["alarms", "events", "budgets"]

SERVICES: Final[Mapping[Teller, str]] = {
    "alarms": "cloudwatch.amazonaws.com",
    "events": "events.amazonaws.com",
    "budgets": "budgets.amazonaws.com",
}
"""Who tells -> as which service it does."""

WITHOUT_ACCOUNT: Final = frozenset[Teller]({"events"})
"""EventBridge does not say on whose behalf it publishes, so a condition on that would keep it out
(EventBridge user guide, "Using resource-based policies")."""


@dataclass(frozen=True, kw_only=True)
class NotificationsArgs:
    """Who tells, and who is told."""

    email: str | None
    tellers: Sequence[Teller]
    tags: Mapping[str, str]
    """On everything that takes tags."""


class Notifications(pulumi.ComponentResource):
    """A topic that these services may write to, and nobody else."""

    topic_arn: pulumi.Output[str]
    """Known once it may be written to."""

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
            policy=pulumi.Output.json_dumps(_may_publish(topic.arn, account, args.tellers)),
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
        self.topic_arn = once(topic.arn, policy)
        self.register_outputs({"topic_arn": self.topic_arn})

    def _key(self, account: pulumi.Input[str]) -> aws.kms.Key:
        """Make the key of the topic: these services may not use the one that AWS keeps for all topics."""
        return aws.kms.Key(
            f"{self._prefix}-alarms-key",
            description="Encrypts what the alarms tell.",
            policy=pulumi.Output.json_dumps(_may_encrypt(account, self._args.tellers)),
            enable_key_rotation=True,
            # The shortest there is: nothing is kept that only this key could read.
            deletion_window_in_days=7,
            tags=self._args.tags,
            opts=self._child,
        )


def _may_encrypt(account: pulumi.Input[str], tellers: Sequence[Teller]) -> dict[str, object]:
    # In the policy of a key, `*` is that key and no other.
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
                "Principal": {"Service": [SERVICES[teller] for teller in tellers]},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                "Resource": "*",
            },
        ],
    }


def _may_publish(
    topic: pulumi.Input[str], account: pulumi.Input[str], tellers: Sequence[Teller]
) -> dict[str, object]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": f"Tell{teller.capitalize()}",
                "Effect": "Allow",
                "Principal": {"Service": SERVICES[teller]},
                "Action": "sns:Publish",
                "Resource": topic,
                **(
                    {}
                    if teller in WITHOUT_ACCOUNT
                    else {"Condition": {"StringEquals": {"aws:SourceAccount": account}}}
                ),
            }
            for teller in tellers
        ],
    }
