"""AWS Budgets: monthly cost budget with notifications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.monitoring.budget_config import BudgetConfig

NOTIFICATIONS: Final = (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))
"""Notification type, for the actual cost or the forecast at the end of the month -> percent of the budget."""


@dataclass(frozen=True, kw_only=True)
class CostBudgetArgs:
    """Arguments of the budget."""

    config: BudgetConfig
    topic_arn: pulumi.Input[str]
    tags: Mapping[str, str]
    """Tags of the budget; with the scope `stack`, it counts only resources with the same tag `stack`."""


class CostBudget(pulumi.ComponentResource):
    """Monthly cost budget that notifies an SNS topic. It does not limit the cost."""

    def __init__(self, name: str, args: CostBudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Budget", name, None, opts)
        stack_filter = aws.budgets.BudgetCostFilterArgs(
            # Format of AWS Budgets for a user-defined tag: `user:<key>$<value>`.
            name="TagKeyValue",
            values=[f"user:stack${args.tags['stack']}"],
        )
        aws.budgets.Budget(
            # Another budget for another scope: a filter that is left out would stay.
            f"{name}-stack-budget" if args.config.budget_scope == "stack" else f"{name}-budget",
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(args.config.monthly_budget_usd),
            limit_unit="USD",
            cost_filters=[stack_filter] if args.config.budget_scope == "stack" else None,
            notifications=[
                aws.budgets.BudgetNotificationArgs(
                    notification_type=notification_type,
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    subscriber_sns_topic_arns=[args.topic_arn],
                )
                for notification_type, percent in NOTIFICATIONS
            ],
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
