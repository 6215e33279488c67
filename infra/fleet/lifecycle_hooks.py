"""When Auto Scaling waits for an instance: until it says that it is ready, and that it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pulumi_aws as aws

from infra.fleet.user_data import LAUNCHED, TERMINATED

if TYPE_CHECKING:
    import pulumi

    from infra.fleet.scaling_config import ScalingConfig


class _Pause(NamedTuple):
    """A moment in an instance's life at which its word is waited for."""

    name: str
    transition: str
    timeout: int
    otherwise: str
    """What is done with one that says nothing."""


def _pauses(scaling: ScalingConfig) -> tuple[_Pause, ...]:
    # One that is not ready in time is as good as dead.
    ready = _Pause(LAUNCHED, "autoscaling:EC2_INSTANCE_LAUNCHING", scaling.launch_timeout_seconds, "ABANDON")
    done = _Pause(
        TERMINATED, "autoscaling:EC2_INSTANCE_TERMINATING", scaling.termination_timeout_seconds, "CONTINUE"
    )
    return ready, done


def first_hooks(scaling: ScalingConfig) -> list[aws.autoscaling.GroupInitialLifecycleHookArgs]:
    """Write the hooks that a group is born with. Terraform never changes them; hence `make_hooks`."""
    return [
        aws.autoscaling.GroupInitialLifecycleHookArgs(
            name=pause.name,
            lifecycle_transition=pause.transition,
            heartbeat_timeout=pause.timeout,
            default_result=pause.otherwise,
        )
        for pause in _pauses(scaling)
    ]


def make_hooks(
    name: str, group_name: pulumi.Input[str], scaling: ScalingConfig, opts: pulumi.ResourceOptions
) -> None:
    """Make the same hooks for a group that is there: these follow the configuration."""
    for pause in _pauses(scaling):
        aws.autoscaling.LifecycleHook(
            f"{name}-{pause.name}",
            name=pause.name,
            autoscaling_group_name=group_name,
            lifecycle_transition=pause.transition,
            heartbeat_timeout=pause.timeout,
            default_result=pause.otherwise,
            opts=opts,
        )
