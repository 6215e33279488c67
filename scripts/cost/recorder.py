"""Runs the Pulumi program in a process of its own and prints what it asks for, as JSON.

    python -m scripts.cost.recorder FOLDER STACK [KEY=VALUE ...]

The program is the one in FOLDER, with whatever modules lie there: that folder comes first on the path.
Nothing is made, nobody is asked.
"""

from __future__ import annotations

import asyncio
import json
import runpy
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import pulumi
import pulumi.runtime
from pulumi.runtime.stack import run_pulumi_func
from typing_extensions import override

from infra.local.stack_config import StackConfigError, read_project

if TYPE_CHECKING:
    from collections.abc import Sequence

ARCHIVES: Final = ("archive", "functionArchive")
"""Keys of files to deploy; an empty one stands in, for what they hold costs nothing."""

ZONES: Final = ("a", "b", "c", "d")

ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "123456789012"},
    "aws:route53/getZone:getZone": {"zoneId": "Z1"},
    "aws:ssm/getParameter:getParameter": {"insecureValue": "ami-1"},
}
"""What the program looks up."""

OUTPUTS: Final[dict[str, dict[str, Any]]] = {
    "aws:acm/certificate:Certificate": {
        "domainValidationOptions": [
            {"resourceRecordName": "n", "resourceRecordType": "CNAME", "resourceRecordValue": "v"}
        ]
    },
    "aws:apigateway/domainName:DomainName": {"regionalDomainName": "d", "regionalZoneId": "Z2"},
    "aws:apigateway/restApi:RestApi": {"rootResourceId": "root", "executionArn": "arn:api"},
    "aws:apigateway/stage:Stage": {"invokeUrl": "https://api.example.com/live"},
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 1},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"prefixListId": "pl-1"},
    "aws:kms/key:Key": {"keyId": "key-1"},
    "aws:lambda/alias:Alias": {"invokeArn": "arn:invoke"},
    "aws:lambda/function:Function": {"version": "1"},
    "aws:lb/loadBalancer:LoadBalancer": {"arnSuffix": "app/1", "dnsName": "alb.example.com"},
    "aws:lb/targetGroup:TargetGroup": {"arnSuffix": "targetgroup/1"},
    "aws:route53/record:Record": {"fqdn": "name.example.com"},
    "aws:s3/bucketObjectv2:BucketObjectv2": {"versionId": "1"},
}
"""What AWS adds to a resource, as far as the program uses it."""


class _Recorder(pulumi.runtime.Mocks):
    def __init__(self, region: str) -> None:
        self.made: list[dict[str, Any]] = []
        self._region = region

    @override
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:
            return None, {}
        inputs = cast("dict[str, Any]", args.inputs)
        self.made.append({"type": args.typ, "name": args.name, "inputs": inputs})
        common = {"arn": f"arn:{args.name}", "name": args.name, "bucket": args.name}
        return f"{args.name}-id", common | OUTPUTS.get(args.typ, {}) | inputs

    @override
    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        here: dict[str, dict[str, Any]] = {
            "aws:index/getRegion:getRegion": {"region": self._region},
            "aws:index/getAvailabilityZones:getAvailabilityZones": {
                "names": [self._region + zone for zone in ZONES]
            },
        }
        return (ANSWERS | here).get(args.token, {}), []


def record(folder: Path, stack: str, overrides: dict[str, str]) -> dict[str, Any]:
    """Run the program of `folder`; return its region and the resources that it asks for.

    Raises:
        StackConfigError: the project or the stack has no usable file.
        pulumi.RunError: the program refuses its configuration.
    """
    with tempfile.NamedTemporaryFile(suffix=".zip") as empty:
        project = read_project(folder, stack, overrides)
        config = dict(project.config)
        for key in ARCHIVES:
            if f"{project.name}:{key}" in config:
                config[f"{project.name}:{key}"] = empty.name
        region = config.get("aws:region", "us-east-1")
        recorder = _Recorder(region)

        async def run() -> None:
            pulumi.runtime.set_all_config(config)
            pulumi.runtime.set_mocks(recorder, project.name, stack, preview=False)
            await run_pulumi_func(lambda: _run(project.program))

        asyncio.run(run())
    return {"region": region, "resources": recorder.made}


def _run(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


def main(arguments: Sequence[str]) -> None:
    """Print the record, or one line that says what is wrong."""
    folder, stack, *settings = arguments
    overrides = dict(setting.split("=", 1) for setting in settings)
    warnings.simplefilter("ignore")
    try:
        print(json.dumps(record(Path(folder), stack, overrides), default=str))  # noqa: T201 (the result)
    except (StackConfigError, pulumi.RunError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
