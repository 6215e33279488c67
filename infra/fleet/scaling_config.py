"""Scaling section of the configuration: limits, targets, schedule, forecast and warm pool of the fleet."""

from __future__ import annotations

from functools import cache
from itertools import combinations, permutations
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias
from zoneinfo import available_timezones

from pydantic import Field

from infra.config_reader import Days, Integer, Parser, Percent, Seconds, Section, did_you_mean, parse_list
from infra.fleet.schedule import EXAMPLE, ScheduledAction, parse_scheduled_action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.reference_data.instance_types import InstanceType

PredictiveScaling: TypeAlias = Literal["none", "forecast", "scale"]

MAXIMUM_SCHEDULED_ACTIONS: Final = 125
"""Scheduled actions of a group (Auto Scaling user guide, "Quotas")."""

MAXIMUM_HOOK_SECONDS: Final = 7_200
"""Timeout of a lifecycle hook here; AWS allows 48 hours."""


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def parse_time_zone(text: str) -> str:
    """Validate the name of a time zone.

    Raises:
        ValueError: It is unknown; the text suggests the one that is near.
    """
    # UTC is known on every machine, with or without a database of time zones.
    if text != "UTC" and text not in _time_zones():
        raise ValueError(did_you_mean(text, _time_zones()) or "no such time zone")
    return text


Schedule: TypeAlias = Annotated[
    tuple[ScheduledAction, ...],
    Parser(
        parse_list(parse_scheduled_action, maximum=MAXIMUM_SCHEDULED_ACTIONS, separator=";"),
        f"up to {MAXIMUM_SCHEDULED_ACTIONS} times and sizes like {EXAMPLE!r}, separated by semicolons",
    ),
]
TimeZone: TypeAlias = Annotated[str, Parser(parse_time_zone, "a time zone like Europe/Berlin")]


class ScalingConfig(Section):
    """Scaling."""

    # A target group takes 1,000 targets (ELB user guide, "Quotas"), and a roll-out doubles their number.
    min_instances: Integer = Field(
        default=2,
        ge=1,
        le=500,
        description="Minimum number of instances. Two over two zones survive the loss of an instance or of a "
        "zone.",
    )
    max_instances: Integer = Field(
        default=4,
        ge=1,
        le=500,
        description="Maximum number of instances, except during a roll-out, which doubles them for a while. "
        "Limits the cost.",
    )
    target_requests_per_minute: Integer = Field(
        default=0,
        ge=0,
        le=100_000_000,
        description="Target number of requests per instance and minute; more of them add instances. 0 = the "
        "smallest of the measured throughput of the instance type (`iris capacity`) at targetCpuPercent, its "
        "baseline network bandwidth, and for burstable types the CPU credits that it earns. The preview "
        "shows it.",
    )
    target_cpu_percent: Percent = Field(
        default=60,
        ge=10,
        le=90,
        description="Target mean CPU utilization of the fleet; at most the baseline of a burstable type, "
        "such as 20 for t4g.small, since credits beyond cost more than another instance. The larger fleet "
        "of the two targets counts.",
    )
    scaling_schedule: Schedule = Field(
        default="",
        validate_default=True,
        description="Scheduled sizes of the fleet, separated by semicolons, like `30 7 * * 1-5 min=4 "
        "desired=6; 0 20 * * * min=2` - five cron fields (Sunday is 0), then one or more of min, max and "
        "desired, between minInstances and maxInstances. A size outside the min or max of another time sets "
        "its own. Empty = none.",
    )
    scaling_schedule_time_zone: TimeZone = Field(
        default="UTC", description="Time zone of the scalingSchedule, like Europe/Berlin."
    )
    predictive_scaling: PredictiveScaling = Field(
        default="none",
        description="Use of a forecast of the load, which needs a day of history and is good after two "
        "weeks. none; forecast = only show it next to the load; scale = launch instances ahead of it.",
    )
    warm_pool_size: Integer = Field(
        default=0,
        ge=0,
        le=500,
        description="Number of stopped instances that have booted once and wait until the fleet grows; their "
        "disks are charged. Instances have to reach Auto Scaling (natGateways, or autoscaling in "
        "interfaceEndpoints). Not with spotPercent or alternativeInstanceTypes. 0 = none.",
    )
    # A day is the minimum (Auto Scaling API reference 2011-01-01, CreateAutoScalingGroup).
    max_instance_lifetime_days: Days = Field(
        default=30,
        ge=0,
        le=365,
        description="Days after which an instance is replaced, so that no fault or intrusion outlives it. 0 "
        "= never.",
    )
    # A boot takes a minute and more, and twice that if it has to repeat its downloads.
    launch_timeout_seconds: Seconds = Field(
        default=300,
        ge=120,
        le=MAXIMUM_HOOK_SECONDS,
        description="Time in which a new instance has to report that it is ready; a late one is left to the "
        "health checks. Applies where instances reach Auto Scaling.",
    )
    # The service has 20 seconds to stop, the agent 6 to ship its last logs, and then Auto Scaling is called.
    termination_timeout_seconds: Seconds = Field(
        default=60,
        ge=45,
        le=MAXIMUM_HOOK_SECONDS,
        description="Time in which a drained instance has to stop the service and ship its last logs before "
        "it is terminated. Applies where instances reach Auto Scaling.",
    )
    instance_warmup_seconds: Seconds = Field(
        default=120,
        ge=0,
        le=3_600,
        description="Time until the metrics of a new instance count, so that its boot does not look like "
        "load.",
    )
    health_check_grace_period_seconds: Seconds = Field(
        default=180,
        ge=0,
        le=7_200,
        description="Time in which a new instance boots before failed health checks replace it.",
    )


