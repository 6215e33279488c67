"""Groups of moto without a LocalStack, and their clock, which a program of LocalStack's interpreter sets."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import tzinfo

REGION: Final = "eu-west-1"
ACCOUNT: Final = "123456789012"
BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)

PLUGINS: Final = "scalable_models_localstack.autoscaling"

MODULES_WITH_CLOCK: Final = (
    "group",
    "refresh.instance_refresh",
    "scaling.policies",
    "scaling.scheduled_operations",
)
"""Modules that read the time."""


def plugin(name: str) -> Any:
    """Return a module of the plugin, which only LocalStack's interpreter can import."""
    return import_module(f"{PLUGINS}.{name}")


class Clock:
    """Clock of Auto Scaling in seconds since the beginning."""

    def __init__(self) -> None:
        self.seconds = 0.0
        clock = self

        class Virtual(datetime):
            """Time that stands still until it is set."""

            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Any:
                return clock.now.astimezone(tz)

        for name in MODULES_WITH_CLOCK:
            plugin(name).datetime = Virtual

    @property
    def now(self) -> datetime:
        return BEGINNING + timedelta(seconds=self.seconds)


class Groups:
    """Auto Scaling groups in the memory of this process."""

    def __init__(self) -> None:
        moto: Any = import_module("moto")
        plugin("backend").install()
        os.environ["FILESYSTEM_ROOT"] = tempfile.mkdtemp()
        moto.mock_aws().start()
        boto3: Any = import_module("boto3")
        self.client: Any = boto3.client("autoscaling", REGION)
        self._ec2: Any = boto3.client("ec2", REGION)
        self.clock = Clock()
        self.template: str = self._ec2.create_launch_template(
            LaunchTemplateName="iris",
            LaunchTemplateData={"ImageId": "ami-12345678", "InstanceType": "t4g.small"},
        )["LaunchTemplate"]["LaunchTemplateId"]
        self._ec2.create_launch_template_version(
            LaunchTemplateId=self.template,
            LaunchTemplateData={"ImageId": "ami-12345678", "InstanceType": "t4g.medium"},
        )
        self._number = 0

    def make(self, size: int, **parameters: Any) -> Any:
        """Create a group of version 1 at the beginning, and return the plugin's own."""
        self._number += 1
        self.clock.seconds = 0
        name = f"group-{self._number}"
        request = {
            "AutoScalingGroupName": name,
            "MinSize": 0,
            "MaxSize": 9,
            "DesiredCapacity": size,
            "AvailabilityZones": [f"{REGION}a", f"{REGION}b"],
            "LaunchTemplate": {"LaunchTemplateId": self.template, "Version": "1"},
        }
        self.client.create_auto_scaling_group(**request | parameters)
        return self.backend.autoscaling_groups[name]

    @property
    def backend(self) -> Any:
        return import_module("moto.autoscaling.models").autoscaling_backends[ACCOUNT][REGION]

    def version(self, number: int) -> Any:
        """Return a version of the launch template."""
        ec2 = import_module("moto.ec2.models").ec2_backends[ACCOUNT][REGION]
        return ec2.get_launch_template(self.template).get_version(number)
