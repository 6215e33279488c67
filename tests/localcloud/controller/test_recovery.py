"""Archives of a recovered stack, up to the moment at which LocalStack itself would be needed."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from localcloud import processes
from localcloud.aws.credentials import DUMMY, write_credentials
from localcloud.controller import instances, recovery
from localcloud.controller.stack_record import FleetRecord, StackRecord
from localcloud.environment import Identity
from localcloud.event_log import EventLog
from localcloud.provisioning.archives import archive_file
from localcloud.provisioning.provision_error import ProvisionError
from localcloud.state_dir import StateDir
from tests.stubbed import stub
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stubbed import Answers

ARCHIVES = {"iris:archive": "/initial.zip", "iris:functionArchive": "/function.zip"}


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[StateDir]:
    state_dir = StateDir(tmp_path)
    write_credentials(state_dir.key_file, DUMMY)
    StackRecord(
        project="iris",
        program="/program",
        config={"iris:maxInstances": "4"},
        file_config={},
        archives=ARCHIVES,
    ).save(state_dir.stack_record)
    yield state_dir
    processes.stop([found.process for found in processes.find(tmp_path)], grace=0)


def run_instances(state_dir: StateDir, *hashes: str) -> None:
    """Start other programs as instances, each from the folder of an archive."""
    for number, sha256 in enumerate(hashes):
        folder = state_dir.archives / sha256
        folder.mkdir(parents=True, exist_ok=True)
        archive_file(state_dir, sha256).touch()
        processes.start(
            [sys.executable, "-c", "import time; time.sleep(600)"],
            home=state_dir.home,
            role="instance",
            log=state_dir.logs / "instance.log",
            environment={instances.INSTANCE_ID: f"i-{number}"},
            folder=folder,
        )
    FleetRecord(zones={f"i-{number}": "zone-a" for number in range(len(hashes))}, maximum=4).save(
        state_dir.fleet_record
    )
    until(lambda: len(processes.find(state_dir.home)) == len(hashes))


def provisioned_config(state_dir: StateDir, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the configuration of the stack that a recovery creates; nothing is created."""
    given: list[dict[str, str]] = []

    def stop_at(_: Path, *, config: dict[str, str], **__: Any) -> None:
        given.append(config)
        raise ProvisionError("far enough")

    def do_nothing(*_: object) -> None:
        pass

    monkeypatch.setattr(recovery.control_plane, "start", do_nothing)
    monkeypatch.setattr(recovery.control_plane, "wait_until_answers", do_nothing)
    monkeypatch.setattr(recovery, "provision", stop_at)
    identity = identity_of(state_dir)
    with pytest.raises(ProvisionError, match="far enough"):
        recovery.recover(state_dir, identity)
    return given[0]


@pytest.mark.parametrize("hashes", [("a", "b", "b"), ("b", "a", "b"), ("b", "b", "a")])
def test_a_recovered_fleet_has_the_archive_that_most_of_its_instances_run(
    state_dir: StateDir, monkeypatch: pytest.MonkeyPatch, hashes: tuple[str, ...]
):
    run_instances(state_dir, *hashes)
    assert provisioned_config(state_dir, monkeypatch) == {
        "iris:maxInstances": "4",
        "iris:archive": str(state_dir.archives / "b.zip"),
        "iris:functionArchive": "/function.zip",
    }


def test_without_a_survivor_it_has_the_archive_of_its_beginning(
    state_dir: StateDir, monkeypatch: pytest.MonkeyPatch
):
    run_instances(state_dir)
    assert provisioned_config(state_dir, monkeypatch) == {"iris:maxInstances": "4", **ARCHIVES}


