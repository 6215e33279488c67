"""Pulumi mocks of AWS: run the program, or a part of it, and record the requested resources."""

from __future__ import annotations

import asyncio
import gc
import json
import runpy
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
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
from scripts.program.mock_run import PACKAGES, wait_for_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FOLDER: Final = Path(__file__).resolve().parents[2]
PROJECT: Final = "scalable-models"
GROUP_LOOKUP: Final = "aws:autoscaling/getGroup:getGroup"

TAGS: Final = {"project": PROJECT, "stack": "test", "owner": "unassigned"}
REGION: Final = "eu-west-1"
IMAGE: Final = "ami-0123456789abcdef0"
ZONES: Final = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
LATE_SECONDS: Final = 0.3
ACCOUNT: Final = "123456789012"
EARLIER: Final = "e" * 64
"""SHA-256 of an archive that was deployed before."""
EARLIER_METADATA: Final = {"sha256": EARLIER}
EXECUTION_ARN: Final = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:api"
HOSTED_ZONE: Final = "Z0123456789"


@cache
def load_packages() -> None:
    """Load the modules of pulumi_aws, some of which warn about their own deprecated names.

    Later warnings are about deprecated arguments of the program, and fail a test.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for package in PACKAGES:
            getattr(import_module(f"pulumi_aws.{package}"), "__all__", None)
    gc.freeze()  # as after the imports of all tests


@dataclass(frozen=True)
class MockResource:
    """Resource that the program requested."""

    type: str
    name: str
    inputs: dict[str, Any]
    options: pulumi.ResourceOptions
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    """Mocked outputs, including the inputs."""

    def __getitem__(self, key: str) -> Any:
        return self.inputs[key]


@dataclass
class MockAws(pulumi.runtime.Mocks):
    """Mocked AWS; its resources are in the order of their creation."""

    zones: tuple[str, ...] = ZONES
    offered: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Zones that offer an instance type, by its name; all zones for a type that is missing."""
    groups: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """Auto Scaling groups that exist before the run, by name."""
    late: str = ""
    """Name of a resource that is created after a delay."""
    resources: dict[str, MockResource] = field(default_factory=dict[str, MockResource])
    invokes: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    exports: dict[str, Any] = field(default_factory=dict[str, Any])
    options: dict[tuple[str, str], pulumi.ResourceOptions] = field(
        default_factory=dict[tuple[str, str], pulumi.ResourceOptions]
    )
    """Options by type and name: mocks receive no options of a resource."""

    def record_options(self, args: pulumi.ResourceTransformationArgs) -> None:
        self.options[args.type_, args.name] = args.opts

    def of_type(self, kind: str) -> list[MockResource]:
        return [resource for resource in self.resources.values() if resource.type == kind]

    @override
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:
            return None, {}
        if args.name == self.late:
            time.sleep(LATE_SECONDS)
        assert args.name not in self.resources, f"two resources are called {args.name}"
        inputs = cast("dict[str, Any]", args.inputs)
        outputs = {"id": f"{args.name}-id", **_computed(args.typ, args.name), **inputs}
        options = self.options[args.typ, args.name]
        self.resources[args.name] = MockResource(args.typ, args.name, inputs, options, outputs)
        return outputs["id"], outputs

    def _zones_of(self, args: pulumi.runtime.MockCallArgs) -> list[str]:
        """Return the zones that offer the instance type of a lookup."""
        named = cast("dict[str, Any]", args.args).get("filters", [{"values": [""]}])[0]["values"][0]
        return list(self.offered.get(named, self.zones))

    @override
    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:  # pyright: ignore[reportIncompatibleMethodOverride] (the base is annotated with a tuple, but takes a mapping as well)
        self.invokes[args.token] = cast("dict[str, Any]", args.args)
        answers: dict[str, dict[str, Any]] = {
            "aws:autoscaling/getAmiIds:getAmiIds": {"names": list(self.groups)},
            "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": {"locations": self._zones_of(args)},
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
            "aws:index/getRegion:getRegion": {"region": REGION},
            "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": list(self.zones)},
            "aws:route53/getZone:getZone": {"zoneId": HOSTED_ZONE},
            "aws:s3/getObject:getObject": {"versionId": "earlier", "metadata": EARLIER_METADATA},
            "aws:ssm/getParameter:getParameter": {"insecureValue": IMAGE},
        }
        if args.token == GROUP_LOOKUP:
            return self.groups[self.invokes[GROUP_LOOKUP]["name"]]
        return answers[args.token]


