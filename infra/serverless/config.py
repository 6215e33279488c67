"""What the function and its API may be: types, ranges and relations of their keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from infra.config_reader import Part, Reader, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.monitoring.alarm_config import AlarmSettings
    from infra.network.domain_config import Domain, DomainSettings

API_TIMEOUT: Final = 29
"""Seconds after which API Gateway gives up on an answer (API Gateway developer guide, "Quotas")."""


@dataclass(frozen=True)
class SnapStart:
    """New environments are restored from a snapshot that was taken when the version was published."""


@dataclass(frozen=True, kw_only=True)
class ProvisionedConcurrency:
    """Environments that wait, started; their number follows how many of them are at work."""

    least: int
    most: int
    target_percent: int


WarmStart: TypeAlias = SnapStart | ProvisionedConcurrency
"""How requests are spared the start of an environment; Lambda takes one way or the other."""


@dataclass(frozen=True, kw_only=True)
class LambdaConfig:
    """A function behind a REST API. Times are in seconds; `Pulumi.yaml` says what each one means."""

    memory: int
    """In MB, which are MiB here as everywhere in Lambda."""
    timeout: int
    warm_start: WarmStart | None
    reserved_concurrency: int | None
    throttling_rate_limit: int
    throttling_burst_limit: int
    domain: Domain | None
    tracing: bool


def read_function(read: Reader, alarms: AlarmSettings, domain: DomainSettings) -> Part[LambdaConfig]:
    """Read the function's keys; `read` keeps what is wrong with each, the part what is wrong between them."""
    # Lambda developer guide, "Lambda quotas".
    memory = read.whole("functionMemoryMb", 128, 10_240)
    timeout = read.whole("functionTimeoutSeconds", 1, 900)
    snap_start = read.flag("snapStart")
    provisioned = read.whole("minProvisionedConcurrency", 0, 100_000)
    most_provisioned = read.whole("maxProvisionedConcurrency", 1, 100_000)
    # Lambda developer guide, "Managing provisioned concurrency with Application Auto Scaling".
    target = read.whole("targetProvisionedConcurrencyPercent", 10, 90)
    reserved = read.whole("reservedConcurrency", 0, 100_000)
    # The account's own limits, 10,000 and 5,000 unless raised (API Gateway developer guide, "Quotas").
    rate_limit = read.whole("throttlingRateLimitPerSecond", 1, 100_000)
    burst_limit = read.whole("throttlingBurstLimit", 1, 100_000)
    tracing = read.flag("xrayTracing")

    def warm_start() -> WarmStart | None:
        if snap_start.value:
            return SnapStart()
        if provisioned.value == 0:
            return None
        return ProvisionedConcurrency(
            least=provisioned.value, most=most_provisioned.value, target_percent=target.value
        )

    return Part(
        (
            *_slower_than_the_api(timeout),
            *_warm_twice(snap_start, provisioned),
            *_wrong_order(provisioned, most_provisioned),
            *_more_than_reserved(provisioned, most_provisioned, reserved),
            *_alarm_never_reached(alarms.concurrency, reserved),
            *_alarm_too_late(alarms.latency_ms, timeout),
        ),
        lambda: LambdaConfig(
            memory=memory.value,
            timeout=timeout.value,
            warm_start=warm_start(),
            reserved_concurrency=reserved.value or None,
            throttling_rate_limit=rate_limit.value,
            throttling_burst_limit=burst_limit.value,
            domain=domain.value,
            tracing=tracing.value,
        ),
    )


# As in the fleet's, a relation names its settings, and what cannot be read takes no part.


def _slower_than_the_api(timeout: Setting[int]) -> Iterator[str]:
    seconds = timeout.readable
    if seconds is not None and seconds >= API_TIMEOUT:
        yield (
            f"functionTimeoutSeconds {seconds} is not below the {API_TIMEOUT} after which "
            f"API Gateway gives up: the function would work on, and be paid for, with nobody to answer"
        )


def _warm_twice(snap_start: Setting[bool], provisioned: Setting[int]) -> Iterator[str]:
    if snap_start.readable and provisioned.readable:
        yield (
            f"snapStart true does not go with minProvisionedConcurrency {provisioned.readable}: "
            f"Lambda refuses both on one version, for environments that wait are restored from no snapshot"
        )


def _wrong_order(provisioned: Setting[int], most_provisioned: Setting[int]) -> Iterator[str]:
    least, most = provisioned.readable, most_provisioned.readable
    if least is not None and most is not None and most < least:
        yield f"maxProvisionedConcurrency {most} is less than minProvisionedConcurrency {least}"


def _more_than_reserved(
    provisioned: Setting[int], most_provisioned: Setting[int], reserved: Setting[int]
) -> Iterator[str]:
    most, limit = most_provisioned.readable, reserved.readable
    if provisioned.readable and limit and most is not None and most > limit:
        yield (
            f"reservedConcurrency {limit} is less than maxProvisionedConcurrency {most}: "
            f"environments that wait come out of those that are reserved"
        )


def _alarm_never_reached(concurrency: Setting[int], reserved: Setting[int]) -> Iterator[str]:
    alarm, limit = concurrency.readable, reserved.readable
    if alarm is not None and limit and alarm >= limit:
        yield (
            f"alarmConcurrentExecutions {alarm} is not below reservedConcurrency {limit}: "
            f"the alarm would come when requests are refused already"
        )


def _alarm_too_late(latency_ms: Setting[int], timeout: Setting[int]) -> Iterator[str]:
    alarm, seconds = latency_ms.readable, timeout.readable
    if alarm is not None and seconds is not None and alarm >= seconds * 1_000:
        yield (
            f"alarmLatencyMs {alarm} is not below functionTimeoutSeconds {seconds}: "
            f"no answer ever takes so long"
        )
