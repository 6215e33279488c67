"""Stack file of a local cloud, read by Pulumi's real engine and by the commands."""

from __future__ import annotations

import json
from inspect import signature
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pulumi_aws.config import outputs

from localcloud.aws.clients import Api
from localcloud.localstack.services import SERVICES
from scripts.aws.clients import aws_settings
from scripts.local.stack_file import stack_file
from tests.engine.cli import ENGINE, needs_engine
from tests.engine.warm_stack import STACK, WarmStack

if TYPE_CHECKING:
    from pathlib import Path

ENDPOINT = "http://127.0.0.1:4566"
API = Api(ENDPOINT, "eu-central-1")


def configured() -> dict[str, Any]:
    return yaml.safe_load(stack_file(API))["config"]


def test_every_endpoint_is_one_that_the_provider_knows():
    known = set(signature(outputs.Endpoints).parameters)
    named = {name for endpoint in configured()["aws:endpoints"] for name in endpoint}
    assert {name.replace("lambda", "lambda_") for name in named} <= known


def test_the_commands_find_the_endpoint_of_every_service():
    written = {key.removeprefix("aws:"): json.dumps(value) for key, value in configured().items()}
    settings = aws_settings({**written, "region": "eu-central-1"}, "Pulumi.local.yaml")
    for service in SERVICES:
        assert settings.endpoints[service.replace("-", "")] == ENDPOINT


@needs_engine
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.timeout(300)
def test_the_engine_reads_it_and_passes_it_to_the_plugin(tmp_path: Path):
    assert ENGINE is not None
    stack = WarmStack(tmp_path, ENGINE)
    stack.configure()
    file = tmp_path / f"Pulumi.{STACK}.yaml"
    written = yaml.safe_load(file.read_text())
    written["config"] |= configured()
    file.write_text(yaml.safe_dump(written))
    previewed = stack.command("preview")
    assert previewed.status == 0, previewed.says
    passed = stack.provider.configuration
    assert json.loads(passed["endpoints"]) == configured()["aws:endpoints"]
    assert (passed["region"], passed["s3UsePathStyle"]) == ("eu-central-1", "true")
    stack.close()
