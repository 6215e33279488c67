"""Clock of Auto Scaling: it executes scheduled actions, and the policies of alarms that ring."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from localstack.aws.api import CommonServiceException
from moto.autoscaling.models import autoscaling_backends

from scalable_models_localstack.autoscaling.activities import failed_activity
from scalable_models_localstack.autoscaling.group import ScalingGroup
from scalable_models_localstack.autoscaling.scaling.alarms import ACTIONS, alarms_for, breach_of
from scalable_models_localstack.autoscaling.scaling.policies import execute
from scalable_models_localstack.autoscaling.scaling.scheduled_operations import execute_due
from scalable_models_localstack.autoscaling.time_factor import compressed
from scalable_models_localstack.services.change_marks import mark_change

if TYPE_CHECKING:
    from scalable_models_localstack.autoscaling.backend import ScalingBackend

LOG: Final = logging.getLogger(__name__)

INTERVAL: Final = 0.5
"""Seconds between two turns."""

REPETITION: Final = 60.0
"""Seconds after which an alarm that stays in its state executes its policies again ("Why doesn't my
CloudWatch alarm's state change invoke my Auto Scaling policy?", AWS re:Post knowledge center)."""

BY_ALARM: Final = ("SimpleScaling", "StepScaling")
"""Types of policies that an alarm executes here; target tracking is left to the local cloud, which has its
metrics."""


class AlarmActions:
    """Executions of policies by alarms, each once for a transition and then once a minute."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], tuple[datetime, datetime]] = {}
        """ARNs of alarm and policy -> transition of the alarm, and last execution since."""

    def execute(self, backend: ScalingBackend, group: ScalingGroup, now: datetime) -> None:
        """Execute the policies of a group whose alarms are in a state with that action."""
        if group.is_suspended("AlarmNotification"):
            return
        for policy in list(backend.scaling_policies.get(group.name, {}).values()):
            if policy["PolicyType"] in BY_ALARM and policy["Enabled"]:
                for alarm in alarms_for(backend, policy["PolicyARN"]):
                    self._execute(group, policy, alarm, now)

    def _execute(
        self, group: ScalingGroup, policy: dict[str, Any], alarm: dict[str, Any], now: datetime
    ) -> None:
        transition: datetime = alarm["StateTransitionedTimestamp"]
        is_new = transition == alarm["AlarmConfigurationUpdatedTimestamp"]
        if is_new or not alarm["ActionsEnabled"]:
            return
        if policy["PolicyARN"] not in alarm[ACTIONS[alarm["StateValue"]]]:
            return
        key = alarm["AlarmArn"], policy["PolicyARN"]
        before, last = self._last.get(key, (None, now))
        if before == transition and now - last < timedelta(seconds=compressed(REPETITION)):
            return
        self._last[key] = transition, now
        cause = (
            f"a monitor alarm {alarm['AlarmName']} in state {alarm['StateValue']} triggered policy "
            f"{policy['PolicyName']}"
        )
        try:
            execute(group, policy, cause, breach_of(alarm), honor_cooldown=True)
        except CommonServiceException as error:
            # An alarm waits for the cooldown in silence.
            if before != transition and error.code != "ScalingActivityInProgress":
                group.autoscaling_backend.activities.append(failed_activity(group, cause, error.message))
        mark_change()


def start() -> None:
    """Start the clock in a daemon thread, which ends with LocalStack."""
    threading.Thread(target=_run, name="autoscaling-clock", daemon=True).start()


def _run() -> None:
    actions = AlarmActions()
    while True:
        time.sleep(INTERVAL)
        for regions in list(autoscaling_backends.values()):
            for backend in list(regions.values()):
                _turn(cast("ScalingBackend", backend), actions)


def _turn(backend: ScalingBackend, actions: AlarmActions) -> None:
    now = datetime.now(UTC)
    for group in list(backend.autoscaling_groups.values()):
        if not isinstance(group, ScalingGroup):
            continue
        try:
            with backend.lock:
                execute_due(backend, group, now)
                actions.execute(backend, group, now)
        except Exception:
            LOG.exception("The policies or scheduled actions of %s failed", group.name)
