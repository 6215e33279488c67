"""Commands of a month in several orders, by Pulumi's real engine: none undoes what another has done."""

from __future__ import annotations

import base64
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from infra.fleet.user_data import parse_boot_settings
from tests.engine.cli import ENGINE, needs_engine
from tests.engine.plugin.account_rules import template_of
from tests.engine.warm_stack import WarmStack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.engine.plugin.account import StoredResource

pytestmark = [
    needs_engine,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    # The SDK leaves the loop of a program open that the engine has stopped.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.timeout(600),
]

GROUP: Final = "iris-fleet"
TEMPLATE: Final = "iris-template"
OBJECT: Final = "iris-service-archive"

ORDERS: Final[Mapping[str, str]] = {
    "a release": "archive up release up again refresh up again",
    "refreshed deployments": "archive refreshed-up release refreshed-up again",
    "a refresh before the release": "archive up refresh up release refresh up again",
    "two archives and one release": "archive up archive up release archive refreshed-up up again",
    "an archive from a roll-out, then a deployment": "publish up release up again",
    "an archive from a roll-out, then a refresh": "publish release refresh up again release up again",
    "an archive from a roll-out, then a refreshed deployment": "publish release refreshed-up again",
    "an archive from a roll-out, then another archive": "publish release archive up release up again",
    "going back": "archive up release return up release up again refresh again",
    "a deployment that fails after the archive": "archive failed-up refresh up release up again",
    "a release after a failed deployment": "archive up archive failed-up release up release up again",
    "a refreshed deployment that fails": "publish release archive failed-refreshed-up up release up again",
    "a refresh that fails": "archive up failed-refresh release failed-refresh refresh up again",
    "a roll-out's archive after a failed deployment": "archive failed-up publish release up again",
}
"""Order -> its commands: `archive` is another file, `up` and `refresh` are Pulumi's, `release` is the end of
an instance refresh, `publish` is `iris rollout --archive` up to the release, `return` sets `archiveVersion`
to the version before, `again` is an `up` that changes nothing. A failed one meets an error half-way."""

