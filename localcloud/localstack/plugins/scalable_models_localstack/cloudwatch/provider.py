"""CloudWatch: LocalStack's provider with another database, other states of alarms, and pages of history.

LocalStack also forgets the tags of a new alarm and the state of one that is changed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from localstack.aws.api import CommonServiceException, handler
from localstack.services.cloudwatch.provider_v2 import (
    _STORE_LOCK,  # pyright: ignore[reportPrivateUsage] - no evaluation may come between two changes
    CloudwatchProvider,
)
from localstack.services.plugins import Service
from localstack.utils.aws.arns import cloudwatch_alarm_arn
from typing_extensions import override

from scalable_models_localstack.cloudwatch.alarm_clock import AlarmClock
from scalable_models_localstack.cloudwatch.alarm_history import history_page
from scalable_models_localstack.cloudwatch.metrics_database import MetricsDatabase
from scalable_models_localstack.dispatch import check_requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from localstack.aws.api import RequestContext
    from localstack.aws.api.cloudwatch import StateValue

    from scalable_models_localstack.dispatch import Parameters

STATE: Final = (
    "StateReason",
    "StateReasonData",
    "StateTransitionedTimestamp",
    "StateUpdatedTimestamp",
    "StateValue",
)
"""Keys of an alarm that stay when it is changed: "its state is left unchanged, but the update completely
overwrites the previous configuration" (PutMetricAlarm and PutCompositeAlarm, CloudWatch API reference)."""


class RepairedCloudwatchProvider(CloudwatchProvider):
    """CloudWatch."""

    def __init__(self) -> None:
        super().__init__()
        self.cloudwatch_database = MetricsDatabase()

    @override
    def start_alarm_scheduler(self) -> None:
        if not self.alarm_scheduler:
            self.alarm_scheduler = AlarmClock(self.cloudwatch_database)

    @handler("PutMetricAlarm", expand=False)
    @override
    def put_metric_alarm(self, context: RequestContext, request: Any) -> None:
        self._put_alarm(context, request, super().put_metric_alarm)

    @handler("PutCompositeAlarm", expand=False)
    @override
    def put_composite_alarm(self, context: RequestContext, request: Any) -> None:
        self._put_alarm(context, request, super().put_composite_alarm)

    def _put_alarm(
        self, context: RequestContext, request: Parameters, put: Callable[[RequestContext, Any], None]
    ) -> None:
        """Put an alarm. The tags hold for a new one only, and the state of a present one stays."""
        store = self.get_store(context.account_id, context.region)
        with _STORE_LOCK:
            arn = cloudwatch_alarm_arn(request["AlarmName"], context.account_id, context.region)
            before = store.alarms.get(arn)
            tags = request.pop("Tags", None)
            put(context, request)
            if before is not None:
                state = cast("dict[str, Any]", before.alarm)
                changed = cast("dict[str, Any]", store.alarms[arn].alarm)
                changed.update({key: state[key] for key in STATE if key in state})
            elif tags:
                store.TAGS.tag_resource(arn, tags)

    @override
    def delete_alarms(self, context: RequestContext, alarm_names: list[str], **named: Any) -> None:
        super().delete_alarms(context, alarm_names, **named)  # pyright: ignore[reportUnknownMemberType] - partly untyped
        store = self.get_store(context.account_id, context.region)
        for name in alarm_names:
            store.TAGS.del_resource(cloudwatch_alarm_arn(name, context.account_id, context.region))

    @override
    def set_alarm_state(
        self,
        context: RequestContext,
        alarm_name: str,
        state_value: StateValue,
        state_reason: str,
        state_reason_data: str = "",
        **named: Any,
    ) -> None:
        if state_reason_data and not _is_object(state_reason_data):
            raise CommonServiceException(
                "InvalidFormat", "Data was not syntactically valid JSON.", sender_fault=True
            )
        super().set_alarm_state(context, alarm_name, state_value, state_reason, state_reason_data, **named)  # pyright: ignore[reportUnknownMemberType] - partly untyped

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


def _is_object(text: str) -> bool:
    """Return whether a text is a JSON object, as all that CloudWatch writes itself."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def create_service() -> Service:
    """Create the service, which checks each request by the API's model."""
    service = Service.for_provider(RepairedCloudwatchProvider())
    check_requests(service)
    return service
