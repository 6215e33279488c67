"""Time from the first failure until a CloudWatch alarm is on, and the interval of a roll-out that follows."""

from __future__ import annotations

from typing import Final

METRIC_DELAY: Final = 120
"""Seconds from the end of a period until its metrics can be read: load balancers, Lambda and API Gateway send
them every minute, and Logs' metric filters as they read a line; a minute more for the arrival."""

EVALUATION_SECONDS: Final = 60
"""Seconds between two evaluations of an alarm whose period is a minute or longer (CloudWatch user guide,
"Alarm evaluation")."""

LOCAL_INTERVAL: Final = 5.0
"""Seconds watched after each step on the local cloud, whose alarms need longer."""

LOCAL_WARMUP: Final = 2
"""Seconds before an instance of the local cloud counts: a process that has answered its health check."""

AWS_GIVE_UP: Final = 1_800.0
"""Seconds without progress after which a fleet on AWS is rolled back: machines boot, warm up and drain."""

LOCAL_GIVE_UP: Final = 60.0
"""The same on the local cloud, whose instances start in seconds."""


def seconds_to_give_up(requested: float | None, *, is_local: bool) -> float:
    """Return the seconds without progress after which a fleet is rolled back.

    Args:
        requested: Seconds that the user named, or None for the default.
        is_local: The fleet is one of the local cloud.
    """
    if requested is not None:
        return requested
    return LOCAL_GIVE_UP if is_local else AWS_GIVE_UP


def seconds_to_alarm(period: int, datapoints: int) -> int:
    """Return the seconds after which an alarm is on if every request fails from now on.

    The present period counts requests from before as well, and need not breach. So as many periods as the
    alarm needs follow it:

    ============================  ======================  =====
    rest of the present period    at most `period`           60
    breaching periods             `datapoints * period`     180
    arrival of the last one       `METRIC_DELAY`            120
    next evaluation               `EVALUATION_SECONDS`       60
    three datapoints of a minute                            420
    ============================  ======================  =====
    """
    return (datapoints + 1) * period + METRIC_DELAY + EVALUATION_SECONDS
