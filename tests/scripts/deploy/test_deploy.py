"""`iris deploy` with a fake Pulumi CLI; the real one is not tested here."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from click.testing import CliRunner, Result
from typing_extensions import override

from scripts.deploy.deploy import deploy
from scripts.deploy.removal import orphaned_resources
from scripts.deploy.serving import smoke_test
from scripts.local.local import PROJECT
from tests.stubbed import client_of, stub

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.scripts.deploy.conftest import FakePulumi
    from tests.stubbed import Answers

IRIS = str(Path(sys.executable).with_name("iris"))


def run(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(deploy, words, input=typed)


class BootingService(BaseHTTPRequestHandler):
    """Service that answers its first request with 503."""

    calls = 0

    def do_GET(self) -> None:
        type(self).calls += 1
        self.send_response(503 if self.calls == 1 else 200)
        self.end_headers()
        self.wfile.write(b'{"specie":"Iris Setosa"}')

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """URL of a service that starts to serve, and that the stack exports."""
    monkeypatch.setattr(smoke_test, "RETRY_SECONDS", 0.05)
    BootingService.calls = 0
    with HTTPServer(("127.0.0.1", 0), BootingService) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("FAKE_PULUMI_OUTPUT", json.dumps({"url": address, "alarms": ["a", "b"]}))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield address
        server.shutdown()
        thread.join()


def test_up_enforces_the_policies_prints_the_url_and_calls_it_until_it_answers(
    fake_pulumi: FakePulumi, url: str
):
    result = run("up", "--yes", "--no-doctor")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{url}\n"
    assert "iris-archives created" in result.stderr
    assert f"curl '{url}/api/v01/classify?pl=1.4&pw=0.2&sl=5.1&sw=3.5'" in result.stderr
    assert '{"specie":"Iris Setosa"}' in result.stderr
    assert BootingService.calls == 2
    (up,) = [words for words in fake_pulumi.calls() if words[0] == "up"]
    assert up[up.index("--policy-pack") + 1] == str(PROJECT / "policy")
    assert up[up.index("--stack") + 1] == "dev"


@pytest.mark.usefixtures("url")
def test_in_a_log_each_step_is_a_line_with_its_seconds(fake_pulumi: FakePulumi):
    lines = run("up", "--yes", "--no-doctor").stderr.splitlines()
    steps = [line.rpartition(", ")[0] for line in lines if re.fullmatch(r"[A-Z].*, \d+ s", line)]
    assert steps == [
        "Previewing the changes",
        "Deploying dev",
        "Calling the service",
        "Waiting for an answer: status 503",
    ]
    assert [words[0] for words in fake_pulumi.calls() if words[0] in {"preview", "up"}] == ["preview", "up"]


def test_wait_calls_a_deployed_service_and_deploys_nothing(fake_pulumi: FakePulumi, url: str):
    result = run("wait")
    assert (result.exit_code, result.stdout) == (0, f"{url}\n")
    assert not fake_pulumi.was_called_with("up")


@pytest.mark.usefixtures("fake_pulumi")
def test_a_stack_without_a_url_was_not_deployed_completely(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FAKE_PULUMI_OUTPUT", '{"alarms": []}')
    result = run("wait")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "Error: the stack dev has no output url; was it deployed completely?"
    )


@pytest.mark.usefixtures("fake_pulumi")
@pytest.mark.parametrize(("answer", "status"), [(signal.SIGINT, 130), (b"n\n", 1), (b"", 1)])
def test_ctrl_c_at_a_question_has_its_own_exit_status(answer: signal.Signals | bytes, status: int):
    command = [IRIS, "deploy", "up", "--no-doctor"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        seen = b""
        while not seen.endswith(b"[y/N]: "):
            byte = process.stderr.read(1)
            assert byte, seen
            seen += byte
        if isinstance(answer, signal.Signals):
            process.send_signal(answer)
            # A signal that arrives just before the command reads is handled when it has read: the end.
            answer = b""
        rest = process.communicate(answer, timeout=20)[1]
    assert process.returncode == status
    assert rest.endswith(b"Aborted!\n")


def test_ctrl_c_while_waiting_says_how_to_wait_again(fake_pulumi: FakePulumi):
    process = subprocess.Popen(
        [IRIS, "deploy", "wait"],
        env={**os.environ, "FAKE_PULUMI_OUTPUT": '{"url": "http://127.0.0.1:1"}'},
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr is not None
        seen = ""
        while "Waiting for an answer" not in seen:
            line = process.stderr.readline()
            assert line, seen
            seen += line
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "`iris deploy wait --stack dev` waits again" in rest
    assert "Traceback" not in rest
    assert fake_pulumi.was_called_with("stack")


@pytest.mark.parametrize("typed", ["n\n", "\n"], ids=["no", "only the key Enter"])
def test_up_shows_the_changes_and_stops_unless_they_are_confirmed(fake_pulumi: FakePulumi, typed: str):
    result = run("up", "--no-doctor", typed=typed)
    assert result.exit_code == 1
    assert "iris-archives create" in result.stderr
    assert "Deploy these changes to the stack dev (2 create, 1 update)?" in result.stderr
    assert fake_pulumi.was_called_with("preview")
    assert not fake_pulumi.was_called_with("up")


def test_up_works_without_the_policies(fake_pulumi: FakePulumi, url: str):
    assert run("up", "--yes", "--no-doctor", "--no-policies").stdout == f"{url}\n"
    assert not any("--policy-pack" in words for words in fake_pulumi.calls())


@pytest.mark.parametrize("words", [("up", "--yes"), ("preview",)], ids=lambda words: words[0])
def test_nothing_starts_if_the_doctor_finds_a_problem(
    fake_pulumi: FakePulumi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
):
    monkeypatch.setattr("scripts.deploy.doctor.PROJECT", tmp_path)
    result = run(*words)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "Error: found 1 problem; --no-doctor continues anyway"
    assert "there is no Pulumi.yaml" in result.stderr
    assert not fake_pulumi.was_called_with("up")
    assert not fake_pulumi.was_called_with("preview")


@pytest.mark.usefixtures("fake_pulumi")
def test_an_error_of_pulumi_is_reported_in_one_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FAKE_PULUMI_FAILS", "up")
    result = run("up", "--yes", "--no-doctor")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "Error: Pulumi failed: the bucket is on strike"


# Pulumi's own words for a stack that another update has locked.
LOCKED = "[409] Conflict: Another update is currently in progress."


@pytest.mark.usefixtures("fake_pulumi")
@pytest.mark.parametrize(
    ("errors", "message"),
    [
        ("first\nsecond\nthird\nfourth", "Pulumi failed: second; third; fourth"),
        (
            LOCKED,
            "the stack dev is locked by another update; if none is running, `pulumi cancel` unlocks it",
        ),
    ],
)
def test_the_last_errors_of_pulumi_are_shown_and_a_lock_is_explained(
    errors: str, message: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FAKE_PULUMI_FAILS", "up")
    monkeypatch.setenv("FAKE_PULUMI_ERRORS", errors)
    result = run("up", "--yes", "--no-doctor")
    assert result.stderr.splitlines()[-1] == f"Error: {message}"


@pytest.mark.usefixtures("fake_pulumi")
def test_a_service_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FAKE_PULUMI_OUTPUT", '{"url": "http://127.0.0.1:1"}')
    result = run("up", "--yes", "--no-doctor", "--patience", "0")
    assert result.exit_code == 1
    assert "http://127.0.0.1:1/api/v01/classify" in result.stderr
    assert "does not answer successfully after 0 s" in result.stderr


def test_preview_changes_nothing_and_enforces_the_policies(fake_pulumi: FakePulumi):
    result = run("preview", "--no-doctor")
    assert (result.exit_code, result.stdout) == (0, "2 create, 1 update\n")
    assert not fake_pulumi.was_called_with("up")
    (preview,) = [words for words in fake_pulumi.calls() if words[0] == "preview"]
    assert preview[preview.index("--policy-pack") + 1] == str(PROJECT / "policy")


# The first deployment of a stack has none to select.
@pytest.mark.usefixtures("url")
@pytest.mark.parametrize("words", [("up", "--yes", "--no-doctor"), ("preview", "--no-doctor")])
def test_a_stack_that_does_not_exist_is_created(
    fake_pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
):
    monkeypatch.setenv("FAKE_PULUMI_NO_STACK", "yes")
    assert run(*words).exit_code == 0
    assert [call[:3] for call in fake_pulumi.calls() if call[:2] == ["stack", "init"]] == [
        ["stack", "init", "dev"]
    ]


@pytest.mark.usefixtures("fake_pulumi")
def test_json_has_the_changes_the_url_and_an_example_of_a_request(url: str):
    changes = {"create": 2, "update": 1}
    assert json.loads(run("preview", "--no-doctor", "--format", "json").stdout) == {"changes": changes}
    served = {
        "url": url,
        "example": {
            "url": f"{url}/api/v01/classify?pl=1.4&pw=0.2&sl=5.1&sw=3.5",
            "answer": '{"specie":"Iris Setosa"}',
        },
    }
    assert json.loads(run("wait", "--format", "json").stdout) == served
    up = run("up", "--yes", "--no-doctor", "--format", "json")
    assert json.loads(up.stdout) == {"changes": changes, **served}


@pytest.mark.usefixtures("fake_pulumi", "url")
def test_outputs_are_shown_as_text_one_by_one_or_as_json(url: str):
    assert run("outputs").stdout == f'url {url}\nalarms ["a", "b"]\n'
    assert run("outputs", "url").stdout == f"{url}\n"
    assert json.loads(run("outputs", "--format", "json").stdout) == {"url": url, "alarms": ["a", "b"]}
    unknown = run("outputs", "colour")
    assert unknown.exit_code == 1
    assert unknown.stderr.splitlines()[-1] == "Error: the stack dev has no output colour, only url, alarms"


def test_a_missing_stack_is_named(fake_pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FAKE_PULUMI_NO_STACK", "yes")
    result = run("outputs")
    assert result.exit_code == 1
    assert "there is no stack dev; create it with `iris deploy up --stack dev`" in result.stderr
    assert not any(words[:2] == ["stack", "init"] for words in fake_pulumi.calls())


def test_destroy_asks_for_the_name_of_the_stack(fake_pulumi: FakePulumi):
    result = run("destroy", typed="prod\n")
    assert result.exit_code == 1
    assert "This deletes the whole stack dev in us-east-1" in result.stderr
    assert result.stderr.splitlines()[-1] == "Error: the name does not match; nothing was changed"
    assert not fake_pulumi.was_called_with("destroy")


def state(*resources: Mapping[str, object]) -> str:
    """Return a state as `pulumi stack export` prints it."""
    listed = [
        {"urn": f"urn:pulumi:prod::scalable-models::{one['type']}::iris-one", "custom": True, **one}
        for one in resources
    ]
    return json.dumps({"version": 3, "deployment": {"resources": listed}})


# AWS refuses the second without any flag in the state (ELB API reference, DeleteLoadBalancer), and the third
# while it has objects (S3 API reference, DeleteBucket).
@pytest.mark.parametrize(
    ("resource", "named"),
    [
        ({"type": "aws:s3/bucket:Bucket", "protect": True, "outputs": {"forceDestroy": True}}, "the bucket"),
        (
            {"type": "aws:lb/loadBalancer:LoadBalancer", "outputs": {"enableDeletionProtection": True}},
            "the load balancer",
        ),
        ({"type": "aws:s3/bucket:Bucket", "outputs": {"forceDestroy": False}}, "the bucket"),
    ],
    ids=["flag", "load balancer", "bucket"],
)
def test_destroy_refuses_what_is_deployed_with_protection_whatever_the_file_says(
    fake_pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch, resource: dict[str, object], named: str
):
    monkeypatch.setenv("FAKE_PULUMI_EXPORT", state(resource))
    # The file of this stack has no protection.
    result = run("destroy", "--stack", "dev", "--yes")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        f"Error: the deployed stack dev is protected, and nothing was changed: {named} iris-one can't be "
        "deleted until you run `pulumi config set deletionProtection false -s dev` and "
        "`iris deploy up --stack dev --no-policies`"
    )
    assert not fake_pulumi.was_called_with("destroy")


EMPTY: dict[tuple[str, str], dict[str, Any]] = {
    ("resourcegroupstaggingapi", "get_resources"): {"ResourceTagMappingList": [], "PaginationToken": ""},
    ("ec2", "describe_volumes"): {"Volumes": []},
    ("ec2", "describe_addresses"): {"Addresses": []},
    ("ec2", "describe_vpc_endpoints"): {"VpcEndpoints": []},
    ("ec2", "describe_network_interfaces"): {"NetworkInterfaces": []},
    ("cloudwatch", "list_dashboards"): {"DashboardEntries": []},
}
"""Responses of AWS about a stack of which nothing is left."""


def destroy(monkeypatch: pytest.MonkeyPatch, **left: dict[str, Any]) -> Result:
    """Remove a stack with a VPC and a dashboard; of AWS's responses, those of `left` have something."""
    network = {"type": "aws:ec2/vpc:Vpc", "id": "vpc-1"}
    dashboard = {"type": "aws:cloudwatch/dashboard:Dashboard", "id": "iris"}
    monkeypatch.setenv("FAKE_PULUMI_EXPORT", state(network, dashboard))
    # Longer than the wait for AWS, so that it looks once.
    monkeypatch.setattr(orphaned_resources, "RETRY_SECONDS", orphaned_resources.TIMEOUT_SECONDS + 1)
    with ExitStack() as stack:
        clients: dict[str, Any] = {}
        # A removal asks for what is retained after what is left.
        asked = [*EMPTY, ("resourcegroupstaggingapi", "get_resources")]
        asked += [("logs", operation) for operation in left if operation == "describe_log_groups"]
        for service in {name for name, _ in asked}:
            clients[service] = client_of(service)
        for service, client in clients.items():
            answers = [
                (operation, None, left.get(operation) or EMPTY[of, operation])
                for of, operation in asked
                if of == service
            ]
            stack.enter_context(stub(client, cast("Answers", answers)))
        target = SimpleNamespace(region="us-east-1", tags={"stack": "dev"}, clients=clients.__getitem__)

        def load_target(_: str) -> SimpleNamespace:
            return target

        monkeypatch.setattr("scripts.deploy.deploy._load_target", load_target)
        return run("destroy", typed="dev\n")


