"""Policy pack, started as Pulumi's CLI starts it and called over gRPC as Pulumi's engine calls it.

Not covered: the discovery of the pack by the CLI, which tests/engine covers.
"""

from __future__ import annotations

import re
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
from tests.infra.mock_aws import PROJECT, deploy_stack
from tests.policy.stacks import resources_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACK = Path(__file__).parents[2] / "policy"

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Placeholder of the engine for a string that is not known yet (pulumi, `UNKNOWN_STRING_VALUE`)."""


class PackClient:
    """gRPC client of the policy pack, in place of the engine."""

    def __init__(self, port: int) -> None:
        self._stub: Any = analyzer_pb2_grpc.AnalyzerStub(grpc.insecure_channel(f"127.0.0.1:{port}"))

    def info(self) -> Any:
        return self._stub.GetAnalyzerInfo(empty_pb2.Empty())

    def analyze_resource(self, kind: str, name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the diagnostics of one resource, by rule."""
        request = analyzer_pb2.AnalyzeRequest(
            type=kind, properties=struct(properties), urn=urn(kind, name), name=name
        )
        return by_rule(self._stub.Analyze(request))

    def analyze_stack(self, resources: list[tuple[str, str, Mapping[str, Any]]]) -> dict[str, Any]:
        """Return the diagnostics of a stack, by rule."""
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
    # An asset has its own encoding, and no rule checks it.
    plain = {key: value for key, value in properties.items() if key != "source"}
    struct = struct_pb2.Struct()
    struct.update(plain)
    return struct


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:test::{PROJECT}::scalable-models:aws:Part${kind}::{name}"


def by_rule(answer: Any) -> dict[str, Any]:
    return {diagnostic.policyName: diagnostic for diagnostic in answer.diagnostics}


@pytest.fixture(scope="module")
def pack() -> Iterator[PackClient]:
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(PACK)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield PackClient(int(process.stdout.readline()))
        finally:
            process.kill()


def test_each_policy_has_the_description_and_the_best_practice_of_its_rule(pack: PackClient):
    diagnostics = {policy.name: policy for policy in pack.info().policies}
    assert list(diagnostics) == [rule.name for rule in RULES]
    for rule in RULES:
        policy = diagnostics[rule.name]
        assert (policy.description, policy.framework.specification) == (rule.description, rule.best_practice)
        assert policy.enforcementLevel == analyzer_pb2.MANDATORY
        of_one = policy.policy_type == analyzer_pb2.POLICY_TYPE_RESOURCE
        assert of_one is isinstance(rule, ResourceRule)


def test_a_violating_resource_is_refused_before_its_creation(pack: PackClient):
    bad = {"metadataOptions": {"httpTokens": "optional", "httpPutResponseHopLimit": 1}}
    diagnostics = pack.analyze_resource("aws:ec2/launchTemplate:LaunchTemplate", "iris-template", bad)
    assert diagnostics["imdsv2-required"].enforcementLevel == analyzer_pb2.MANDATORY
    assert (
        "iris-template: its metadata service answers requests without a token"
        in diagnostics["imdsv2-required"].message
    )
    assert diagnostics["imdsv2-required"].urn.endswith("::iris-template")


def test_violations_of_stack_rules_are_found_in_the_stack(pack: PackClient):
    bucket = ("aws:s3/bucket:Bucket", "logs", {"bucket": "logs-1", "arn": "arn:aws:s3:::logs-1"})
    diagnostics = pack.analyze_stack([bucket])
    assert set(diagnostics) == {"buckets-encrypted", "buckets-block-public-access", "buckets-require-tls"}
    assert diagnostics["buckets-require-tls"].urn == urn("aws:s3/bucket:Bucket", "logs")


def test_a_rule_passes_over_a_value_that_is_unknown_at_a_preview(pack: PackClient):
    policy = ("aws:s3/bucketPolicy:BucketPolicy", "logs-policy", {"bucket": "logs-1", "policy": UNKNOWN})
    assert "buckets-require-tls" not in pack.analyze_stack([policy])
    unknown = {"metadataOptions": UNKNOWN, "imageId": UNKNOWN}
    diagnostics = pack.analyze_resource("aws:ec2/launchTemplate:LaunchTemplate", "iris-template", unknown)
    # Missing values are known to be missing.
    assert set(diagnostics) == {"required-tags", "volumes-encrypted"}


def test_a_rule_about_each_value_checks_the_known_ones_at_a_preview(pack: PackClient):
    group = "aws:ec2/securityGroup:SecurityGroup"
    bad = {"vpcId": UNKNOWN, "tags": {"owner": UNKNOWN, "a": "<>"}}
    diagnostics = pack.analyze_resource(group, "iris-group", bad)
    assert "tags.* is '<>', which AWS does not accept there" in diagnostics["valid-texts"].message
    rule = {"listenerArn": UNKNOWN, "conditions": [UNKNOWN, {"pathPattern": {"values": ["/a b"]}}]}
    diagnostics = pack.analyze_resource("aws:lb/listenerRule:ListenerRule", "iris-rule", rule)
    assert "'/a b', which AWS does not accept there" in diagnostics["valid-texts"].message


def test_a_first_preview_reports_nothing_that_it_does_not_know(pack: PackClient, tmp_path: Path):
    archive = tmp_path / "iris.zip"
    archive.write_bytes(b"packed")
    resources = list(resources_of(deploy_stack({"archive": str(archive)})))
    # Before the first deployment, no value of another resource is known.
    stack: list[tuple[str, str, Mapping[str, Any]]] = [
        (
            one.type,
            one.name,
            {
                key: UNKNOWN if "-id" in str(value) or "arn:" in str(value) else value
                for key, value in one.properties.items()
            },
        )
        for one in resources
    ]
    diagnostics = [each for one in stack for each in pack.analyze_resource(*one).values()]
    diagnostics += pack.analyze_stack(stack).values()
    assert [each.message for each in diagnostics if re.search("can't (be known|run)", each.message)] == []


def test_the_real_stack_has_only_the_violations_that_a_test_stack_may_have(pack: PackClient, tmp_path: Path):
    archive = tmp_path / "iris.zip"
    archive.write_bytes(b"packed")
    named = {"archive": str(archive), "functionArchive": str(archive)}
    resources = list(resources_of(deploy_stack({"compute": "both", **named})))
    diagnostics = pack.analyze_stack([(one.type, one.name, one.properties) for one in resources])
    # The first resource of each type takes a while; test_every_configuration.py covers the other types.
    for one in resources:
        if one.name in {"iris-template", "iris-alb", "iris-archives"}:
            diagnostics |= pack.analyze_resource(one.type, one.name, one.properties)
    assert set(diagnostics) <= {
        "deletion-protection-enabled",
        "waf-logging-enabled",
        "vpc-flow-logs-enabled",
        "request-logging-enabled",
    }


def test_it_runs_in_the_environment_that_contains_the_rules():
    described = cast("dict[str, Any]", yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text()))
    environment = PACK / described["runtime"]["options"]["virtualenv"]
    assert environment.resolve() == Path(sys.prefix).resolve()
