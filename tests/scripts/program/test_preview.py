"""Previews of the project's own resources, in the engine's format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from scripts.cli import main
from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.capacity.vcpu_throughput import read_capacity
from scripts.cost.demand import weekly_demand
from scripts.cost.demand.weekly_demand import Demand
from scripts.cost.prices.snapshot import project_snapshot
from scripts.cost.stack.stack_bill import stack_bill, stack_shape
from scripts.program import preview, run
from scripts.program.resources import StackError, StackResources
from tests.scripts.program.preview_output import ROOT, UNKNOWN, digest, step

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path


@pytest.fixture(scope="module")
def resources() -> StackResources:
    return run.run("dev", ["compute=both", "minProvisionedConcurrency=2"])


def usd(resources: StackResources) -> Decimal:
    shape = stack_shape(resources)
    week = Demand(rates=weekly_demand.diurnal(3_000))
    prices = project_snapshot().region(shape.region)
    return stack_bill(shape, week, read_capacity(), prices, Assumptions()).usd


def iris_cost(*options: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, ["cost", *options], input=given)


@pytest.mark.parametrize("op", ["create", "same", "update", "replace", "import"])
def test_a_preview_without_ids_costs_the_same_as_the_program(resources: StackResources, op: str):
    content = digest(resources, op)
    text = json.dumps(content, indent=4)
    assert text.count(UNKNOWN) > 100
    found = preview.read_preview(text, "nowhere-1")
    assert (found.stack, found.region) == ("dev", "us-east-1")
    assert usd(found) == usd(resources)


def test_the_stack_its_components_and_its_providers_are_no_resources():
    content = digest(StackResources(stack="dev", region="us-east-1", resources=()))
    prefix = "urn:pulumi:dev::scalable-models::"
    component, key = "scalable-models:aws:Notifications", "aws:kms/key:Key"
    content["steps"] += [
        step(f"{prefix}{component}::iris", component, {}, op="create", custom=False),
        step(f"{prefix}{component}${key}::iris-key", key, {}, op="create"),
    ]
    found = preview.read_preview(json.dumps(content), "us-east-1")
    assert [(one.type, one.name) for one in found.resources] == [(key, "iris-key")]


def test_deleted_and_read_resources_are_not_billed(resources: StackResources):
    content = digest(resources)
    (alarm,) = [it for it in content["steps"] if "dashboard:Dashboard" in it["urn"]]
    alarm |= {"op": "delete", "oldState": alarm.pop("newState")}
    stranger = "urn:pulumi:dev::scalable-models::aws:kms/key:Key::theirs"
    content["steps"].append(step(stranger, "aws:kms/key:Key", {}, op="read"))
    assert usd(resources) - usd(preview.read_preview(json.dumps(content), "us-east-1")) == 3


def test_a_replacement_that_is_shown_step_by_step_counts_once(resources: StackResources):
    content = digest(resources)
    (balancer,) = [it for it in content["steps"] if "loadBalancer:LoadBalancer" in it["urn"]]
    content["steps"] += [{**balancer, "op": op} for op in ("create-replacement", "replace")]
    content["steps"].append(
        {"op": "delete-replaced", "urn": balancer["urn"], "oldState": balancer["newState"]}
    )
    assert usd(preview.read_preview(json.dumps(content), "us-east-1")) == usd(resources)


def test_the_region_is_the_configured_one_then_the_subnets_then_the_default(
    resources: StackResources,
):
    content = digest(resources)
    content["config"]["aws:region"] = "eu-west-1"
    assert preview.read_preview(json.dumps(content), "sa-east-1").region == "eu-west-1"
    del content["config"]
    assert preview.read_preview(json.dumps(content), "sa-east-1").region == "us-east-1"
    content["steps"] = [it for it in content["steps"] if "ec2/subnet" not in it["urn"]]
    assert preview.read_preview(json.dumps(content), "sa-east-1").region == "sa-east-1"


def test_a_preview_without_unchanged_resources_is_rejected(resources: StackResources):
    content = digest(resources, "same")
    content["steps"] = [it for it in content["steps"] if it["urn"] == ROOT]
    with pytest.raises(StackError, match=rf"leaves {len(resources.resources) + 1} unchanged.*--show-sames"):
        preview.read_preview(json.dumps(content), "us-east-1")
    # One resource that is left out would be missing from the bill, too.
    content = digest(resources, "same")
    content["steps"] = content["steps"][:-1]
    with pytest.raises(StackError, match="leaves 1 unchanged"):
        preview.read_preview(json.dumps(content), "us-east-1")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no JSON"),
        ("Previewing update (dev)", "no JSON"),
        ("[]", "no preview"),
        ('{"version": 3, "deployment": {}}', "no preview"),
        ('{"steps": []}', "did not finish"),
        ('{"steps": [], "changeSummary": {}}', "no resources"),
        (
            '{"steps": [], "diagnostics": [{"severity": "error", "message": "boom\\n"}]}',
            "The preview failed: boom",
        ),
        ('{"steps": [{"op": "vanish", "urn": "u"}], "changeSummary": {}}', "'vanish' of 'u'"),
        ('{"steps": [{"op": "create", "urn": "u"}], "changeSummary": {}}', "no new state of u"),
    ],
)
def test_an_incomplete_preview_is_one_clear_error(text: str, complaint: str):
    with pytest.raises(StackError, match=complaint):
        preview.read_preview(text, "us-east-1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("indent", [None, 4])
def test_text_around_a_preview_and_its_encoding_change_nothing(
    resources: StackResources, encoding: str, indent: int | None
):
    plain = json.dumps(digest(resources), indent=indent)
    around = f'warning: {{a}} new version\n{{"level": "info"}}\n{plain}\nerror: exit status 255 {{\n'
    read = preview.read_preview(preview.decode_preview(around.encode(encoding)), "us-east-1")
    assert read == preview.read_preview(plain, "us-east-1")


def test_a_preview_that_is_no_text_is_one_clear_error():
    with pytest.raises(StackError, match="The preview is not text"):
        preview.decode_preview(b"{\xff}")


def test_a_preview_without_priced_resources_is_one_clear_error(resources: StackResources):
    content = digest(resources)
    content["steps"] = [it for it in content["steps"] if "aws:s3/" in it["urn"]]
    result = iris_cost("--preview", "-", given=json.dumps(content))
    assert result.exit_code == 1
    assert "Nothing to price: the stack dev" in result.stderr


def test_the_command_prices_a_file_and_checks_the_budget(resources: StackResources, tmp_path: Path):
    path = tmp_path / "preview.json"
    path.write_text(json.dumps(digest(resources)))
    result = iris_cost("--preview", str(path), "--rate", "1", "--format", "json", "--budget", "1")
    assert result.exit_code == 3
    assert "above the budget of 1.00" in result.stderr
    items = {row["item"] for row in json.loads(result.stdout)["stack"]["rows"]}
    assert {"instances", "load balancer", "firewall", "provisioned concurrency"} <= items


def test_standard_input_is_compared_with_the_same_stack_at_a_commit(resources: StackResources):
    result = iris_cost(
        *("--preview", "-", "--against", "HEAD", "--rate", "1", "--format", "json"),
        given=json.dumps(digest(resources)),
    )
    assert result.exit_code == 0, result.stderr
    rows = {row["item"]: row for row in json.loads(result.stdout)["against"]["rows"]}
    # The commit's stack has a fleet only, whose load balancer costs the same.
    assert rows["provisioned concurrency"]["before"] == "0"
    assert "load balancer" not in rows


def test_a_missing_file_is_one_line():
    result = iris_cost("--preview", "/nowhere/preview.json")
    assert result.exit_code == 1
    assert "can't be read" in result.stderr
