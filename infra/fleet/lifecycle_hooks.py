"""Lifecycle hooks: Auto Scaling waits until an instance reports that it is ready, and that it is drained."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pulumi_aws as aws

from infra.fleet.user_data import LAUNCH_HOOK, TERMINATION_HOOK

if TYPE_CHECKING:
    import pulumi

    from infra.fleet.scaling_config import ScalingConfig


class _HookSettings(NamedTuple):
    """Settings of one lifecycle hook."""

    name: str
    transition: str
    timeout: int
    """Heartbeat timeout, in seconds."""
    default_result: str
    """Result at the timeout."""


def _hook_settings(scaling: ScalingConfig) -> tuple[_HookSettings, ...]:
    # An instance that is not ready in time has failed.
    ready = _HookSettings(
        LAUNCH_HOOK, "autoscaling:EC2_INSTANCE_LAUNCHING", scaling.launch_timeout_seconds, "ABANDON"
    )
    done = _HookSettings(
        TERMINATION_HOOK,
        "autoscaling:EC2_INSTANCE_TERMINATING",
        scaling.termination_timeout_seconds,
        "CONTINUE",
    )
    return ready, done


def initial_lifecycle_hooks(scaling: ScalingConfig) -> list[aws.autoscaling.GroupInitialLifecycleHookArgs]:
    """Return the hooks of a new group. The provider never updates them; hence `create_lifecycle_hooks`."""
    return [
        aws.autoscaling.GroupInitialLifecycleHookArgs(
            name=hook.name,
            lifecycle_transition=hook.transition,
            heartbeat_timeout=hook.timeout,
            default_result=hook.default_result,
        )
        for hook in _hook_settings(scaling)
    ]


def create_lifecycle_hooks(
    name: str, group_name: pulumi.Input[str], scaling: ScalingConfig, opts: pulumi.ResourceOptions
) -> None:
    """Create the same hooks as resources of their own, which follow the configuration."""
    for hook in _hook_settings(scaling):
        aws.autoscaling.LifecycleHook(
            f"{name}-{hook.name}",
            name=hook.name,
            autoscaling_group_name=group_name,
            lifecycle_transition=hook.transition,
            heartbeat_timeout=hook.timeout,
            default_result=hook.default_result,
            opts=opts,
        )
