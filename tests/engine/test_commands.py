"""Commands of a month as a user runs them: `iris deploy` and `iris rollout`, by Pulumi's real engine.

Real are the commands, Pulumi's CLI and engine, the program, the policy pack, and the AWS API of a LocalStack,
on which the stand-in for the AWS plugin creates, updates, reads and deletes every resource. Not real are the
instances, which run nothing and all count as healthy, and the load balancer, which forwards nothing: the
service answers at the address that the stand-in gives to it.
"""

from __future__ import annotations

import json
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from scripts.local.stack_file import stack_file
from tests.engine.cli import ENGINE, FreshCopy, needs_engine
from tests.localcloud.localstack.running import Running, run
from tests.service.conftest import environment, predictors_folder, start_service

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.service.conftest import StartService

pytestmark = [needs_engine, pytest.mark.timeout(1_800)]

SERVICE: Final = (environment, predictors_folder, start_service)
"""Fixtures of the service, which pytest finds by their names in this module."""

STACK: Final = "prod"

REFRESHED_WITHIN: Final = 300.0
"""Seconds in which a roll-out has started its refresh, on a busy machine."""

HANDLER: Final = "def handler(event, context):\n    return {'statusCode': 200, 'body': ''}\n"


@dataclass(frozen=True)
class User:
    """A user with a copy of the project and an account on LocalStack."""

    copy: FreshCopy
    localstack: Running
    balancer: str
    folder: Path

    def iris(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.copy.iris(*words, "--stack", STACK, **self._variables())

    def pulumi(self, verb: str, *options: str) -> None:
        words = (verb, "--yes", "--skip-preview", "--stack", STACK, *options)
        done = self.copy.run(*words, **self._variables())
        assert done.status == 0, done.says

    def pack(self, release: int) -> None:
        """Write the archives of a release."""
        for name, more in (("service", ["service/main.py"]), ("function", [])):
            with zipfile.ZipFile(self.folder / f"{name}.zip", "w") as packed:
                packed.writestr("service/__init__.py", f"RELEASE = {release}\n")
                packed.writestr("service/lambda_handler.py", HANDLER)
                for file in more:
                    packed.writestr(file, "")

    def configure(self, **settings: object) -> None:
        file = self.copy.folder / f"Pulumi.{STACK}.yaml"
        written: dict[str, Any] = yaml.safe_load(
            file.read_text() if file.exists() else stack_file(self.localstack.api)
        )
        written["config"] |= {f"scalable-models:{key}": value for key, value in settings.items()}
        file.write_text(yaml.safe_dump(written))

    def groups(self) -> list[dict[str, Any]]:
        """Return the Auto Scaling groups as the API describes them."""
        return self.localstack.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]

    def serving(self, outputs: dict[str, Any]) -> tuple[str, str]:
        """Return the launch template version of the group and the version of the alias."""
        (group,) = self.groups()
        alias = self.localstack.client("lambda").get_alias(
            FunctionName=outputs["functionName"], Name=outputs["functionAlias"]
        )
        return group["LaunchTemplate"]["Version"], alias["FunctionVersion"]

    def wait_until_refreshed(self, outputs: dict[str, Any]) -> None:
        """Wait until an instance refresh has begun to replace instances."""
        deadline = time.monotonic() + REFRESHED_WITHIN
        while True:
            found = self.localstack.client("autoscaling").describe_instance_refreshes(
                AutoScalingGroupName=outputs["autoScalingGroup"], MaxRecords=1
            )["InstanceRefreshes"]
            if found and found[0]["Status"] == "InProgress":
                return
            assert time.monotonic() < deadline
            time.sleep(0.2)

    def set_alarm(self, outputs: dict[str, Any], state: str) -> None:
        self.localstack.client("cloudwatch").set_alarm_state(
            AlarmName=outputs["alarms"][0], StateValue=state, StateReason="a test says so"
        )

    def _variables(self) -> dict[str, str]:
        return {**self.localstack.api.environment(), "FAKE_AWS_BALANCER": self.balancer}


def succeeds(done: subprocess.CompletedProcess[str]) -> str:
    """Return the standard output of a command that succeeded."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refuses(done: subprocess.CompletedProcess[str]) -> str:
    """Return the last line of the errors of a command that failed."""
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr.splitlines()[-1]


@pytest.fixture
def user(tmp_path: Path, start_service: StartService) -> Iterator[User]:
    assert ENGINE is not None
    for name in ("copy", "localstack"):
        (tmp_path / name).mkdir()
    with run(tmp_path / "localstack") as localstack:
        copy = FreshCopy(tmp_path / "copy", ENGINE, "tests.engine.plugin.localstack.provider")
        user = User(copy, localstack, start_service().url.removeprefix("http://"), tmp_path)
        user.pack(1)
        user.configure(
            compute="both",
            deletionProtection=True,
            archive=str(tmp_path / "service.zip"),
            functionArchive=str(tmp_path / "function.zip"),
        )
        yield user


ROLLOUT: Final = ("rollout", "--warmup", "0")


def test_a_stack_is_deployed_released_to_and_removed_by_the_commands(user: User):
    # Day 1: the checks of the doctor, a preview, and a deployment, after which the service is called.
    assert succeeds(user.iris("deploy", "preview", "--no-policies")).endswith(" create\n")
    assert user.groups() == []
    url = succeeds(user.iris("deploy", "up", "--yes", "--no-doctor")).strip()
    assert url == f"http://{user.balancer}"
    outputs: dict[str, Any] = json.loads(succeeds(user.iris("deploy", "outputs", "--format", "json")))
    assert outputs["url"] == url
    assert user.serving(outputs) == ("1", "1")
    assert succeeds(user.iris("rollout", "--dry-run")).count("nothing to release; version 1 serves") == 2

    # Day 3: a release of other archives.
    user.pack(2)
    archives = [("--archive", str(user.folder / f"{name}.zip")) for name in ("service", "function")]
    released = succeeds(user.iris(*ROLLOUT, "--interval", "0", *archives[0], *archives[1])).splitlines()
    assert [line.partition(": ")[2] for line in released] == ["version 2 serves in place of 1"] * 2
    assert user.serving(outputs) == ("2", "2")

    # Day 4: a bad release; an alarm goes off while instances are replaced.
    user.pack(3)
    with ThreadPoolExecutor(1) as thread:
        rolling = thread.submit(user.iris, *ROLLOUT, "--interval", "600", "--only", "fleet", *archives[0])
        user.wait_until_refreshed(outputs)
        user.set_alarm(outputs, "ALARM")
        rolled = refuses(rolling.result())
    assert f"the alarm {outputs['alarms'][0]} is on" in rolled
    assert "version 3 was rolled back, 2 serves" in rolled
    user.set_alarm(outputs, "OK")
    assert user.serving(outputs) == ("2", "2")

    # The protection goes with a deployment. It publishes what `iris rollout` then releases.
    assert "is protected, and nothing was changed" in refuses(user.iris("deploy", "destroy", "--yes"))
    user.configure(deletionProtection=False)
    user.pack(4)
    user.pulumi("up", "--refresh")
    assert user.serving(outputs) == ("2", "2")
    succeeds(user.iris(*ROLLOUT, "--interval", "0"))
    assert user.serving(outputs) == ("4", "3")

    # Day 30: the end.
    destroyed = user.iris("deploy", "destroy", "--yes")
    succeeds(destroyed)
    assert f"The stack {STACK} was removed, and no resource is left that costs." in destroyed.stderr
    assert user.groups() == []
