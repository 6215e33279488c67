"""Resource type of AWS Budgets, whose API nests inputs that are flat in Terraform."""

from __future__ import annotations

from typing import Any, Final

from localcloud.provisioning.resource_type import Inputs, ResourceType


def _parameters(inputs: Inputs) -> dict[str, Any]:
    return {
        "Budget": {
            "BudgetName": inputs["name"],
            "BudgetType": inputs["budgetType"],
            "TimeUnit": inputs["timeUnit"],
            "BudgetLimit": {"Amount": inputs["limitAmount"], "Unit": inputs["limitUnit"]},
            "CostFilters": {item["name"]: item["values"] for item in inputs.get("costFilters", [])},
        },
        "NotificationsWithSubscribers": [_notification(item) for item in inputs.get("notifications", [])],
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


_PART_OF_BUDGET: Final = "is part of the Budget"

BUDGET: Final = ResourceType(
    service="budgets",
    operation="CreateBudget",
    id="@name",
    name_input="name",
    other_inputs={
        **dict.fromkeys(
            ("name", "budgetType", "timeUnit", "limitAmount", "limitUnit", "costFilters", "tags"),
            _PART_OF_BUDGET,
        ),
        "notifications": "are NotificationsWithSubscribers",
    },
    extra_parameters=_parameters,
    account_parameter="AccountId",
)
