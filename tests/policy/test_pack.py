"""The policy pack, started as Pulumi's CLI starts it and asked as Pulumi's engine asks.

What is not shown: that a CLI finds the pack, which takes a CLI.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import grpc
import pytest
import yaml
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policy.check import RULES
from policy.rule import ResourceRule
from tests.infra.recorder import PROJECT, deploy_stack
from tests.policy.stacks import resources_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACK = Path(__file__).parents[2] / "policy"

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes for a text that it does not know yet (pulumi, `UNKNOWN_STRING_VALUE`)."""


class Pack:
    """The engine's end of the wire."""

    def __init__(self, port: int) -> None:
        self._stub: Any = analyzer_pb2_grpc.AnalyzerStub(grpc.insecure_channel(f"127.0.0.1:{port}"))

    def info(self) -> Any:
        return self._stub.GetAnalyzerInfo(empty_pb2.Empty())

    def told_of_one(self, kind: str, name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Ask about one resource; give the rules that say something, and what."""
        request = analyzer_pb2.AnalyzeRequest(
            type=kind, properties=struct(properties), urn=urn(kind, name), name=name
        )
        return by_rule(self._stub.Analyze(request))

    def told_of_all(self, resources: list[tuple[str, str, Mapping[str, Any]]]) -> dict[str, Any]:
        """Ask about a stack."""
        request = analyzer_pb2.AnalyzeStackRequest(
            resources=[
                analyzer_pb2.AnalyzerResource(
                    type=kind, properties=struct(properties), urn=urn(kind, name), name=name
                )
                for kind, name, properties in resources
            ]
        )
        return by_rule(self._stub.AnalyzeStack(request))


def struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    # An asset is written in a way of its own, and no rule looks at it.
    plain = {key: value for key, value in properties.items() if key != "source"}
    made = struct_pb2.Struct()
    made.update(plain)
    return made


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:test::{PROJECT}::scalable-models:aws:Part${kind}::{name}"


def by_rule(answer: Any) -> dict[str, Any]:
    return {diagnostic.policyName: diagnostic for diagnostic in answer.diagnostics}


@pytest.fixture(scope="module")
def pack() -> Iterator[Pack]:
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(PACK)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield Pack(int(process.stdout.readline()))
        finally:
            process.kill()


def test_it_says_of_each_rule_what_it_is_and_which_practice_it_serves(pack: Pack):
    told = {policy.name: policy for policy in pack.info().policies}
    assert list(told) == [rule.name for rule in RULES]
    for rule in RULES:
        policy = told[rule.name]
        assert (policy.description, policy.framework.specification) == (rule.says, rule.serves)
        assert policy.enforcementLevel == analyzer_pb2.MANDATORY
        of_one = policy.policy_type == analyzer_pb2.POLICY_TYPE_RESOURCE
        assert of_one is isinstance(rule, ResourceRule)


def test_a_resource_that_breaks_a_rule_is_refused_before_it_is_made(pack: Pack):
    bad = {"metadataOptions": {"httpTokens": "optional", "httpPutResponseHopLimit": 1}}
    told = pack.told_of_one("aws:ec2/launchTemplate:LaunchTemplate", "iris-template", bad)
    assert told["metadata-v2"].enforcementLevel == analyzer_pb2.MANDATORY
    assert "iris-template: its metadata answers requests without a token" in told["metadata-v2"].message
    assert told["metadata-v2"].urn.endswith("::iris-template")


def test_what_does_not_belong_together_is_found_in_the_stack(pack: Pack):
    bucket = ("aws:s3/bucket:Bucket", "logs", {"bucket": "logs-1", "arn": "arn:aws:s3:::logs-1"})
    told = pack.told_of_all([bucket])
    assert set(told) == {"buckets-encrypted", "buckets-private", "buckets-tls"}
    assert told["buckets-tls"].urn == urn("aws:s3/bucket:Bucket", "logs")


def test_what_is_not_known_yet_at_a_preview_is_not_judged(pack: Pack):
    policy = ("aws:s3/bucketPolicy:BucketPolicy", "logs-policy", {"bucket": "logs-1", "policy": UNKNOWN})
    told = pack.told_of_all([policy])["buckets-tls"]
    assert told.enforcementLevel == analyzer_pb2.ADVISORY
    assert "can't be known during preview" in told.message


def test_the_real_stack_passes_but_for_what_it_is_about_to_keep(pack: Pack, tmp_path: Path):
    archive = tmp_path / "iris.zip"
    archive.write_bytes(b"packed")
    named = {"archive": str(archive), "functionArchive": str(archive)}
    resources = list(resources_of(deploy_stack({"compute": "both", **named})))
    told = pack.told_of_all([(one.type, one.name, one.properties) for one in resources])
    # Each type that is new to the pack takes a while; what the rules say of all of them is shown elsewhere.
    for one in resources:
        if one.name in {"iris-template", "iris-alb", "iris-archives"}:
            told |= pack.told_of_one(one.type, one.name, one.properties)
    assert set(told) <= {"deletion-protected", "firewall-logged", "network-logged", "requests-logged"}


def test_it_runs_in_the_environment_that_holds_the_rules():
    described = cast("dict[str, Any]", yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text()))
    environment = PACK / described["runtime"]["options"]["virtualenv"]
    assert environment.resolve() == Path(sys.prefix).resolve()
