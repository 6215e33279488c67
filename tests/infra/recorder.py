"""Runs the program, or a part of it, and keeps what it asks for instead of making it."""

from __future__ import annotations

import asyncio
import json
import runpy
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import pulumi
import yaml
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import Stack, run_pulumi_func
from typing_extensions import override

from infra.fleet.config import FleetConfig
from infra.serverless.config import LambdaConfig
from infra.stack_config import load_config

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FOLDER: Final = Path(__file__).resolve().parents[2]
PROJECT: Final = "scalable-models"
TAGS: Final = {"project": PROJECT, "stack": "test", "owner": "nobody in particular"}
REGION: Final = "eu-west-1"
IMAGE: Final = "ami-0123456789abcdef0"
ZONES: Final = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
LATE_SECONDS: Final = 0.3
ACCOUNT: Final = "123456789012"
EARLIER: Final = "e" * 64
"""Hash of an archive that was deployed before."""
EARLIER_METADATA: Final = {"sha256": EARLIER}
HOSTED_ZONE: Final = "Z0123456789"


@dataclass(frozen=True)
class Asked:
    """One resource that the program asked for."""

    type: str
    name: str
    inputs: dict[str, Any]
    options: pulumi.ResourceOptions
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    """What AWS answered, the inputs among it."""

    def __getitem__(self, key: str) -> Any:
        return self.inputs[key]


@dataclass
class Recorder(pulumi.runtime.Mocks):
    """Plays AWS, and keeps the resources in the order in which it had them ready."""

    zones: tuple[str, ...] = ZONES
    late: str = ""
    """Name of a resource that takes its time."""
    made: dict[str, Asked] = field(default_factory=dict[str, Asked])
    questions: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    exports: dict[str, Any] = field(default_factory=dict[str, Any])
    options: dict[tuple[str, str], pulumi.ResourceOptions] = field(
        default_factory=dict[tuple[str, str], pulumi.ResourceOptions]
    )
    """By type and name. The engine's part of a resource, of which mocks learn nothing."""

    def note_options(self, args: pulumi.ResourceTransformationArgs) -> None:
        self.options[args.type_, args.name] = args.opts

    def of_type(self, kind: str) -> list[Asked]:
        return [asked for asked in self.made.values() if asked.type == kind]

    @override
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:
            return None, {}
        if args.name == self.late:
            time.sleep(LATE_SECONDS)
        assert args.name not in self.made, f"two resources are called {args.name}"
        inputs = cast("dict[str, Any]", args.inputs)
        outputs = {"id": f"{args.name}-id", **_computed(args.typ, args.name), **inputs}
        options = self.options[args.typ, args.name]
        self.made[args.name] = Asked(args.typ, args.name, inputs, options, outputs)
        return outputs["id"], outputs

    @override
    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:  # pyright: ignore[reportIncompatibleMethodOverride] (the base is annotated with a tuple, but takes a mapping as well)
        self.questions[args.token] = cast("dict[str, Any]", args.args)
        answers: dict[str, dict[str, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
            "aws:index/getRegion:getRegion": {"region": REGION},
            "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": list(self.zones)},
            "aws:route53/getZone:getZone": {"zoneId": HOSTED_ZONE},
            "aws:s3/getObject:getObject": {"versionId": "earlier", "metadata": EARLIER_METADATA},
            "aws:ssm/getParameter:getParameter": {"insecureValue": IMAGE},
        }
        return answers[args.token]


def _computed(kind: str, name: str) -> dict[str, Any]:
    """Give what AWS adds to the inputs, as far as the program uses it."""
    common = {"arn": f"arn:{name}", "name": f"{name}-1a2b3c4", "bucket": f"{name}-1a2b3c4"}
    special: dict[str, dict[str, Any]] = {
        "aws:acm/certificate:Certificate": {
            "domainValidationOptions": [
                {
                    "resourceRecordName": "_proof.example.com.",
                    "resourceRecordType": "CNAME",
                    "resourceRecordValue": "_value.acm-validations.aws.",
                }
            ]
        },
        "aws:apigateway/domainName:DomainName": {
            "regionalDomainName": "d-1.execute-api.amazonaws.com",
            "regionalZoneId": "ZREGIONAL",
        },
        "aws:apigateway/restApi:RestApi": {"rootResourceId": "root", "executionArn": "arn:execute-api:api"},
        "aws:apigateway/stage:Stage": {"invokeUrl": "https://api.execute-api.example.com/live"},
        "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 7},
        "aws:ec2/vpcEndpoint:VpcEndpoint": {"prefixListId": "pl-s3"},
        "aws:kms/key:Key": {"keyId": "key-1"},
        "aws:lambda/alias:Alias": {"invokeArn": f"arn:invoke:{name}"},
        "aws:lambda/function:Function": {"version": "3"},
        "aws:lb/loadBalancer:LoadBalancer": {
            "arnSuffix": "app/alb/1",
            "dnsName": "alb.example.com",
            "zoneId": "ZBALANCER",
        },
        "aws:lb/targetGroup:TargetGroup": {"arnSuffix": "targetgroup/targets/2"},
        "aws:route53/record:Record": {"fqdn": f"{name}.example.com"},
        "aws:s3/bucketObjectv2:BucketObjectv2": {"versionId": f"version-of-{name}"},
    }
    return common | special.get(kind, {})


