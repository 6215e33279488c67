"""Function section of the configuration: the Lambda function and its API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from pydantic import Field

from infra.config_reader import Flag, Integer, Megabytes, Percent, Seconds, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.network.domain_config import Domain

API_TIMEOUT: Final = 29
"""Integration timeout of API Gateway, in seconds (API Gateway developer guide, "Quotas")."""


@dataclass(frozen=True)
class SnapStart:
    """New environments are restored from a snapshot that was taken when the version was published."""


@dataclass(frozen=True, kw_only=True)
class ProvisionedConcurrency:
    """Environments that are kept started; their number follows how many of them are in use."""

    minimum: int
    maximum: int
    target_percent: int


WarmStart: TypeAlias = SnapStart | ProvisionedConcurrency
"""Ways to avoid cold starts; Lambda allows only one of them."""


class FunctionConfig(Section):
    """Function and API."""

    # Lambda developer guide, "Lambda quotas".
    function_memory_mb: Megabytes = Field(
        default=1_769,
        ge=128,
        le=10_240,
        description="Memory of the function. CPU time grows with it: 1,769 MB have one vCPU. Less memory "
        "makes cold starts and responses slower and saves little compared with the price of the API.",
    )
    function_timeout_seconds: Seconds = Field(
        default=10, ge=1, le=900, description="Timeout of the function. Below the 29 seconds of API Gateway."
    )
    snap_start: Flag = Field(
        default=False,
        description="Start the function from a snapshot of each published version. Off, because a cold start "
        "takes a fraction of a second here, while a snapshot of Python costs 4 USD a month for each GB of "
        "memory and each version that is kept, plus 0.14 USD for 1,000 GB restored. Not with "
        "minProvisionedConcurrency.",
    )
    min_provisioned_concurrency: Integer = Field(
        default=0,
        ge=0,
        le=100_000,
        description="Minimum number of environments that are kept started, so that no request waits for a "
        "cold start. They are charged by the hour. 0 = none.",
    )
    max_provisioned_concurrency: Integer = Field(
        default=10,
        ge=1,
        le=100_000,
        description="Maximum number of environments that are kept started. Limits the cost.",
    )
    # Lambda developer guide, "Managing provisioned concurrency with Application Auto Scaling".
    target_provisioned_concurrency_percent: Percent = Field(
        default=70, ge=10, le=90, description="Target share of the started environments that are in use."
    )
    reserved_concurrency: Integer = Field(
        default=0,
        ge=0,
        le=100_000,
        description="Concurrent executions that are reserved for the function and limit it. Limits the cost, "
        "and keeps a flood away from the account's other functions. 0 = the function shares the account's "
        "limit, which is as low as 10 for a new account.",
    )
    # Account limits are 10,000 and 5,000 unless raised (API Gateway developer guide, "Quotas").
    throttling_rate_limit_per_second: Integer = Field(
        default=100,
        ge=1,
        le=100_000,
        description="Steady-state requests per second that the API accepts from all clients together. It "
        "answers more with 429. Limits the cost.",
    )
    throttling_burst_limit: Integer = Field(
        default=200, ge=1, le=100_000, description="Requests that the API accepts at once after a quiet time."
    )
    xray_tracing: Flag = Field(
        default=False,
        description="Trace requests through the API and the function with X-Ray, which charges by the trace.",
    )

    @property
    def warm_start(self) -> WarmStart | None:
        """Way to avoid cold starts; None without any."""
        if self.snap_start:
            return SnapStart()
        if self.min_provisioned_concurrency == 0:
            return None
        return ProvisionedConcurrency(
            minimum=self.min_provisioned_concurrency,
            maximum=self.max_provisioned_concurrency,
            target_percent=self.target_provisioned_concurrency_percent,
        )


@dataclass(frozen=True, kw_only=True)
class LambdaConfig:
    """A function behind a REST API, and their domain."""

    function: FunctionConfig
    domain: Domain | None
    blocked_paths: tuple[str, ...]
    """Paths that the function answers with 404."""


def slower_than_the_api(function_timeout_seconds: int) -> Iterator[str]:
    """Check that the function times out before API Gateway does."""
    if function_timeout_seconds >= API_TIMEOUT:
        yield (
            f"functionTimeoutSeconds {function_timeout_seconds} is not below the {API_TIMEOUT} after which "
            f"API Gateway gives up: the function would work on, and be paid for, without a client to answer"
        )


def two_warm_starts(*, snap_start: bool, min_provisioned_concurrency: int) -> Iterator[str]:
    """Check that only one way to avoid cold starts is chosen."""
    if snap_start and min_provisioned_concurrency:
        yield (
            f"snapStart true does not go with minProvisionedConcurrency {min_provisioned_concurrency}: "
            f"Lambda refuses both on one version, for provisioned environments are not restored from a "
            f"snapshot"
        )


def provisioned_minimum_above_maximum(
    min_provisioned_concurrency: int, max_provisioned_concurrency: int
) -> Iterator[str]:
    """Check the order of the limits of provisioned concurrency."""
    if max_provisioned_concurrency < min_provisioned_concurrency:
        yield (
            f"maxProvisionedConcurrency {max_provisioned_concurrency} is less than "
            f"minProvisionedConcurrency {min_provisioned_concurrency}"
        )


def provisioned_above_reserved(
    min_provisioned_concurrency: int, max_provisioned_concurrency: int, reserved_concurrency: int
) -> Iterator[str]:
    """Check that provisioned environments fit into the reserved ones."""
    if min_provisioned_concurrency and 0 < reserved_concurrency < max_provisioned_concurrency:
        yield (
            f"reservedConcurrency {reserved_concurrency} is less than maxProvisionedConcurrency "
            f"{max_provisioned_concurrency}: provisioned environments count against the reserved ones"
        )


def alarm_never_reached(alarm_concurrent_executions: int, reserved_concurrency: int) -> Iterator[str]:
    """Check that the alarm comes before the limit."""
    if 0 < reserved_concurrency <= alarm_concurrent_executions:
        yield (
            f"alarmConcurrentExecutions {alarm_concurrent_executions} is not below reservedConcurrency "
            f"{reserved_concurrency}: the alarm would come when requests are refused already"
        )


def alarm_slower_than_the_function(alarm_latency_ms: int, function_timeout_seconds: int) -> Iterator[str]:
    """Check that an answer can be slow enough for the alarm."""
    if alarm_latency_ms >= function_timeout_seconds * 1_000:
        yield (
            f"alarmLatencyMs {alarm_latency_ms} is not below functionTimeoutSeconds "
            f"{function_timeout_seconds}: no answer ever takes so long"
        )


RELATIONS: Final = (
    slower_than_the_api,
    two_warm_starts,
    provisioned_minimum_above_maximum,
    provisioned_above_reserved,
    alarm_never_reached,
    alarm_slower_than_the_function,
)
