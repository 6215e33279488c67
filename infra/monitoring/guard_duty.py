"""Amazon GuardDuty detector, and the EventBridge rule that forwards its findings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

MINIMUM_SEVERITY: Final = 4
"""Lowest severity of a finding of medium severity (GuardDuty user guide, "Severity levels")."""


@dataclass(frozen=True, kw_only=True)
class GuardDutyArgs:
    """Arguments of the detector."""

    topic_arn: pulumi.Input[str]
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


class GuardDuty(pulumi.ComponentResource):
    """GuardDuty detector (flow, DNS and API logs of the account), and an EventBridge rule to an SNS topic."""

    def __init__(self, name: str, args: GuardDutyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Detection", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        aws.guardduty.Detector(
            f"{name}-detector",
            enable=True,
            # Frequency of updates to a finding; a new finding is published within five minutes in any case.
            finding_publishing_frequency="FIFTEEN_MINUTES",
            tags=args.tags,
            opts=child,
        )
        rule = aws.cloudwatch.EventRule(
            f"{name}-findings",
            description="GuardDuty findings of medium severity and above.",
            event_pattern=json.dumps(
                {
                    "source": ["aws.guardduty"],
                    "detail-type": ["GuardDuty Finding"],
                    "detail": {"severity": [{"numeric": [">=", MINIMUM_SEVERITY]}]},
                }
            ),
            tags=args.tags,
            opts=child,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-findings-topic", rule=rule.name, target_id="topic", arn=args.topic_arn, opts=child
        )
        self.register_outputs({})