def _computed(kind: str, name: str) -> dict[str, Any]:
    """Return the outputs that AWS adds to the inputs, as far as the program uses them."""
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
        "aws:apigateway/restApi:RestApi": {"rootResourceId": "root", "executionArn": EXECUTION_ARN},
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
    mock: MockAws | None = None,
    *,
    config: Mapping[str, str] | None = None,
    project: str = PROJECT,
    stack: str = "test",
) -> MockAws:
    """Run a program in this process; raise its exceptions."""
    load_packages()
    aws = mock or MockAws()
    loops: list[asyncio.AbstractEventLoop] = []

    def create_event_loop() -> None:
        # Pulumi's mock monitor creates an event loop in each of its threads and never closes it.
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    async def run() -> None:
        pulumi.runtime.register_stack_transformation(aws.record_options)
        program()
        await wait_for_outputs()

    async def main() -> None:
        # A thread per resource, so that a resource only waits for its dependencies.
        threads = ThreadPoolExecutor(max_workers=64, initializer=create_event_loop)
        asyncio.get_running_loop().set_default_executor(threads)
        pulumi.runtime.set_all_config({f"{project}:{key}": value for key, value in (config or {}).items()})
        pulumi.runtime.set_mocks(aws, project=project, stack=stack)
        await run_pulumi_func(run)
        root = pulumi.runtime.get_root_resource()
        assert isinstance(root, Stack)
        for name, value in root.outputs.items():
            aws.exports[name] = await pulumi.Output.from_input(value).future()

    def run_and_clean_up() -> None:
        try:
            asyncio.run(main())
        finally:
            for loop in loops:
                loop.close()
            # A failed run leaves tasks behind, for which the next run in this process would wait.
            state = cast("Any", SETTINGS)  # a decorator adds its attributes, without types
            state.rpc_manager.clear()
            state.outputs.clear()

    # For each resource, Pulumi reads the source line of every frame of the stack: a thread has few of them.
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(run_and_clean_up).result()
    return aws


def deploy_stack(
    config: Mapping[str, str],
    mock: MockAws | None = None,
    *,
    project: str = PROJECT,
    stack: str = "test",
) -> MockAws:
    """Run the whole program, with the defaults of `Pulumi.yaml` for missing keys."""
    return deploy(
        lambda: runpy.run_path(str(FOLDER / "infra" / "__main__.py")),
        mock,
        config={**default_values(), **config},
        project=project,
        stack=stack,
    )


def fleet_config(**values: str) -> FleetConfig:
    """Return the configuration of a fleet, with the defaults of `Pulumi.yaml` for missing keys."""
    compute = load_config({**default_values(), **values}).compute
    assert isinstance(compute, FleetConfig)
    return compute


def lambda_config(**values: str) -> LambdaConfig:
    """Return the configuration of a function, with the defaults of `Pulumi.yaml` for missing keys."""
    compute = load_config({**default_values(), "compute": "lambda", **values}).compute
    assert isinstance(compute, LambdaConfig)
    return compute


@cache
def declared_keys() -> dict[str, dict[str, Any]]:
    """Return the configuration keys of the project, as `Pulumi.yaml` declares them."""
    return yaml.safe_load((FOLDER / "Pulumi.yaml").read_text())["config"]


def default_values() -> dict[str, str]:
    """Return the defaults of `Pulumi.yaml`, as strings like those of Pulumi."""
    return {key: _text(declared["default"]) for key, declared in declared_keys().items()}


def stack_values(stack: str) -> dict[str, str]:
    """Return the values of a stack's own configuration, without the prefix of the keys, as strings."""
    values: dict[str, Any] = yaml.safe_load((FOLDER / f"Pulumi.{stack}.yaml").read_text())["config"]
    own = f"{PROJECT}:"
    return {key.removeprefix(own): _text(value) for key, value in values.items() if key.startswith(own)}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
