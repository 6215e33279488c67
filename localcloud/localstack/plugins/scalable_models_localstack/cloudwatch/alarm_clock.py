"""Evaluation of alarms once a minute, those of percentiles and of expressions too.

LocalStack evaluates neither of them, and others once in all their periods together.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from localstack.services.cloudwatch.alarm_scheduler import (
    THRESHOLD_CROSSED,
    AlarmScheduler,
    get_cloudwatch_client_for_region_of_alarm,  # pyright: ignore[reportUnknownVariableType] - no stubs
)
from localstack.services.cloudwatch.models import cloudwatch_stores
from localstack.utils.aws import arns
from typing_extensions import override

from scalable_models_localstack.autoscaling.time_factor import compressed
from scalable_models_localstack.cloudwatch.alarm_states import (
    COMPARISONS,
    EvaluatedStates,
    alarm_state,
    evaluation_range,
)
from scalable_models_localstack.cloudwatch.expressions import UnsupportedExpressionError, evaluate
from scalable_models_localstack.cloudwatch.metric_periods import metric_periods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scalable_models_localstack.cloudwatch.metrics_database import MetricsDatabase

LOG: Final = logging.getLogger(__name__)

INTERVAL: Final = 60.0
"""Seconds between two evaluations of an alarm ("Alarm evaluation")."""

MAXIMUM_DATAPOINTS: Final = 100
"""Datapoints in the reason of a state, whose JSON may have 4,000 characters."""

Values = list[float | None]


class AlarmClock(AlarmScheduler):
    """Scheduler of all alarms."""

    def __init__(self, database: MetricsDatabase) -> None:
        super().__init__()
        self._database = database
        self._states = EvaluatedStates()

    @override
    def schedule_metric_alarm(self, alarm_arn: str) -> None:
        self.delete_scheduler_for_alarm(alarm_arn)
        self._states.reset(alarm_arn)
        scheduler = cast("Any", self.scheduler)  # LocalStack has no stubs
        scheduled = cast("dict[str, object]", self.scheduled_alarms)  # pyright: ignore[reportUnknownMemberType] - no stubs
        scheduled[alarm_arn] = scheduler.schedule(
            func=self._evaluate,
            period=compressed(INTERVAL),
            fixed_rate=True,
            args=[alarm_arn],
            on_error=partial(LOG.error, "The alarm %s is not evaluated: %r", alarm_arn),
        )

    def _evaluate(self, alarm_arn: str) -> None:
        parts = arns.parse_arn(alarm_arn)
        # Not by a request, which takes a hundred times as long: it was half of an idle LocalStack's work.
        found = cloudwatch_stores[parts["account"]][parts["region"]].alarms.get(alarm_arn)
        if found is None:
            return
        alarm = cast("Mapping[str, Any]", found.alarm)
        if alarm["ComparisonOperator"] not in COMPARISONS or "Threshold" not in alarm:
            return
        reader = AlarmReader(self._database, parts["account"], parts["region"])
        try:
            values = reader.values(alarm)
        except UnsupportedExpressionError as error:
            LOG.warning("The alarm %s is not evaluated, as it has %s", alarm["AlarmName"], error)
            self.delete_scheduler_for_alarm(alarm_arn)
            return
        state = alarm_state(alarm, values)
        if not self._states.changes(alarm_arn, state, alarm["StateValue"]):
            return
        recent = [value for value in values if value is not None]
        client = cast("Any", get_cloudwatch_client_for_region_of_alarm(alarm_arn))
        client.set_alarm_state(
            AlarmName=alarm["AlarmName"],
            StateValue=state,
            StateReason=f"{THRESHOLD_CROSSED}: the latest datapoints were {recent[-5:]}.",
            StateReasonData=json.dumps(
                {
                    "version": "1.0",
                    "queryDate": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
                    "recentDatapoints": recent[-MAXIMUM_DATAPOINTS:],
                    "threshold": alarm["Threshold"],
                }
            ),
        )


class AlarmReader:
    """Values that an alarm compares."""

    def __init__(self, database: MetricsDatabase, account_id: str, region: str) -> None:
        self._database = database
        self._account_id = account_id
        self._region = region

    def values(self, alarm: Mapping[str, Any]) -> Values:
        """Return the value of each period of an alarm's evaluation range, oldest first.

        Raises:
            UnsupportedExpressionError: an expression has parts that are not evaluated here.
        """
        queries: list[Mapping[str, Any]] = alarm.get("Metrics") or []
        periods = evaluation_range(alarm)
        if not queries:
            metric = {key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions") if key in alarm}
            stat = {
                "Metric": metric,
                "Period": alarm["Period"],
                "Stat": alarm.get("ExtendedStatistic") or alarm["Statistic"],
                "Unit": alarm.get("Unit"),
            }
            return self._read(stat, periods)
        read = {
            query["Id"]: self._read(query["MetricStat"], periods)
            for query in queries
            if "MetricStat" in query
        }
        compared = next(query for query in queries if query.get("ReturnData", True))
        if "Expression" not in compared:
            return read[compared["Id"]]
        return [
            evaluate(compared["Expression"], {name: values[number] for name, values in read.items()})
            for number in range(periods)
        ]

    def _read(self, stat: Mapping[str, Any], number: int) -> Values:
        periods = metric_periods(stat, number, datetime.now(UTC).timestamp())
        found = self._database.get_metric_data_stat(
            self._account_id,
            self._region,
            {"MetricStat": {**stat, "Period": periods.length}},
            datetime.fromtimestamp(periods.start, UTC),
            datetime.fromtimestamp(periods.end, UTC),
            "TimestampAscending",
        )
        return periods.values(zip(found["timestamps"], found["values"], strict=True))
