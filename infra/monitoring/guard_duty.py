"""Who got in: GuardDuty, and a rule that tells of what it finds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_SEVERITY: Final = 4
"""From which a finding is at least of medium severity (GuardDuty user guide, "Severity levels")."""


@dataclass(frozen=True, kw_only=True)
class DetectionArgs:
    """Who is told."""

    topic_arn: pulumi.Input[str]
    tags: Mapping[str, str]
    """On everything that takes tags."""


class Detection(pulumi.ComponentResource):
    """Reads the account's flow, DNS and API logs for signs of intruders, and tells a topic of them."""

    def __init__(self, name: str, args: DetectionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Detection", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        aws.guardduty.Detector(
            f"{name}-detector",
            enable=True,
            # Of a finding that comes again; a new one is told within five minutes anyhow.
            finding_publishing_frequency="FIFTEEN_MINUTES",
            tags=args.tags,
            opts=child,
        )
        rule = aws.cloudwatch.EventRule(
            f"{name}-findings",
            description="What GuardDuty finds that somebody should look at.",
            event_pattern=json.dumps(
                {
                    "source": ["aws.guardduty"],
                    "detail-type": ["GuardDuty Finding"],
                    "detail": {"severity": [{"numeric": [">=", LEAST_SEVERITY]}]},
                }
            ),
            tags=args.tags,
            opts=child,
        )
        aws.cloudwatch.EventTarget(
            f"{name}-findings-topic", rule=rule.name, target_id="topic", arn=args.topic_arn, opts=child
        )
        self.register_outputs({})