def deploy(
    program: Callable[[], object],
    recorder: Recorder | None = None,
    *,
    config: Mapping[str, str] | None = None,
    project: str = PROJECT,
    stack: str = "test",
) -> Recorder:
    """Run a program in this process, as often as one likes; what it raises comes out of here."""
    aws = recorder or Recorder()
    loops: list[asyncio.AbstractEventLoop] = []

    def bring_a_loop() -> None:
        # Pulumi's mock monitor gives each of its threads an event loop and would leave it open.
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    def run() -> None:
        pulumi.runtime.register_stack_transformation(aws.note_options)
        program()

    async def main() -> None:
        # A thread for each resource, so that none waits but for what it depends on.
        threads = ThreadPoolExecutor(max_workers=64, initializer=bring_a_loop)
        asyncio.get_running_loop().set_default_executor(threads)
        pulumi.runtime.set_all_config({f"{project}:{key}": value for key, value in (config or {}).items()})
        pulumi.runtime.set_mocks(aws, project=project, stack=stack)
        await run_pulumi_func(run)
        root = pulumi.runtime.get_root_resource()
        assert isinstance(root, Stack)
        for name, value in root.outputs.items():
            aws.exports[name] = await pulumi.Output.from_input(value).future()

    try:
        asyncio.run(main())
    finally:
        for loop in loops:
            loop.close()
        # A run that failed leaves its tasks behind, and the next one in this process would wait for them.
        state = cast("Any", SETTINGS)  # a decorator makes its attributes, out of sight of types
        state.rpc_manager.clear()
        state.outputs.clear()
    return aws


def deploy_stack(
    config: Mapping[str, str],
    recorder: Recorder | None = None,
    *,
    project: str = PROJECT,
    stack: str = "test",
) -> Recorder:
    """Run the whole program, with the defaults of `Pulumi.yaml` where `config` says nothing."""
    return deploy(
        lambda: runpy.run_path(str(FOLDER / "infra" / "__main__.py")),
        recorder,
        config={**default_values(), **config},
        project=project,
        stack=stack,
    )


def fleet_config(**values: str) -> FleetConfig:
    """Read a fleet's configuration, with the defaults of `Pulumi.yaml` where `values` say nothing."""
    compute = load_config({**default_values(), **values}).compute
    assert isinstance(compute, FleetConfig)
    return compute


def lambda_config(**values: str) -> LambdaConfig:
    """Read a function's configuration, with the defaults of `Pulumi.yaml` where `values` say nothing."""
    compute = load_config({**default_values(), "compute": "lambda", **values}).compute
    assert isinstance(compute, LambdaConfig)
    return compute


@cache
def declared_keys() -> dict[str, dict[str, Any]]:
    """Give the project's own keys, as `Pulumi.yaml` declares them."""
    return yaml.safe_load((FOLDER / "Pulumi.yaml").read_text())["config"]


def default_values() -> dict[str, str]:
    """Return the defaults of `Pulumi.yaml` as the strings that Pulumi makes of them."""
    return {key: _text(declared["default"]) for key, declared in declared_keys().items()}


def stack_values(stack: str) -> dict[str, str]:
    """Give the project's own keys that a stack sets, without their prefix, as strings."""
    values: dict[str, Any] = yaml.safe_load((FOLDER / f"Pulumi.{stack}.yaml").read_text())["config"]
    own = f"{PROJECT}:"
    return {key.removeprefix(own): _text(value) for key, value in values.items() if key.startswith(own)}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
