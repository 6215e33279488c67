"""Errors of provisioning. The resources themselves are tested on a real LocalStack."""

from __future__ import annotations

import gc
import os
import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from localcloud.aws.clients import Api
from localcloud.provisioning import registry
from localcloud.provisioning.engine import provision
from localcloud.provisioning.provision_error import ProvisionError
from tests.listening import closed_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def run(program: str, folder: Path, port: int | None = None) -> dict[str, object]:
    """Run a program against an endpoint at a port; by default, without a listener."""
    (folder / "__main__.py").write_text(program)
    with closed_port() as silent:
        api = Api(f"http://127.0.0.1:{port or silent}", "us-east-1")
        return provision(folder, project="shop", stack="dev", config={}, api=api)


def test_an_unsupported_resource_type_is_named(tmp_path: Path):
    program = "import pulumi_aws as aws\naws.sqs.Queue('orders')"
    with pytest.raises(
        ProvisionError, match=r"aws:sqs/queue:Queue 'orders'.*does not support aws:sqs/queue:Queue: "
    ):
        run(program, tmp_path)


def test_an_unsupported_data_source_is_named(tmp_path: Path):
    program = "import pulumi_aws as aws\naws.get_billing_service_account()"
    with pytest.raises(ProvisionError, match=r"does not support aws:index/getBillingServiceAccount"):
        run(program, tmp_path)


def test_an_input_without_a_parameter_is_named(tmp_path: Path):
    program = "import pulumi_aws as aws\naws.ec2.Vpc('net', assign_generated_ipv6_cidr_block=True)"
    with pytest.raises(ProvisionError, match=r"'net': the input 'assignGeneratedIpv6CidrBlock' has no"):
        run(program, tmp_path)


def test_no_resource_is_created_after_a_failure(tmp_path: Path):
    program = (
        "import pulumi_aws as aws\naws.sqs.Queue('orders')\n"
        "for n in range(50):\n    aws.ec2.Vpc(f'net-{n}', cidr_block='10.0.0.0/16')"
    )
    with socket.create_server(("127.0.0.1", 0)) as endpoint:
        endpoint.setblocking(False)
        with pytest.raises(ProvisionError, match=r"does not support aws:sqs/queue:Queue"):
            run(program, tmp_path, endpoint.getsockname()[1])
        with pytest.raises(BlockingIOError):  # no client has connected
            endpoint.accept()


@pytest.mark.usefixtures("signal_handlers")
def test_no_resource_is_created_after_an_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    created: list[str] = []

    def create(_api: Api, _type: str, name: str, _inputs: object) -> tuple[str, dict[str, object]]:
        created.append(name)
        if len(created) == 5:
            os.kill(os.getpid(), signal.SIGINT)
        if len(created) >= 5:
            time.sleep(0.1)  # the main thread cancels the run meanwhile
        return f"vpc-{len(created)}", {}

    monkeypatch.setattr(registry, "create", create)
    program = (
        "import pulumi, pulumi_aws as aws\nfor n in range(50):\n"
        "    pulumi.export(f'net-{n}', aws.ec2.Vpc(f'net-{n}', cidr_block='10.0.0.0/16').id)"
    )
    with pytest.raises(KeyboardInterrupt):
        run(program, tmp_path)
    assert 5 <= len(created) < 40


def test_an_endpoint_without_a_listener_is_named(tmp_path: Path):
    program = "import pulumi_aws as aws\naws.ec2.Vpc('net', cidr_block='10.0.0.0/16')"
    with pytest.raises(ProvisionError, match=r"aws:ec2/vpc:Vpc 'net': .*127\.0\.0\.1"):
        run(program, tmp_path)


def test_the_outputs_of_a_program_are_returned_by_name(tmp_path: Path):
    assert run("import pulumi\npulumi.export('url', pulumi.Output.from_input('x'))", tmp_path) == {"url": "x"}


def test_an_error_of_the_program_keeps_its_message(tmp_path: Path):
    with pytest.raises(ProvisionError, match=r"^too few zones$"):
        run("import pulumi\nraise pulumi.RunError('too few zones')", tmp_path)


@pytest.fixture
def _frequent_collections() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("_frequent_collections")
def test_garbage_is_looked_for_seldom_during_a_run_and_as_often_afterwards_as_before(tmp_path: Path):
    exported = run("import gc, pulumi\npulumi.export('threshold', gc.get_threshold()[0])", tmp_path)
    assert exported == {"threshold": 100_000}
    assert gc.get_threshold() == (700, 10, 10)
