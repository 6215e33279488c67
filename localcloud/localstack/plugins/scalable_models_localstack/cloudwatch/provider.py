"""CloudWatch: LocalStack's provider with another database, other states of alarms, and pages of history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localstack.services.cloudwatch.provider_v2 import CloudwatchProvider
from localstack.services.plugins import Service
from typing_extensions import override

from scalable_models_localstack.cloudwatch.alarm_clock import AlarmClock
from scalable_models_localstack.cloudwatch.alarm_history import history_page
from scalable_models_localstack.cloudwatch.metrics_database import MetricsDatabase

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext


class RepairedCloudwatchProvider(CloudwatchProvider):
    """CloudWatch."""

    def __init__(self) -> None:
        super().__init__()
        self.cloudwatch_database = MetricsDatabase()

    @override
    def start_alarm_scheduler(self) -> None:
        if not self.alarm_scheduler:
            self.alarm_scheduler = AlarmClock(self.cloudwatch_database)

    @override
    def describe_alarm_history(self, context: RequestContext, *arguments: Any, **named: Any) -> Any:
        found = super().describe_alarm_history(context, *arguments, **named)  # pyright: ignore[reportUnknownMemberType] - partly untyped
        items, token = history_page(
            found.get("AlarmHistoryItems") or [],
            item_type=named.get("history_item_type"),
            scan_by=named.get("scan_by"),
            max_records=named.get("max_records"),
            next_token=named.get("next_token"),
        )
        return {"AlarmHistoryItems": items} | ({"NextToken": token} if token else {})


def create_service() -> Service:
    """Create the service."""
    return Service.for_provider(RepairedCloudwatchProvider())
