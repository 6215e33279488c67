"""How budgets are made: their API nests what Terraform has side by side."""

from __future__ import annotations

from typing import Any, Final

from localcloud.provisioning.resource_type import Inputs, Row


def _parameters(inputs: Inputs) -> dict[str, Any]:
    return {
        "Budget": {
            "BudgetName": inputs["name"],
            "BudgetType": inputs["budgetType"],
            "TimeUnit": inputs["timeUnit"],
            "BudgetLimit": {"Amount": inputs["limitAmount"], "Unit": inputs["limitUnit"]},
            "CostFilters": {each["name"]: each["values"] for each in inputs.get("costFilters", [])},
        },
        "NotificationsWithSubscribers": [_notification(each) for each in inputs.get("notifications", [])],
        "ResourceTags": [{"Key": key, "Value": value} for key, value in inputs.get("tags", {}).items()],
    }


def _notification(notification: Inputs) -> dict[str, Any]:
    return {
        "Notification": {
            "NotificationType": notification["notificationType"],
            "ComparisonOperator": notification["comparisonOperator"],
            "Threshold": notification["threshold"],
            "ThresholdType": notification["thresholdType"],
        },
        "Subscribers": [
            {"SubscriptionType": "SNS", "Address": topic} for topic in notification["subscriberSnsTopicArns"]
        ],
    }


_ABOVE: Final = "is part of the Budget"

BUDGET: Final = Row(
    service="budgets",
    create="CreateBudget",
    id="@name",
    named="name",
    elsewhere={
        **dict.fromkeys(
            ("name", "budgetType", "timeUnit", "limitAmount", "limitUnit", "costFilters", "tags"), _ABOVE
        ),
        "notifications": "are NotificationsWithSubscribers",
    },
    also=_parameters,
    of_account="AccountId",
)
