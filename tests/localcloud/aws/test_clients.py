"""Clients of a local cloud, on a machine whose AWS settings are about AWS itself, or wrong."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import EndpointConnectionError
from click.testing import CliRunner

from localcloud.aws.clients import Api, NotLocalError, shared_api
from localcloud.aws.credentials import generate_credentials
from scripts.local.local import local

if TYPE_CHECKING:
    from pathlib import Path

CLOSED = "http://127.0.0.1:1"
"""URL at which nothing answers."""

SETTINGS = {
    "AWS_PROFILE": "nowhere",
    "AWS_DEFAULT_PROFILE": "nowhere",
    "AWS_CONFIG_FILE": "malformed",
    "AWS_SHARED_CREDENTIALS_FILE": "malformed",
    "AWS_MAX_ATTEMPTS": "many",
    "AWS_RETRY_MODE": "never",
    "AWS_DEFAULTS_MODE": "none",
    "AWS_CA_BUNDLE": "/nowhere.pem",
    "AWS_ENDPOINT_URL": "notaurl",
    "AWS_ENDPOINT_URL_EC2": "notaurl",
    "AWS_REQUEST_CHECKSUM_CALCULATION": "perhaps",
    "AWS_STS_REGIONAL_ENDPOINTS": "nowhere",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_REGION": "nowhere",
}


@pytest.fixture(params=SETTINGS)
def setting(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    value = SETTINGS[request.param]
    if value == "malformed":
        (tmp_path / "malformed").write_text("[[[")
        value = str(tmp_path / "malformed")
    monkeypatch.setenv(request.param, value)


@pytest.mark.usefixtures("setting")
def test_a_local_cloud_reads_no_setting_of_aws():
    api = Api(CLOSED, "us-east-1")
    client = api.client("ec2")
    assert (client.meta.endpoint_url, client.meta.region_name) == (CLOSED, "us-east-1")
    with pytest.raises(EndpointConnectionError):
        client.describe_vpcs()


@pytest.mark.parametrize("url", ["notaurl", "http://[", "https://ec2.us-east-1.amazonaws.com", ""])
def test_an_endpoint_elsewhere_is_refused(url: str):
    with pytest.raises(NotLocalError, match="is not on this machine"):
        Api(url, "us-east-1")


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("notaurl", "is in use"),
        ("http://[", "is in use"),
        ("https://vpce-1.ec2.us-east-1.vpce.amazonaws.com", "is in use"),
        # That of a LocalStack here is taken, which no function can be served by.
        (CLOSED, "compute=lambda needs its own LocalStack"),
    ],
)
def test_up_takes_only_an_endpoint_of_this_machine_from_the_environment(
    url: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        words = ["up", "--home", str(tmp_path), "--config", "compute=lambda", "--localstack-port", port]
        refused = CliRunner().invoke(local, words)
    assert refused.exit_code == 1
    assert complaint in refused.stderr


def test_a_process_reads_the_description_of_a_service_once():
    first, second = Api(CLOSED, "us-east-1").client("ssm"), Api(CLOSED, "eu-west-1").client("ssm")
    assert first is not second
    assert first.meta.service_model.metadata is second.meta.service_model.metadata


def test_clients_are_shared_until_the_key_changes():
    key, other = generate_credentials(), generate_credentials()
    assert shared_api(CLOSED, "us-east-1", key) is shared_api(CLOSED, "us-east-1", replace(key))
    assert shared_api(CLOSED, "us-east-1", key) is not shared_api(CLOSED, "us-east-1", other)
