"""How the fleet's size follows its load: targets, times, forecasts and instances that wait."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from zoneinfo import available_timezones

from infra.config_reader import did_you_mean
from infra.fleet.schedule import EXAMPLE, Occasion, parse_occasion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.config_reader import Reader, Setting
    from infra.fleet.instances_config import MachineSettings

Forecast: TypeAlias = Literal["none", "forecast", "scale"]

FORECASTS: Final[tuple[Forecast, ...]] = ("none", "forecast", "scale")
"""What is made of the load's forecast: nothing, a chart to judge it by, or instances ahead of time."""

MOST_OCCASIONS: Final = 125
"""Scheduled actions of a group (Auto Scaling user guide, "Quotas")."""

LONGEST_HOOK: Final = 7_200
"""Seconds that an instance may wait here; AWS would let it wait for 48 hours."""


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """`Pulumi.yaml` says what each one means. Times are in seconds."""

    requests_per_target: int | None
    """None asks for what an instance was measured to do."""
    cpu_target: int
    schedule: tuple[Occasion, ...]
    time_zone: str
    forecast: Forecast
    warm_pool_size: int
    max_lifetime_days: int
    launch_timeout: int
    termination_timeout: int


@dataclass(frozen=True, kw_only=True)
class ScalingSettings:
    """The same as it was read, for those that have relations with it."""

    requests_per_target: Setting[int]
    cpu_target: Setting[int]
    schedule: Setting[tuple[Occasion, ...]]
    time_zone: Setting[str]
    forecast: Setting[Forecast]
    warm_pool_size: Setting[int]
    max_lifetime_days: Setting[int]
    launch_timeout: Setting[int]
    termination_timeout: Setting[int]

    @property
    def value(self) -> Scaling:
        """The typed value, once the reader has told that there are no mistakes."""
        return Scaling(
            requests_per_target=self.requests_per_target.value or None,
            cpu_target=self.cpu_target.value,
            schedule=self.schedule.value,
            time_zone=self.time_zone.value,
            forecast=self.forecast.value,
            warm_pool_size=self.warm_pool_size.value,
            max_lifetime_days=self.max_lifetime_days.value,
            launch_timeout=self.launch_timeout.value,
            termination_timeout=self.termination_timeout.value,
        )

    def contradictions(
        self, min_instances: Setting[int], max_instances: Setting[int], machines: MachineSettings
    ) -> Iterator[str]:
        """Say which two of the settings cannot both be meant."""
        for occasion in self.schedule.readable or ():
            yield from _out_of_bounds(occasion, min_instances, max_instances)
        yield from _held_by_another(self.schedule.readable or ())
        yield from _pool_of_many_kinds(self.warm_pool_size, machines)
        yield from _pool_for_nobody(self.warm_pool_size, min_instances, max_instances)
        yield from _nothing_to_forecast(self.forecast, min_instances, max_instances)


def read_scaling(read: Reader) -> ScalingSettings:
    """Read the keys of the fleet's size; `read` keeps what is wrong with each."""
    return ScalingSettings(
        requests_per_target=read.whole("targetRequestsPerMinute", 0, 100_000_000),
        cpu_target=read.whole("targetCpuPercent", 10, 90),
        schedule=read.several(
            "scalingSchedule",
            f"times and sizes like {EXAMPLE!r}",
            parse_occasion,
            most=MOST_OCCASIONS,
            separator=";",
        ),
        time_zone=read.parsed("scalingScheduleTimeZone", "a time zone like Europe/Berlin", _time_zone),
        forecast=read.choice("predictiveScaling", FORECASTS),
        warm_pool_size=read.whole("warmPoolSize", 0, 500),
        # A day is the least (Auto Scaling API reference 2011-01-01, CreateAutoScalingGroup).
        max_lifetime_days=read.whole("maxInstanceLifetimeDays", 0, 365),
        # A boot takes a minute and more, and one that has to ask again for what it needs takes twice that.
        launch_timeout=read.whole("launchTimeoutSeconds", 120, LONGEST_HOOK),
        # The service has 20 to end, the agent 6 to ship its last words, and Auto Scaling has to hear of it.
        termination_timeout=read.whole("terminationTimeoutSeconds", 45, LONGEST_HOOK),
    )


