"""Stage of a lesson: the running cloud, its load, its words, and the restoration of what is changed."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from localcloud.state_dir import StateDir, try_lock
from localcloud.status import read_status
from scripts.local.lessons.background_load import BackgroundLoad, constant
from scripts.local.lessons.texts import Text
from scripts.local.own_address import VISITOR, client_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from localcloud.aws.clients import Api
    from localcloud.status import InstanceStatus, Status
    from scripts.bench.load.demand import Phase
    from scripts.bench.load.requests import LoadRequest

POLL_SECONDS: Final = 0.3
"""Seconds between two looks at the status."""

TIMEOUT: Final = 10.0
"""Seconds in which a request of a lesson must be answered."""

RESTORED_WITHIN: Final = 60.0
"""Seconds in which the cloud must be as before."""


class StageError(RuntimeError):
    """Lesson that can't go on; the text says why."""

    def __init__(self, text: Text) -> None:
        """Create the error with its reason in both languages."""
        super().__init__(text.en)
        self.text = text


class Sizes(NamedTuple):
    """Sizes of the fleet."""

    minimum: int
    maximum: int
    desired: int

    def fixed_at(self, instances: int) -> Sizes:
        """Return the sizes of a fleet that stays at a number of instances; its maximum is never lowered."""
        return Sizes(instances, max(instances, self.maximum), instances)