class Restored:
    """Calls of a recovery that succeeds, in an API without a LocalStack."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, outputs: dict[str, str]) -> None:
        self.tagged: list[tuple[str, int]] = []
        self.fleets: list[tuple[str, FleetRecord, dict[str, str]]] = []
        self.saved: list[dict[str, str]] = []
        self.arguments: list[object] = []
        """Arguments from which its attributes and settings are restored, in this order."""

        def do_nothing(*_: object) -> None:
            pass

        def provision(*_: object, **__: object) -> dict[str, str]:
            return outputs

        for place, name, function in (
            (recovery.control_plane, "start", do_nothing),
            (recovery.control_plane, "wait_until_answers", do_nothing),
            (recovery, "provision", provision),
            (recovery, "_restore_attributes", self._note),
            (recovery, "_restore_settings", self._note),
            (recovery, "restore_fleet", self._restore_fleet),
            (recovery.aws_queries, "tag_address", self._tag),
            (recovery.aws_queries, "save_stack", self._save),
        ):
            monkeypatch.setattr(place, name, function)

    def _note(self, _: object, *arguments: object) -> None:
        self.arguments += arguments

    def _tag(self, _: object, instance: str, port: int) -> None:
        self.tagged.append((instance, port))

    def _restore_fleet(
        self, _api: object, group: str, _target_group: str, fleet: FleetRecord, alive: dict[str, str]
    ) -> None:
        self.fleets.append((group, fleet, alive))

    def _save(self, _api: object, _stack: str, outputs: dict[str, str], *_: object) -> None:
        self.saved.append(outputs)


OUTPUTS = {"autoScalingGroup": "fleet", "targetGroupArn": "arn", "loadBalancerArn": "arn"}


def identity_of(state_dir: StateDir) -> Identity:
    return Identity("dev", "eu-west-1", "http://127.0.0.1:1", "", str(state_dir.key_file))


def recover(state_dir: StateDir) -> None:
    recovery.recover(state_dir, identity_of(state_dir))


def run_instance(state_dir: StateDir, name: str, port: int) -> None:
    processes.start(
        ["/bin/sleep", "600"],
        home=state_dir.home,
        role="instance",
        log=state_dir.logs / "instance.log",
        environment={instances.INSTANCE_ID: name, instances.PORT: str(port)},
    )


def test_the_instances_that_run_are_adopted_with_their_zones_and_addresses(
    state_dir: StateDir, monkeypatch: pytest.MonkeyPatch
):
    restored = Restored(monkeypatch, OUTPUTS)
    fleet = FleetRecord(zones={"i-1": "a", "i-dead": "b"}, detached={"i-2": "b"}, maximum=4)
    fleet.save(state_dir.fleet_record)
    for port, name in enumerate(("i-1", "i-2", "i-unknown"), 9_001):
        run_instance(state_dir, name, port)
    until(lambda: len(processes.find(state_dir.home)) == 3)
    recover(state_dir)
    assert json.loads(state_dir.survivors.read_text()) == {"i-1": "a", "i-2": "b"}
    assert restored.fleets == [("fleet", fleet, {"i-1": "a", "i-2": "b"})]
    assert restored.arguments == [OUTPUTS, fleet, state_dir, OUTPUTS]
    assert restored.tagged == [("i-1", 9_001), ("i-2", 9_002)]
    assert restored.saved == [OUTPUTS]


@pytest.mark.parametrize("outputs", [OUTPUTS, {"restApiId": "api"}])
def test_without_a_record_of_a_fleet_none_is_restored(
    state_dir: StateDir, monkeypatch: pytest.MonkeyPatch, outputs: dict[str, str]
):
    restored = Restored(monkeypatch, outputs)
    recover(state_dir)
    assert (restored.fleets, restored.tagged, restored.saved) == ([], [], [outputs])


RESTORED = {"autoScalingGroup": "fleet", "targetGroupArn": "arn:group", "loadBalancerArn": "arn:balancer"}


def test_load_balancer_and_target_group_get_the_attributes_that_they_had(
    state_dir: StateDir, monkeypatch: pytest.MonkeyPatch
):
    restore = recovery._restore_attributes  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - replaced next
    restored = Restored(monkeypatch, RESTORED)
    monkeypatch.setattr(recovery, "_restore_attributes", restore)
    # An attribute without a value can't be set.
    FleetRecord(
        maximum=4,
        load_balancer_attributes={"idle_timeout.timeout_seconds": "9", "access_logs.s3.prefix": ""},
        target_group_attributes={"slow_start.duration_seconds": "30", "empty": ""},
    ).save(state_dir.fleet_record)
    of_balancer = [{"Key": "idle_timeout.timeout_seconds", "Value": "9"}]
    of_group = [{"Key": "slow_start.duration_seconds", "Value": "30"}]
    answers: Answers = [
        (
            "modify_load_balancer_attributes",
            {"LoadBalancerArn": "arn:balancer", "Attributes": of_balancer},
            {"Attributes": of_balancer},
        ),
        (
            "modify_target_group_attributes",
            {"TargetGroupArn": "arn:group", "Attributes": of_group},
            {"Attributes": of_group},
        ),
    ]
    with stub(identity_of(state_dir).api.client("elbv2"), answers) as stubber:
        recover(state_dir)
        stubber.assert_no_pending_responses()
    assert restored.saved == [RESTORED]


def test_recorded_settings_are_restored_and_each_that_is_refused_is_told(
    state_dir: StateDir, monkeypatch: pytest.MonkeyPatch
):
    restore = recovery._restore_settings  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - replaced next
    Restored(monkeypatch, RESTORED)
    monkeypatch.setattr(recovery, "_restore_settings", restore)
    FleetRecord(maximum=4).save(state_dir.fleet_record)
    records: dict[object, object] = {state_dir.settings_record: None, ("fleet", "arn:balancer"): "now"}
    asked: list[tuple[object, object]] = []

    def restore_settings(_: object, record: object, now: object) -> list[str]:
        asked.append((record, now))
        return ["no such topic", "no such metric"]

    def describe(_: object, *names: str) -> object:
        return records[names]

    monkeypatch.setattr(recovery, "SettingsRecord", SimpleNamespace(read=records.get, of=describe))
    monkeypatch.setattr(recovery, "restore_settings", restore_settings)
    recover(state_dir)
    assert asked == []  # without a record
    records[state_dir.settings_record] = "before"
    recover(state_dir)
    assert asked == [("before", "now")]
    events = [event.what for event in EventLog(state_dir.events).last(5)]
    assert events == ["a setting is lost: no such topic", "a setting is lost: no such metric"]


@pytest.mark.parametrize("fails", [False, True])
def test_a_recovery_that_fails_leaves_its_marker_and_an_event(
    state_dir: StateDir,
    monkeypatch: pytest.MonkeyPatch,
    fails: bool,  # noqa: FBT001 (pytest passes it by name)
):
    def recover(*_: object) -> None:
        if fails:
            raise ProvisionError("too few zones")

    identity = identity_of(state_dir)
    for name, value in {**identity.environment(), processes.HOME: str(state_dir.home)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(recovery, "recover", recover)
    state_dir.recovering.touch()
    if fails:
        with pytest.raises(SystemExit, match="too few zones"):
            recovery.main()
    else:
        recovery.main()
    assert state_dir.recovering.exists() is fails
    events = [event.what for event in EventLog(state_dir.events).last(5)]
    assert events == (["LocalStack is not restored: too few zones"] if fails else [])