def _time_zone(given: str) -> str:
    # What every machine knows, with or without a table of time zones.
    if given != "UTC" and given not in _time_zones():
        raise ValueError(did_you_mean(given, _time_zones()) or "nobody keeps such a time")
    return given


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _out_of_bounds(
    occasion: Occasion, min_instances: Setting[int], max_instances: Setting[int]
) -> Iterator[str]:
    least, most = min_instances.readable, max_instances.readable
    if least is None or most is None:
        return
    told = {"min": occasion.least, "max": occasion.most, "desired": occasion.desired}
    sizes = {name: size for name, size in told.items() if size is not None}
    when = f"at {occasion.recurrence!r}"
    for name, size in sizes.items():
        if size < least:
            yield f"scalingSchedule has {name}={size} {when}, which is less than minInstances {least}"
        if size > most:
            yield f"scalingSchedule has {name}={size} {when}, which is more than maxInstances {most}"
    ordered = [sizes[name] for name in ("min", "desired", "max") if name in sizes]
    if ordered != sorted(ordered):
        yield f"scalingSchedule has its sizes {when} in the wrong order: min, desired, max must rise"


def _held_by_another(schedule: tuple[Occasion, ...]) -> Iterator[str]:
    """Find sizes that cannot be taken on while those of another time still hold."""
    for now, before in permutations(schedule, 2):
        wanted = max((size for size in (now.least, now.desired) if size is not None), default=None)
        if wanted is not None and now.most is None and before.most is not None and before.most < wanted:
            yield (
                f"scalingSchedule has a size of {wanted} at {now.recurrence!r}, where max={before.most} of "
                f"{before.recurrence!r} may still hold: it has to say its max as well"
            )
        wanted = min((size for size in (now.most, now.desired) if size is not None), default=None)
        if wanted is not None and now.least is None and before.least is not None and before.least > wanted:
            yield (
                f"scalingSchedule has a size of {wanted} at {now.recurrence!r}, where min={before.least} of "
                f"{before.recurrence!r} may still hold: it has to say its min as well"
            )


def _pool_of_many_kinds(warm_pool_size: Setting[int], machines: MachineSettings) -> Iterator[str]:
    # Spot instances cannot wait stopped, and which type of several would be needed next nobody knows
    # (Auto Scaling API reference 2011-01-01, PutWarmPool).
    size, others, share = (
        warm_pool_size.readable,
        machines.alternatives.readable,
        machines.spot_share.readable,
    )
    if size and share:
        yield (
            f"warmPoolSize {size} does not go with spotPercent {share}: spot instances cannot wait in a pool"
        )
    elif size and others:
        yield (
            f"warmPoolSize {size} does not go with alternativeInstanceTypes: "
            f"a pool holds instances of one type"
        )


def _pool_for_nobody(
    warm_pool_size: Setting[int], min_instances: Setting[int], max_instances: Setting[int]
) -> Iterator[str]:
    size, least, most = warm_pool_size.readable, min_instances.readable, max_instances.readable
    if size and least is not None and most is not None and size > most - least:
        yield (
            f"warmPoolSize {size} is more than can ever be missing: "
            f"between minInstances {least} and maxInstances {most} there are {max(most - least, 0)}"
        )


def _nothing_to_forecast(
    forecast: Setting[Forecast], min_instances: Setting[int], max_instances: Setting[int]
) -> Iterator[str]:
    wish, least, most = forecast.readable, min_instances.readable, max_instances.readable
    if wish not in {None, "none"} and least is not None and least == most:
        yield (
            f"predictiveScaling {wish} has nothing to decide: minInstances and maxInstances are both {least}"
        )
