"""`iris doctor` on this machine; its checks of AWS are tested on LocalStack."""

from __future__ import annotations

import json
import shutil
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from scripts.deploy.doctor import doctor
from scripts.deploy.preflight import check_pulumi, run_checks
from scripts.deploy.stack_settings import load_stack_config, load_target
from scripts.local.local import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.deploy.checks.check_result import CheckResult
    from tests.scripts.deploy.conftest import FakePulumi


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
    for name in (
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))


def write(folder: Path, *lines: str, region: str = "eu-west-1") -> None:
    own = [f"  scalable-models:{line}" for line in lines]
    placed = [f"  aws:region: {region}"] if region else []
    (folder / "Pulumi.prod.yaml").write_text("\n".join(["config:", *placed, *own]) + "\n")


def results_by_check(folder: Path) -> dict[str, CheckResult]:
    return {result.check: result for result in run_checks(folder, "prod", lambda _: None)}


@pytest.mark.usefixtures("fake_pulumi")
def test_everything_but_the_credentials_is_ok(project: Path):
    results = results_by_check(project)
    assert {check: result.state for check, result in results.items()} == {
        "Pulumi.prod.yaml": "ok",
        "Pulumi CLI": "ok",
        "Pulumi state": "ok",
        "credentials": "problem",
        "archive": "ok",
    }
    assert results["credentials"].message == "no AWS credentials were found"
    assert "aws sso login" in results["credentials"].fix
    assert results["Pulumi state"].message == "logged in as ann to https://app.pulumi.com/ann"


def test_every_mistake_of_the_configuration_is_one_result(project: Path):
    write(project, "archive: iris.zip", "availabilityZones: 9", "colour: blue")
    messages = [one.message for one in run_checks(project, "prod", lambda _: None) if one.state == "problem"]
    assert messages[0].startswith("availabilityZones is '9'")
    assert messages[1].startswith("colour is not a key")


def test_a_stack_without_a_file_or_a_region_is_a_problem(project: Path):
    write(project, "archive: iris.zip", region="")
    assert "sets no aws:region" in results_by_check(project)["Pulumi.prod.yaml"].message
    (project / "Pulumi.prod.yaml").unlink()
    assert "there is no Pulumi.prod.yaml" in results_by_check(project)["Pulumi.prod.yaml"].message


@pytest.mark.usefixtures("fake_pulumi")
def test_the_region_of_the_environment_is_used_as_pulumi_does(project: Path, monkeypatch: pytest.MonkeyPatch):
    write(project, "archive: iris.zip", region="")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert results_by_check(project)["Pulumi.prod.yaml"].state == "ok"
    assert load_target(project, "prod").region == "eu-north-1"