def test_a_removed_stack_of_which_nothing_is_left_is_reported_as_such(
    fake_pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
):
    result = destroy(monkeypatch)
    assert result.exit_code == 0, result.stderr
    assert result.stderr.splitlines()[-1] == (
        "The stack dev was removed, and no resource is left that costs."
    )
    assert fake_pulumi.was_called_with("destroy")


RETAINED = "iris-instances-log-1a2b3c4"
"""Name of a log group that the program keeps on purpose."""


@pytest.mark.usefixtures("fake_pulumi")
@pytest.mark.parametrize("retained", [False, True])
def test_what_a_removed_stack_leaves_is_an_error_that_names_it(
    monkeypatch: pytest.MonkeyPatch, *, retained: bool
):
    arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{RETAINED}"
    kept: dict[str, dict[str, Any]] = {
        "get_resources": {"ResourceTagMappingList": [{"ResourceARN": arn}], "PaginationToken": ""},
        "describe_log_groups": {"logGroups": [{"logGroupName": RETAINED}]},
    }
    result = destroy(
        monkeypatch,
        **(kept if retained else {}),
        describe_volumes={"Volumes": [{"VolumeId": "vol-1", "State": "available"}]},
        describe_network_interfaces={"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1"}]},
        list_dashboards={"DashboardEntries": [{"DashboardName": "iris"}]},
    )
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "Error: the stack was removed, but AWS still has dashboard iris (billed per month), eni-1 (free, but "
        "its VPC needs it gone), vol-1 (billed per GB and month): delete them in the console"
        + (f", except what was retained on purpose: {arn} (billed per GB and month)" if retained else "")
    )


