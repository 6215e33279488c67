"""What a doctor finds on this machine; what it finds on AWS is shown on LocalStack."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from scripts.deploy.checks import examine
from scripts.deploy.doctor import doctor
from scripts.local.local import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.deploy.check_result import Finding


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project, with a stack and an archive of its own."""
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(PROJECT / "Pulumi.yaml", folder)
    (folder / "iris.zip").write_bytes(b"packed")
    write(folder, "archive: iris.zip")
    return folder


@pytest.fixture(autouse=True)
def no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))


def write(folder: Path, *lines: str, region: str = "eu-west-1") -> None:
    own = [f"  scalable-models:{line}" for line in lines]
    placed = [f"  aws:region: {region}"] if region else []
    (folder / "Pulumi.prod.yaml").write_text("\n".join(["config:", *placed, *own]) + "\n")


def found(folder: Path) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine(folder, "prod", lambda _: None)}


@pytest.mark.usefixtures("fake_pulumi")
def test_all_is_well_but_for_the_credentials(project: Path):
    findings = found(project)
    assert {check: finding.state for check, finding in findings.items()} == {
        "Pulumi.prod.yaml": "ok",
        "Pulumi CLI": "ok",
        "Pulumi state": "ok",
        "credentials": "problem",
        "archive": "ok",
    }
    assert findings["credentials"].says == "AWS finds no credentials here"
    assert "aws sso login" in findings["credentials"].fix
    assert findings["Pulumi state"].says == "signed in as somebody"


def test_every_mistake_of_the_configuration_is_a_finding_of_its_own(project: Path):
    write(project, "archive: iris.zip", "availabilityZones: 9", "colour: blue")
    said = [one.says for one in examine(project, "prod", lambda _: None) if one.state == "problem"]
    assert said[0].startswith("availabilityZones is '9'")
    assert said[1].startswith("colour is not a key")


def test_a_stack_without_a_file_or_without_a_region_is_told(project: Path):
    write(project, "archive: iris.zip", region="")
    assert found(project)["Pulumi.prod.yaml"].says == "no region is chosen"
    (project / "Pulumi.prod.yaml").unlink()
    assert "there is no Pulumi.prod.yaml" in found(project)["Pulumi.prod.yaml"].says


def test_a_cli_that_is_missing_can_be_fetched(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = found(project)["Pulumi CLI"]
    assert (finding.state, finding.says) == ("note", "there is none on the PATH")
    assert "fetches it" in finding.fix


@pytest.mark.usefixtures("fake_pulumi")
def test_a_cli_of_the_wrong_version_or_without_a_state_is_a_problem(
    project: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FAKE_PULUMI_FAILS", "whoami")
    finding = found(project)["Pulumi state"]
    assert (finding.state, finding.says) == ("problem", "error: the bucket is on strike")
    assert "pulumi login" in finding.fix
    monkeypatch.setenv("FAKE_PULUMI_VERSION", "v2.0.0")
    assert found(project)["Pulumi CLI"].state == "problem"


def test_an_archive_that_is_named_and_missing_is_a_problem(project: Path):
    write(project, "archive: nowhere.zip")
    finding = found(project)["archive"]
    assert finding.state == "problem"
    assert "There is no archive at" in finding.says
    assert finding.fix == "`iris pack --target aws-arm64`"


def test_the_report_is_a_table_or_json_and_the_exit_code_tells_of_problems(
    project: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("scripts.deploy.doctor.PROJECT", project)
    table = CliRunner().invoke(doctor, ["--stack", "prod"])
    assert table.exit_code == 1
    assert "AWS finds no credentials here" in table.stdout
    assert "->" in table.stdout
    data = CliRunner().invoke(doctor, ["--stack", "prod", "--format", "json"])
    assert data.exit_code == 1
    states = {finding["check"]: finding["state"] for finding in json.loads(data.stdout)}
    assert states["credentials"] == "problem"
    assert states["archive"] == "ok"