def test_the_credentials_are_those_of_the_stack_not_of_the_environment(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "work").write_text("[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = secret\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "work"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    config = "config:\n  aws:region: eu-west-1\n  aws:profile: work\n"
    (project / "Pulumi.prod.yaml").write_text(config)
    target = load_target(project, "acme/scalable-models/prod")
    assert target.tags == {"project": "scalable-models", "stack": "prod"}
    assert "AKIAWORK" in target.clients("lambda").generate_presigned_url("list_functions")


def test_encrypted_values_are_decrypted_by_pulumi_or_remarked(
    project: Path, fake_pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
):
    write(project, "archive: iris.zip", "alarmEmail: {secure: AAABAGQ=}")
    remarks = [one.message for one in load_stack_config(project, "prod")[1] if one.state == "note"]
    assert remarks == ["not checked, since Pulumi does not decrypt it here: scalable-models:alarmEmail"]
    decrypted = {"scalable-models:alarmEmail": {"value": "ann@example.com", "secret": True}}
    monkeypatch.setenv("FAKE_PULUMI_CONFIG", json.dumps(decrypted))
    deployment, results = load_stack_config(project, "prod")
    assert deployment is not None
    assert deployment.config.alarms.alarm_email == "ann@example.com"
    assert [one.state for one in results] == ["ok"]
    assert "ann@example.com" not in str(results)
    assert fake_pulumi.was_called_with("config")


@pytest.mark.usefixtures("fake_pulumi")
def test_a_backend_without_a_service_needs_a_passphrase(project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    monkeypatch.setenv("FAKE_PULUMI_BACKEND", "file:///home/ann")
    assert results_by_check(project)["passphrase"].state == "problem"
    # Pulumi takes an empty one.
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    assert results_by_check(project)["passphrase"].state == "ok"


# A stack's file names what encrypts its secrets (Pulumi documentation, "Secrets"); without that it is a
# passphrase.
@pytest.mark.usefixtures("fake_pulumi")
@pytest.mark.parametrize(
    ("backend", "provider", "state"),
    [
        ("file:///home/ann", "awskms://alias/iris", "ok"),
        ("s3://states", "passphrase", "problem"),
        ("https://app.pulumi.com/ann", "", ""),
    ],
)
def test_a_passphrase_is_needed_where_neither_a_service_nor_a_key_encrypts_secrets(
    backend: str, provider: str, state: str, project: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    monkeypatch.setenv("FAKE_PULUMI_BACKEND", backend)
    file = project / "Pulumi.prod.yaml"
    if provider:
        file.write_text(f"secretsprovider: {provider}\n{file.read_text()}")
    found = {result.check: result.state for result in check_pulumi(project, "prod")}
    assert found.get("passphrase", "") == state


def test_keys_of_an_unknown_namespace_are_remarked_once(project: Path):
    text = "config:\n  aws:region: eu-west-1\n  scalable-model:owner: ann\n  iris:a: b\n  pulumi:tags: {}\n"
    (project / "Pulumi.prod.yaml").write_text(text)
    (remark,) = [one for one in load_stack_config(project, "prod")[1] if one.state == "note"]
    assert remark.message == "ignored, since nothing reads their namespace: scalable-model:owner, iris:a"


def test_a_missing_cli_is_a_note(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    result = results_by_check(project)["Pulumi CLI"]
    assert (result.state, result.message) == ("note", "it is not on the PATH")
    assert "downloads it" in result.fix


@pytest.mark.usefixtures("fake_pulumi")
def test_a_cli_of_the_wrong_version_or_without_a_login_is_a_problem(
    project: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FAKE_PULUMI_FAILS", "whoami")
    result = results_by_check(project)["Pulumi state"]
    assert (result.state, result.message) == ("problem", "error: the bucket is on strike")
    assert "pulumi login" in result.fix
    monkeypatch.setenv("FAKE_PULUMI_VERSION", "v2.0.0")
    assert results_by_check(project)["Pulumi CLI"].state == "problem"


class CallerIdentity(BaseHTTPRequestHandler):
    """STS on this machine, whose only operation is GetCallerIdentity."""

    def do_POST(self) -> None:
        """Answer one request."""
        answer = (
            b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
            b"<Arn>arn:aws:iam::123456789012:user/ann</Arn><UserId>A</UserId><Account>123456789012</Account>"
            b"</GetCallerIdentityResult></GetCallerIdentityResponse>"
        )
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - a name of http.server
        """Write nothing to standard error."""


def test_a_service_that_cannot_be_called_is_a_finding_and_the_next_checks_go_on(
    project: Path, monkeypatch: pytest.MonkeyPatch
):
    server = ThreadingHTTPServer(("127.0.0.1", 0), CallerIdentity)
    thread = Thread(target=server.serve_forever)
    thread.start()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIATEST",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_ENDPOINT_URL_STS": f"http://127.0.0.1:{server.server_port}",
        "AWS_ENDPOINT_URL_EC2": "notaurl",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    try:
        results = results_by_check(project)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert {name: (results[name].state, results[name].message) for name in ("credentials", "region")} == {
        "credentials": ("ok", "account 123456789012, as user/ann"),
        "region": (
            "problem",
            "the AWS settings can't be used: AWS_ENDPOINT_URL_EC2: Invalid endpoint: notaurl",
        ),
    }
    for name in ("rights", "quotas"):
        assert results[name].state == "problem"
        assert results[name].message.startswith("AWS can't be reached")
    assert results["archive"].state == "ok"


def test_a_configured_archive_that_is_missing_is_a_problem(project: Path):
    write(project, "archive: nowhere.zip")
    result = results_by_check(project)["archive"]
    assert result.state == "problem"
    assert "There is no archive at" in result.message
    assert result.fix == "`iris pack --target aws-arm64`"


def test_each_shape_has_an_archive_of_its_own(project: Path):
    write(project, "compute: both", "archive: iris.zip", "functionArchive: nowhere.zip")
    results = results_by_check(project)
    assert (results["archive"].state, results["functionArchive"].state) == ("ok", "problem")
    assert results["functionArchive"].fix == "`iris pack --target lambda-arm64`"


def test_the_report_is_a_table_or_json_and_the_exit_status_is_1_after_a_problem(
    project: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("scripts.deploy.doctor.PROJECT", project)
    table = CliRunner().invoke(doctor, ["--stack", "prod"])
    assert table.exit_code == 1
    assert "no AWS credentials were found" in table.stdout
    assert "->" in table.stdout
    data = CliRunner().invoke(doctor, ["--stack", "prod", "--format", "json"])
    assert data.exit_code == 1
    states = {result["check"]: result["state"] for result in json.loads(data.stdout)}
    assert states["credentials"] == "problem"
    assert states["archive"] == "ok"
