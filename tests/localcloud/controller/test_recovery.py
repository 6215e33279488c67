"""Archives of a recovered stack, up to the moment at which LocalStack itself would be needed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from localcloud import processes
from localcloud.aws.credentials import DUMMY, write_credentials
from localcloud.controller import instances, recovery
from localcloud.controller.stack_record import FleetRecord, StackRecord
from localcloud.environment import Identity
from localcloud.provisioning.archives import archive_file
from localcloud.provisioning.provision_error import ProvisionError
from localcloud.state_dir import StateDir
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    identity = Identity("dev", "eu-west-1", "http://127.0.0.1:1", "", str(state_dir.key_file))
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
