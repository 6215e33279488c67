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