FAILING: Final[Mapping[str, str]] = {"up": TEMPLATE, "refreshed-up": TEMPLATE, "refresh": GROUP}
"""Command -> resource at which it fails: after the archive, before the group."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmStack]:
    stack = new_stack(tmp_path_factory.mktemp("stack"))
    made = stack.up()
    assert made.status == 0, made.says
    yield stack
    stack.close()


def new_stack(folder: Path) -> WarmStack:
    assert ENGINE is not None
    return WarmStack(folder, ENGINE)


@pytest.mark.parametrize("name", ORDERS)
def test_the_fleet_keeps_the_released_version_in_every_order(name: str, running: WarmStack):
    expected = released(running)
    settings: dict[str, str] = {}
    for number, step in enumerate(ORDERS[name].split()):
        command = step.removeprefix("failed-")
        fails = command != step
        if fails:
            running.provider.refused.add(FAILING[command])
        match command:
            case "archive":
                running.archive.write_bytes(f"{name} {number}".encode())
                continue
            case "release":
                release(running)
                expected = str(newest(running)["latestVersion"])
            case "publish":
                publish(running, f"{name} {number}")
            case "return":
                settings = {"archiveVersion": running.by_name()[OBJECT].history[-2]["versionId"]}
                continue
            case "refresh":
                done = running.command("refresh", "--skip-preview")
                assert (done.status != 0) == fails, done.says
            case "again":
                again = running.up(**settings)
                assert set(again.counts()) == {"unchanged"}, again.says
            case _:
                done = running.up(*(["--refresh"] if command == "refreshed-up" else []), **settings)
                assert (done.status != 0) == fails, done.says
        assert released(running) == expected, step
        assert recorded_hash(running, newest(running)) == boot(newest(running))["ARCHIVE_SHA256"], step


def test_a_deployment_after_a_failed_one_completes_it(tmp_path: Path):
    stack = new_stack(tmp_path)
    stack.provider.refused.update({GROUP, "iris-private-a"})
    failures = 0
    while (done := stack.up()).status != 0:
        failures += 1
        assert "ServiceUnavailable" in done.says
        assert failures <= 2, done.says
    assert failures == 2
    assert set(stack.up().counts()) == {"unchanged"}
    assert len(stack.account.resources()) == len(stack.by_name())
    stack.close()


def test_a_command_after_a_plugin_was_killed_completes_it_and_destroy_leaves_nothing(tmp_path: Path):
    stack = new_stack(tmp_path)
    stack.configure()
    stack.run_until_killed("up", TEMPLATE)
    assert TEMPLATE not in stack.by_name()
    completes(stack)
    protected = stack.command("destroy")  # which previews first
    assert protected.status != 0
    assert GROUP in stack.by_name()
    # A change, killed at its creations, its updates and its deletions.
    free = {"deletionProtection": "false"}
    stack.configure(**free, domainName="iris.example.com")
    for name in ("iris-https", "iris-http"):
        stack.run_until_killed("up", name)
    assert stack.by_name()["iris-http"].inputs["defaultActions"][0]["type"] == "forward"
    completes(stack, **free, domainName="iris.example.com")
    stack.configure(**free)
    stack.run_until_killed("up", "iris-https")
    completes(stack, **free)
    stack.run_until_killed("destroy", GROUP)
    assert GROUP in stack.by_name()
    destroyed = stack.command("destroy", "--skip-preview")
    assert destroyed.status == 0, destroyed.says
    assert stack.by_name() == {}
    stack.close()


def completes(stack: WarmStack, **settings: str) -> None:
    """Deploy a configuration; check that nothing is there twice, and that nothing is left to do."""
    done = stack.up(**settings)
    assert done.status == 0, done.says
    assert len(stack.account.resources()) == len(stack.by_name())
    assert set(stack.up(**settings).counts()) == {"unchanged"}


def test_a_deployment_after_the_engine_was_killed_completes_it_without_what_aws_was_creating(tmp_path: Path):
    stack = new_stack(tmp_path)
    killed = stack.up_until_engine_killed("iris-private-a")
    assert killed.status == -signal.SIGKILL
    locked = stack.up()
    assert locked.status != 0
    assert "pulumi cancel" in locked.says
    assert stack.unlock().status == 0
    # AWS has the subnet, Pulumi has no id of it, and a second one can't have the same addresses.
    refused = stack.up()
    assert refused.status != 0
    assert "iris-private-a can't have the vpcId" in refused.says
    (identifier,) = (key for key, one in stack.account.resources().items() if one.name == "iris-private-a")
    stack.account.delete(identifier)
    completes(stack)
    stack.close()


def test_provisioned_concurrency_after_snapstart_waits_for_a_release_and_disturbs_nothing(tmp_path: Path):
    stack = new_stack(tmp_path)
    assert stack.up(compute="lambda", snapStart="true").status == 0
    warm = {"compute": "lambda", "minProvisionedConcurrency": "1", "maxProvisionedConcurrency": "3"}
    serving = stack.by_name()["iris-live"].inputs
    for _ in range(2):
        refused = stack.up(**warm)
        assert refused.status != 0
        assert "SnapStart" in refused.says
        assert stack.by_name()["iris-live"].inputs == serving
    # The deployment has published a version without a snapshot, which `iris rollout` releases.
    version = stack.by_name()["iris-function"].outputs["version"]
    assert version != serving["functionVersion"]
    _change(stack, "iris-live", functionVersion=version)
    done = stack.up(**warm)
    assert done.status == 0, done.says
    assert stack.by_name()["iris-live"].inputs["functionVersion"] == version
    assert set(stack.up(**warm).counts()) == {"unchanged"}
    stack.close()


def released(stack: WarmStack) -> str:
    """Return the version of the launch template that the group launches."""
    return template_of(stack.by_name()[GROUP].inputs)[1]


def newest(stack: WarmStack) -> dict[str, Any]:
    """Return the newest version of the launch template."""
    return stack.by_name()[TEMPLATE].history[-1]


def boot(template: dict[str, Any]) -> dict[str, str]:
    """Return the settings of the boot script in a version of the launch template."""
    return parse_boot_settings(base64.b64decode(template["userData"]).decode())


def recorded_hash(stack: WarmStack, template: dict[str, Any]) -> str:
    """Return the hash that S3 has beside the archive that a version of the launch template boots."""
    version = boot(template)["ARCHIVE_VERSION"]
    stored = next(one for one in stack.by_name()[OBJECT].history if one["versionId"] == version)
    return stored["metadata"]["sha256"]


def release(stack: WarmStack) -> None:
    """Move the group to the newest version, as a successful instance refresh does."""
    version = str(newest(stack)["latestVersion"])
    _change(
        stack, GROUP, launchTemplate={**stack.by_name()[GROUP].inputs["launchTemplate"], "version": version}
    )


def publish(stack: WarmStack, text: str) -> None:
    """Upload another archive and make a version of the launch template for it, without Pulumi."""
    sha256 = text.encode().hex().ljust(64, "0")[:64]
    _change(stack, OBJECT, metadata={"sha256": sha256}, source={"hash": sha256})
    version = stack.by_name()[OBJECT].outputs["versionId"]
    script = base64.b64decode(newest(stack)["userData"]).decode()
    for old, new in (
        (boot(newest(stack))["ARCHIVE_VERSION"], version),
        (boot(newest(stack))["ARCHIVE_SHA256"], sha256),
    ):
        script = script.replace(old, new)
    _change(stack, TEMPLATE, userData=base64.b64encode(script.encode()).decode())


def _change(stack: WarmStack, name: str, **inputs: object) -> None:
    def edit(resource: StoredResource) -> StoredResource:
        return replace(resource, inputs={**resource.inputs, **inputs})

    identifier = next(key for key, one in stack.account.resources().items() if one.name == name)
    stack.account.change(identifier, edit)
