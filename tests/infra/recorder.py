"""Runs the program, or a part of it, and keeps what it asks for instead of making it."""

from __future__ import annotations

import asyncio
import runpy
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import pulumi
import yaml
from pulumi.runtime.stack import Stack, run_pulumi_func
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROJECT: Final = Path(__file__).resolve().parents[2]
REGION: Final = "eu-west-1"
IMAGE: Final = "ami-0123456789abcdef0"
ZONES: Final = ("eu-west-1a", "eu-west-1b", "eu-west-1c")


@dataclass(frozen=True)
class Asked:
    """One resource that the program asked for."""

    type: str
    name: str
    inputs: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.inputs[key]


@dataclass
class Recorder(pulumi.runtime.Mocks):
    """Plays AWS: what was asked for, in order."""

    made: dict[str, Asked] = field(default_factory=dict[str, Asked])
    questions: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    exports: dict[str, Any] = field(default_factory=dict[str, Any])
    zones: tuple[str, ...] = ZONES

    def of_type(self, kind: str) -> list[Asked]:
        return [asked for asked in self.made.values() if asked.type == kind]

    def only(self, kind: str) -> Asked:
        (asked,) = self.of_type(kind)
        return asked

    @override
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:
            return None, {}
        assert args.name not in self.made, f"two resources are called {args.name}"
        inputs = cast("dict[str, Any]", args.inputs)
        self.made[args.name] = Asked(args.typ, args.name, inputs)
        return f"{args.name}-id", _computed(args.typ, args.name) | inputs

    @override
    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:  # pyright: ignore[reportIncompatibleMethodOverride] (the base is annotated with a tuple, but takes a mapping as well)
        self.questions[args.token] = cast("dict[str, Any]", args.args)
        answers: dict[str, dict[str, Any]] = {
            "aws:index/getRegion:getRegion": {"region": REGION},
            "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": list(self.zones)},
            "aws:ssm/getParameter:getParameter": {"insecureValue": IMAGE},
        }
        return answers[args.token]


def _computed(kind: str, name: str) -> dict[str, Any]:
    """What AWS adds to the inputs, as far as the program uses it."""
    common = {"arn": f"arn:aws:{name}", "name": f"{name}-1a2b3c4", "bucket": f"{name}-1a2b3c4"}
    special: dict[str, dict[str, Any]] = {
        "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 7},
        "aws:ec2/vpcEndpoint:VpcEndpoint": {"prefixListId": "pl-s3"},
        "aws:lb/loadBalancer:LoadBalancer": {"arnSuffix": "app/alb/1", "dnsName": "alb.example.com"},
        "aws:lb/targetGroup:TargetGroup": {"arnSuffix": "targetgroup/targets/2"},
        "aws:s3/bucketObjectv2:BucketObjectv2": {"versionId": "version-1"},
    }
    return common | special.get(kind, {})


def deploy(
    program: Callable[[], object],
    *,
    config: Mapping[str, str] | None = None,
    stack: str = "test",
    zones: tuple[str, ...] = ZONES,
) -> Recorder:
    """Run a program in this process, as often as one likes; what it raises comes out of here."""
    recorder = Recorder(zones=zones)
    loops: list[asyncio.AbstractEventLoop] = []

    def bring_a_loop() -> None:
        # Pulumi's mock monitor gives each of its threads an event loop and would leave it open.
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    def run() -> None:
        program()

    async def main() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(initializer=bring_a_loop))
        pulumi.runtime.set_all_config(
            {f"scalable-models:{key}": value for key, value in (config or {}).items()}
        )
        pulumi.runtime.set_mocks(recorder, project="scalable-models", stack=stack)
        await run_pulumi_func(run)
        root = pulumi.runtime.get_root_resource()
        assert isinstance(root, Stack)
        for name, value in root.outputs.items():
            recorder.exports[name] = await pulumi.Output.from_input(value).future()

    try:
        asyncio.run(main())
    finally:
        for loop in loops:
            loop.close()
    return recorder


def deploy_stack(
    config: Mapping[str, str], *, stack: str = "test", zones: tuple[str, ...] = ZONES
) -> Recorder:
    """Run the whole program, with the defaults of `Pulumi.yaml` where `config` says nothing."""
    return deploy(
        lambda: runpy.run_path(str(PROJECT / "infra" / "__main__.py")),
        config={**default_values(), **config},
        stack=stack,
        zones=zones,
    )


def default_values() -> dict[str, str]:
    """Give the defaults of `Pulumi.yaml` as the strings that Pulumi makes of them."""
    schema = declared_keys()
    return {key: str(entry["default"]) for key, entry in schema.items()}


@cache
def declared_keys() -> dict[str, dict[str, Any]]:
    """Give the project's own keys, as `Pulumi.yaml` declares them."""
    return yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]


def stack_values(stack: str) -> dict[str, str]:
    """Give the project's own keys that a stack sets, without their prefix, as strings."""
    settings: dict[str, Any] = yaml.safe_load((PROJECT / f"Pulumi.{stack}.yaml").read_text())["config"]
    own = "scalable-models:"
    return {key.removeprefix(own): str(value) for key, value in settings.items() if key.startswith(own)}
