"""Process that runs Pulumi programs and lists the resources of each: a line of JSON in, a line of JSON out.

    python -P mock_run.py < TASKS

A task has folder, project, program, stack and configuration, as `run` writes it. The process loads Pulumi's
packages once, which takes most of the time, and forks for each task. Modules are imported from the task's
folder first, which may contain the project of another commit: therefore this file imports nothing of the
project. Nothing is created on AWS, and AWS is not called.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import runpy
import signal
import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

import pulumi
import pulumi.runtime
from pulumi.runtime.stack import run_pulumi_func
from typing_extensions import override

PACKAGES: Final = (
    *("acm", "apigateway", "appautoscaling", "autoscaling", "budgets", "cloudwatch", "ec2"),
    *("guardduty", "iam", "kms", "lambda_", "lb", "route53", "s3", "sns", "ssm", "vpc", "wafv2"),
)
"""Modules of pulumi_aws that the program uses. Each run loads by itself a module that is missing here."""

LIBRARIES: Final = ("difflib", "fractions", "pydantic.main", "zoneinfo")
"""Other libraries that the program uses, loaded once for the same reason."""

ARCHIVES: Final = ("archive", "functionArchive")
"""Configuration keys of archives to deploy. This file replaces them, since their content costs nothing."""

ZONES: Final = ("a", "b", "c", "d")
"""Suffixes of the availability zones of a mocked region."""

LOOKUPS: Final[dict[str, dict[str, Any]]] = {
    "aws:autoscaling/getAmiIds:getAmiIds": {"names": []},
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "123456789012"},
    "aws:route53/getZone:getZone": {"zoneId": "Z1"},
    "aws:ssm/getParameter:getParameter": {"insecureValue": "ami-1"},
}
"""Results of the data sources that the program reads, by their tokens."""

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
"""Outputs that AWS computes for a resource and the program uses, by type."""


class _Recorder(pulumi.runtime.Mocks):
    def __init__(self, region: str) -> None:
        self.requested: list[dict[str, Any]] = []
        self._region = region

    @override
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:
            return None, {}
        inputs = cast("dict[str, Any]", args.inputs)
        self.requested.append({"type": args.typ, "name": args.name, "inputs": inputs})
        common = {"arn": f"arn:{args.name}", "name": args.name, "bucket": args.name}
        return f"{args.name}-id", common | OUTPUTS.get(args.typ, {}) | inputs

    @override
    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        of_region: dict[str, dict[str, Any]] = {
            "aws:index/getRegion:getRegion": {"region": self._region},
            "aws:index/getAvailabilityZones:getAvailabilityZones": {
                "names": [self._region + zone for zone in ZONES]
            },
        }
        return (LOOKUPS | of_region).get(args.token, {}), []


def record(project: str, program: str, stack: str, config: dict[str, str]) -> list[dict[str, Any]]:
    """Run a program; return type, name and inputs of each resource that it requests.

    Raises:
        pulumi.RunError: the program rejects its configuration.
    """
    for key in ARCHIVES:
        if f"{project}:{key}" in config:
            config[f"{project}:{key}"] = str(Path(__file__).resolve())
    recorder = _Recorder(config["aws:region"])

    async def run() -> None:
        pulumi.runtime.set_all_config(config)
        pulumi.runtime.set_mocks(recorder, project, stack, preview=False)
        await run_pulumi_func(lambda: _run(program))

    asyncio.run(run())
    return recorder.requested


async def _run(program: str) -> None:
    runpy.run_path(program, run_name="__main__")
    await wait_for_outputs()


async def wait_for_outputs() -> None:
    """Wait until a program's resources and outputs are made, or until one fails.

    Pulumi waits for them one by one, and looks at all of them each time: a third of the time of a run.
    """
    if tasks := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)


def _run_task(folder: str, task: dict[str, Any]) -> dict[str, Any]:
    """Run a task in this process, which imports the modules of the task's folder from then on."""
    os.chdir(folder)
    sys.path.insert(0, folder)
    try:
        return {"resources": record(**task)}
    except pulumi.RunError as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001 (a program of any commit can fail in any way)
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    """Run the tasks one after another, each in a forked process."""
    # SIGINT ends this process without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    warnings.simplefilter("ignore")
    # Most objects here are modules, which never become garbage. Looking through them would take half of the
    # time of a run, and would copy the memory that forked processes share.
    gc.disable()
    for name in PACKAGES:
        # Modules of pulumi_aws are loaded at the first access to an attribute.
        getattr(import_module(f"pulumi_aws.{name}"), "__all__", None)
    for name in LIBRARIES:
        import_module(name)
    gc.freeze()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    devnull = os.open(os.devnull, os.O_RDWR)
    while task := sys.stdin.readline():
        child = os.fork()
        if child == 0:
            # The program's own output must not mix with the answers.
            for stream in range(3):
                os.dup2(devnull, stream)
            print(json.dumps(_run_task(**json.loads(task)), default=str), file=answers, flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            error = {"error": f"the program ended with status {status}"}
            try:
                print(json.dumps(error), file=answers, flush=True)
            except BrokenPipeError:
                os._exit(1)  # the command that reads the answers was killed


if __name__ == "__main__":
    main()
