"""CloudWatch: LocalStack's provider with another database and another evaluation of alarms."""

from __future__ import annotations

from localstack.services.cloudwatch.provider_v2 import CloudwatchProvider
from localstack.services.plugins import Service
from typing_extensions import override

from scalable_models_localstack.cloudwatch.alarm_clock import AlarmClock
from scalable_models_localstack.cloudwatch.metrics_database import MetricsDatabase


class RepairedCloudwatchProvider(CloudwatchProvider):
    """CloudWatch."""

    def __init__(self) -> None:
        super().__init__()
        self.cloudwatch_database = MetricsDatabase()

    @override
    def start_alarm_scheduler(self) -> None:
        if not self.alarm_scheduler:
            self.alarm_scheduler = AlarmClock(self.cloudwatch_database)


def create_service() -> Service:
    """Create the service."""
    return Service.for_provider(RepairedCloudwatchProvider())