class Stage:
    """Running cloud for a lesson."""

    def __init__(self, state_dir: StateDir, say: Callable[[Text], None], pace: float = 1.0) -> None:
        """Create the stage of a cloud.

        Args:
            state_dir: Folder of the cloud.
            say: Prints a sentence about the next step.
            pace: Factor of all durations; below 1 for shorter lessons.

        Raises:
            StageError: No cloud with a load balancer is up there.
        """
        self.state_dir = state_dir
        self.say = say
        self._pace = pace
        self._undo = ExitStack()
        self._lock = ExitStack()
        self.has_changed = False
        self._sizes: Sizes | None = None
        status = read_status(state_dir)
        if status.identity is None or not status.outputs:
            raise StageError(
                Text(
                    f"no local cloud runs in {state_dir.home}; run `make up` first",
                    f"no hay ninguna nube local en {state_dir.home}; ejecuta antes `make up`",
                )
            )
        if "loadBalancerArn" not in status.outputs:
            raise StageError(
                Text(
                    "this cloud has a function and no instances; run `make up COMPUTE=both` first",
                    "esta nube tiene una función y ninguna instancia; ejecuta antes `make up COMPUTE=both`",
                )
            )
        if not status.is_up:
            raise StageError(
                Text(
                    "the cloud is not ready; `make status` shows the component that is not",
                    "la nube no está lista; `make status` muestra el componente que no lo está",
                )
            )
        self._lock_cloud()
        self.outputs = status.outputs
        self.url = status.identity.balancer_url
        self.api: Api = status.identity.api
        self.client = client_at(VISITOR, self.url, TIMEOUT)

    def close(self) -> None:
        """Put everything back, and wait until the cloud is ready again."""
        with self._lock, closing(self.client):
            self._undo.close()
            self._wait_until_restored()

    def _lock_cloud(self) -> None:
        """Lock the cloud against another lesson, whose changes the end of this one would undo."""
        if not self._lock.enter_context(try_lock(self.state_dir.lesson_lock)):
            self._lock.close()
            raise StageError(Text("another lesson runs on this cloud", "otra lección está usando esta nube"))

    def _wait_until_restored(self) -> None:
        if self.has_changed and self.wait_until(self._is_as_before, RESTORED_WITHIN) is None:
            self.say(
                Text(
                    f"After {RESTORED_WITHIN:.0f} s, not all instances are healthy (`make status`).",
                    f"Tras {RESTORED_WITHIN:.0f} s no todas las instancias están sanas (`make status`).",
                )
            )

    def on_end(self, undo: Callable[..., Any], *arguments: object, **named: object) -> None:
        """Call a function at the end of the lesson, also if it is interrupted; the last one first."""
        self.has_changed = True
        self._undo.callback(undo, *arguments, **named)

    def seconds(self, usual: float) -> float:
        """Return a duration of this run, which may be shorter than usual."""
        return usual * self._pace

    def pause(self, usual: float) -> None:
        """Wait for a duration of this run."""
        time.sleep(self.seconds(usual))

    def status(self) -> Status:
        """Read the status of the cloud."""
        return read_status(self.state_dir)

    def healthy(self) -> list[InstanceStatus]:
        """Return the instances that are healthy."""
        return [
            it for it in self.status().instances if it.zone is not None and it.pid and it.health == "healthy"
        ]

    def victim(self) -> tuple[InstanceStatus, int]:
        """Return a healthy instance and its process id.

        Raises:
            StageError: There is none.
        """
        for instance in self.healthy():
            if instance.pid is not None:
                return instance, instance.pid
        raise StageError(Text("no instance is healthy", "ninguna instancia está sana"))

    def wait_until(self, condition: Callable[[Status], bool], within: float) -> float | None:
        """Wait until a status meets a condition; return the seconds, or None if it does not in time."""
        begun = time.monotonic()
        while time.monotonic() - begun < within:
            if condition(self.status()):
                return time.monotonic() - begun
            time.sleep(POLL_SECONDS)
        return None

    def load(self, rate: float) -> BackgroundLoad:
        """Create a constant load on the load balancer, for a `with` block."""
        return BackgroundLoad(self.url, constant(rate))

    def load_of(
        self, phases: Sequence[Phase], requests: Sequence[LoadRequest] | None = None
    ) -> BackgroundLoad:
        """Create a load with a demand on the load balancer, for a `with` block."""
        return BackgroundLoad(self.url, phases, requests)

    def resize(self, instances: int) -> None:
        """Set the desired size of the fleet, and wait until as many instances are healthy and no others run.

        The sizes of before are restored at the end.

        Raises:
            StageError: They are not healthy in time.
        """
        if self._sizes is None:
            self._sizes = self._read_sizes()
            self.on_end(self._set_sizes, self._sizes)
        self._set_sizes(self._sizes.fixed_at(instances))
        if self.wait_until(lambda status: is_whole(status, instances), RESTORED_WITHIN) is None:
            raise StageError(
                Text(
                    f"there are no {instances} healthy instances after {RESTORED_WITHIN:.0f} s",
                    f"no hay {instances} instancias sanas tras {RESTORED_WITHIN:.0f} s",
                )
            )

    def _read_sizes(self) -> Sizes:
        name = self.outputs["autoScalingGroup"]
        (group,) = self.api.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
            "AutoScalingGroups"
        ]
        return Sizes(group["MinSize"], group["MaxSize"], group["DesiredCapacity"])

    def _is_as_before(self, status: Status) -> bool:
        return is_whole(status, self._read_sizes().desired)

    def _set_sizes(self, sizes: Sizes) -> None:
        self.api.client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=self.outputs["autoScalingGroup"],
            MinSize=sizes.minimum,
            MaxSize=sizes.maximum,
            DesiredCapacity=sizes.desired,
        )

    def set_target_group(self, **attributes: str) -> None:
        """Set attributes of the target group, whose dots are written as `__`; restore them at the end."""
        elbv2 = self.api.client("elbv2")
        arn = self.outputs["targetGroupArn"]
        changed = {name.replace("__", "."): value for name, value in attributes.items()}
        found = elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        before = {each.get("Key", ""): each.get("Value", "") for each in found}

        def put(values: dict[str, str]) -> None:
            listed: Any = [{"Key": key, "Value": value} for key, value in values.items()]
            elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=listed)

        self.on_end(put, {key: before[key] for key in changed if key in before})
        put(changed)


def is_whole(status: Status, instances: int) -> bool:
    """Return whether as many instances are healthy, and no others are in the group."""
    listed = [it for it in status.instances if it.zone is not None]
    return status.is_up and len(listed) == instances and all(it.health == "healthy" for it in listed)