def minimum_above_maximum(min_instances: int, max_instances: int) -> Iterator[str]:
    """Check the order of the fleet's limits."""
    if max_instances < min_instances:
        yield f"maxInstances {max_instances} is less than minInstances {min_instances}"


def schedule_out_of_limits(
    scaling_schedule: tuple[ScheduledAction, ...], min_instances: int, max_instances: int
) -> Iterator[str]:
    """Check that scheduled sizes lie between the fleet's limits, in rising order."""
    for occasion in scaling_schedule:
        named = {"min": occasion.min_size, "desired": occasion.desired_capacity, "max": occasion.max_size}
        sizes = {name: size for name, size in named.items() if size is not None}
        when = f"at {occasion.recurrence!r}"
        for name, size in sizes.items():
            if size < min_instances:
                yield f"scalingSchedule has {name}={size} {when}, which is below minInstances {min_instances}"
            if size > max_instances:
                yield f"scalingSchedule has {name}={size} {when}, which is above maxInstances {max_instances}"
        if list(sizes.values()) != sorted(sizes.values()):
            yield f"scalingSchedule has its sizes {when} in the wrong order: min, desired, max must rise"


def same_time_twice(scaling_schedule: tuple[ScheduledAction, ...]) -> Iterator[str]:
    """Check that no two scheduled actions have the same time, which Auto Scaling refuses."""
    for first, second in combinations(scaling_schedule, 2):
        if first.name == second.name:
            yield f"scalingSchedule has two sizes at {first.recurrence!r}: name them together"


def sizes_that_exclude_each_other(scaling_schedule: tuple[ScheduledAction, ...]) -> Iterator[str]:
    """Check that no size is outside the limits that another time has set before."""
    for now, before in permutations(scaling_schedule, 2):
        largest = max(
            (size for size in (now.min_size, now.desired_capacity) if size is not None), default=None
        )
        if (
            largest is not None
            and now.max_size is None
            and before.max_size is not None
            and before.max_size < largest
        ):
            yield (
                f"scalingSchedule has a size of {largest} at {now.recurrence!r}, where max={before.max_size} "
                f"of {before.recurrence!r} may still hold: it has to set its max as well"
            )
        smallest = min(
            (size for size in (now.max_size, now.desired_capacity) if size is not None), default=None
        )
        if (
            smallest is not None
            and now.min_size is None
            and before.min_size is not None
            and before.min_size > smallest
        ):
            yield (
                f"scalingSchedule has a size of {smallest} at {now.recurrence!r}, where "
                f"min={before.min_size} of {before.recurrence!r} may still hold: it has to set its min as "
                "well"
            )


def warm_pool_of_several_types(
    warm_pool_size: int, spot_percent: int, alternative_instance_types: tuple[InstanceType, ...]
) -> Iterator[str]:
    """Check that a warm pool has on-demand instances of one type."""
    # Auto Scaling API reference 2011-01-01, PutWarmPool: spot instances cannot be stopped, and the type that
    # will be launched next is not known.
    if warm_pool_size and spot_percent:
        yield (
            f"warmPoolSize {warm_pool_size} does not go with spotPercent {spot_percent}: spot instances "
            "cannot wait in a pool"
        )
    elif warm_pool_size and alternative_instance_types:
        yield (
            f"warmPoolSize {warm_pool_size} does not go with alternativeInstanceTypes: a pool holds "
            "instances of one type"
        )


def warm_pool_larger_than_growth(
    warm_pool_size: int, min_instances: int, max_instances: int
) -> Iterator[str]:
    """Check that the fleet can grow by all instances of the warm pool."""
    growth = max(max_instances - min_instances, 0)
    if warm_pool_size > growth:
        yield (
            f"warmPoolSize {warm_pool_size} is more than the fleet can grow by: between minInstances "
            f"{min_instances} and maxInstances {max_instances} there are {growth}"
        )


def forecast_for_a_fixed_size(
    predictive_scaling: PredictiveScaling, min_instances: int, max_instances: int
) -> Iterator[str]:
    """Check that a forecast can change the fleet's size."""
    if predictive_scaling != "none" and min_instances == max_instances:
        yield (
            f"predictiveScaling {predictive_scaling} has nothing to decide: minInstances and maxInstances "
            f"are both {min_instances}"
        )


RELATIONS: Final = (
    minimum_above_maximum,
    schedule_out_of_limits,
    same_time_twice,
    sizes_that_exclude_each_other,
    warm_pool_of_several_types,
    warm_pool_larger_than_growth,
    forecast_for_a_fixed_size,
)
