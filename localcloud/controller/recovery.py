"""Recovery of a lost LocalStack: a new one at its address, provisioned again, which adopts what runs.

It runs in its own process, because it takes longer than a turn of the controller.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import psutil
from botocore.exceptions import BotoCoreError, ClientError

from localcloud import processes
from localcloud.controller import aws_queries, instances
from localcloud.controller.settings_record import SettingsRecord, restore_settings
from localcloud.controller.stack_record import FleetRecord, StackRecord, restore_fleet
from localcloud.environment import Identity
from localcloud.event_log import EventLog
from localcloud.localstack import control_plane, server
from localcloud.provisioning.archives import archive_file
from localcloud.provisioning.engine import provision
from localcloud.provisioning.provision_error import ProvisionError
from localcloud.state_dir import StateDir, replace_text, try_lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from localcloud.aws.clients import Api
    from localcloud.processes import CloudProcess

EXPECTED_ERRORS: Final = (
    BotoCoreError,
    ClientError,
    ProvisionError,
    control_plane.StartError,
    httpx.HTTPError,
    server.NotInstalledError,
)
"""Errors with a sufficient message; the controller tries again."""


def recover(state_dir: StateDir, identity: Identity) -> None:
    """Start a LocalStack in place of a lost one, and create the recorded stack in it.

    Instances, load balancer and controller go on. The instances keep their ids; those that have exited
    meanwhile do not survive, and new ones are launched in their place. What `FleetRecord` and
    `SettingsRecord` have is set to what it was; other changes through the AWS API are lost.
    """
    stack = StackRecord.read(state_dir.stack_record)
    if stack is None:
        return
    fleet = FleetRecord.read(state_dir.fleet_record) or FleetRecord()
    found = processes.find(state_dir.home)
    processes.stop(
        [cloud_process.process for cloud_process in found if cloud_process.role == "control-plane"], grace=0
    )
    shutil.rmtree(state_dir.control_plane, ignore_errors=True)
    running = {
        cloud_process.environment[instances.INSTANCE_ID]: cloud_process
        for cloud_process in found
        if cloud_process.role == "instance"
    }
    recorded = {**fleet.zones, **fleet.detached}
    survivors = {name: zone for name, zone in recorded.items() if name in running}
    replace_text(state_dir.survivors, json.dumps(survivors))
    api = identity.api
    started = control_plane.start(state_dir, identity, state_dir.survivors)
    control_plane.wait_until_answers(state_dir, api, started)
    archives = _archives(stack, state_dir, [running[name] for name in survivors])
    outputs = provision(
        Path(stack.program),
        project=stack.project,
        stack=identity.stack,
        config={**stack.config, **archives},
        api=api,
    )
    if "autoScalingGroup" in outputs and fleet.maximum:
        restore_fleet(api, outputs["autoScalingGroup"], outputs["targetGroupArn"], fleet, survivors)
        _restore_attributes(api, outputs, fleet)
        _restore_settings(api, state_dir, outputs)
        for name in survivors:
            aws_queries.tag_address(api, name, int(running[name].environment[instances.PORT]))
    aws_queries.save_stack(api, identity.stack, outputs, stack.config, stack.file_config)


def _archives(
    stack: StackRecord, state_dir: StateDir, survivors: Iterable[CloudProcess]
) -> Mapping[str, str]:
    """Return the archives to provision: that of the fleet is what most of its instances run."""
    archives = dict(stack.archives)
    running = Counter(_archive_of(survivor, state_dir) for survivor in survivors)
    for archive, _ in running.most_common(1):
        if archive is not None:
            archives[f"{stack.project}:archive"] = str(archive)
    return archives


def _archive_of(instance: CloudProcess, state_dir: StateDir) -> Path | None:
    """Return the archive from which an instance was started; None if it is no longer there."""
    try:
        archive = archive_file(state_dir, Path(instance.process.cwd()).name)
    except psutil.Error:
        return None
    return archive if archive.exists() else None


def _restore_attributes(api: Api, outputs: Mapping[str, str], fleet: FleetRecord) -> None:
    """Set the attributes of load balancer and target group to what they were."""
    elbv2 = api.client("elbv2")
    elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=outputs["loadBalancerArn"],
        Attributes=[
            {"Key": key, "Value": value} for key, value in fleet.load_balancer_attributes.items() if value
        ],
    )
    elbv2.modify_target_group_attributes(
        TargetGroupArn=outputs["targetGroupArn"],
        Attributes=[
            {"Key": key, "Value": value} for key, value in fleet.target_group_attributes.items() if value
        ],
    )


def _restore_settings(api: Api, state_dir: StateDir, outputs: Mapping[str, str]) -> None:
    """Set rules, health check, policies, scheduled actions and alarms to what they were."""
    record = SettingsRecord.read(state_dir.settings_record)
    if record is None:
        return
    now = SettingsRecord.of(api, outputs["autoScalingGroup"], outputs["loadBalancerArn"])
    for error in restore_settings(api, record, now):
        EventLog(state_dir.events).append(f"a setting is lost: {error}")


def main() -> None:
    """Recover once; without success, the marker of the recovery stays."""
    state_dir = StateDir(Path(os.environ[processes.HOME]))
    with try_lock(state_dir.recovery_lock) as is_first:
        if not is_first:
            return
        try:
            recover(state_dir, Identity.from_environment(os.environ))
        except EXPECTED_ERRORS as error:
            EventLog(state_dir.events).append(f"LocalStack is not restored: {error}")
            sys.exit(str(error))
        state_dir.recovering.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
