"""Lifecycle hooks: Auto Scaling waits until an instance reports that it is ready, and that it is drained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

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


DEFAULT_RESULT: Final = "CONTINUE"
"""Result at the timeout. At launch it puts the instance into service, where the health checks of the load
balancer decide: they also replace what has failed, and an instance of a version that knows no hooks, which
was released before hooks were configured, would be abandoned for ever. A boot that fails reports `ABANDON`
itself."""


def _hook_settings(scaling: ScalingConfig) -> tuple[_HookSettings, ...]:
    ready = _HookSettings(LAUNCH_HOOK, "autoscaling:EC2_INSTANCE_LAUNCHING", scaling.launch_timeout_seconds)
    done = _HookSettings(
        TERMINATION_HOOK, "autoscaling:EC2_INSTANCE_TERMINATING", scaling.termination_timeout_seconds
    )
    return ready, done


def initial_lifecycle_hooks(scaling: ScalingConfig) -> list[aws.autoscaling.GroupInitialLifecycleHookArgs]:
    """Return the hooks of a new group, which precede its first instance.

    A change of them would replace the group: it has to ignore changes, and `create_lifecycle_hooks` follows
    them.
    """
    return [
        aws.autoscaling.GroupInitialLifecycleHookArgs(
            name=hook.name,
            lifecycle_transition=hook.transition,
            heartbeat_timeout=hook.timeout,
            default_result=DEFAULT_RESULT,
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
            default_result=DEFAULT_RESULT,
            opts=opts,
        )
