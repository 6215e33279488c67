"""When it gets dear: a budget of a month that tells people before the bill does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.monitoring.budget_config import BudgetConfig

WARNINGS: Final = (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))
"""What has come about, or is to be expected by the end of the month -> percent of the budget."""


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """How much, and who is told."""

    config: BudgetConfig
    topic_arn: pulumi.Input[str]
    tags: Mapping[str, str]
    """On the budget; what has their `stack` is counted, where only that is."""


class Budget(pulumi.ComponentResource):
    """Tells a topic when a month gets dearer than it was meant to be. It stops nothing."""

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Budget", name, None, opts)
        of_the_stack = aws.budgets.BudgetCostFilterArgs(
            # The form of the service: what users have tagged, the tag, a dollar sign, its value.
            name="TagKeyValue",
            values=[f"user:stack${args.tags['stack']}"],
        )
        aws.budgets.Budget(
            f"{name}-budget",
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(args.config.monthly_budget_usd),
            limit_unit="USD",
            cost_filters=[of_the_stack] if args.config.budget_scope == "stack" else None,
            notifications=[
                aws.budgets.BudgetNotificationArgs(
                    notification_type=kind,
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    subscriber_sns_topic_arns=[args.topic_arn],
                )
                for kind, percent in WARNINGS
            ],
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