# Pulumi's own error of a protected resource does not say how to take the protection off.
def test_a_preview_that_pulumi_refuses_for_a_protected_resource_says_how_to_delete_it(
    fake_pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
):
    bucket = "aws:s3/bucket:Bucket"
    monkeypatch.setenv("FAKE_PULUMI_EXPORT", state({"type": bucket, "protect": True}))
    urn = f"urn:pulumi:prod::scalable-models::{bucket}::iris-one"
    monkeypatch.setenv("FAKE_PULUMI_STEPS", json.dumps([{"op": "delete", "urn": urn}]))
    monkeypatch.setenv("FAKE_PULUMI_FAILS", "preview")
    result = run("up", "--yes", "--no-doctor", "--no-policies")
    assert result.exit_code == 1
    assert (
        "nothing was changed: the bucket iris-one can't be deleted until you undo this change, run "
        in (result.stderr.splitlines()[-1])
    )
    assert not fake_pulumi.was_called_with("up")


def test_a_missing_cli_that_cannot_be_downloaded_is_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    result = run("outputs")
    assert result.exit_code == 1
    line = result.stderr.splitlines()[-1]
    assert line.startswith("Error: there is no Pulumi CLI on the PATH, and it can't be downloaded (")
    assert line.endswith("see https://www.pulumi.com/docs/install/")


@pytest.mark.usefixtures("fake_pulumi")
def test_a_cli_that_is_too_old_is_reported(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FAKE_PULUMI_VERSION", "v2.0.0")
    result = run("outputs")
    assert result.exit_code == 1
    assert "your current CLI version is 2.0.0" in result.stderr


def test_ctrl_c_lets_pulumi_finish_its_running_operations(fake_pulumi: FakePulumi):
    process = subprocess.Popen(
        [IRIS, "deploy", "up", "--yes", "--no-doctor"],
        env={**os.environ, "FAKE_PULUMI_SLOW": "yes"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        deadline = time.monotonic() + 20
        while ["at work"] not in fake_pulumi.calls():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        # To the whole process group, as a terminal does.
        os.killpg(process.pid, signal.SIGINT)
        _, output = process.communicate(timeout=20)
    assert process.returncode == 130
    assert ["finished"] in fake_pulumi.calls()
    assert "Pulumi finishes its running operations" in output
    assert "Traceback" not in output
