"""Unusable AWS settings of a machine: each is a finding with advice that fits, from botocore itself."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

import pytest
from botocore import exceptions
from botocore.exceptions import BotoCoreError

from scripts.aws.clients import aws_settings, clients_of_region, environment_session
from scripts.aws.errors import advice, is_unreachable
from scripts.deploy.checks.account import check_credentials

if TYPE_CHECKING:
    from pathlib import Path

    from localcloud.aws.client_factory import ClientFactory

KEYS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secret"}

SSO = "[profile a]\nsso_session=s\nsso_account_id=1\nsso_role_name=r\n"
SSO_SESSION = "[sso-session s]\nsso_region=eu-west-1\nsso_start_url=https://example.awsapps.com/start\n"
ROLE = "role_arn=arn:aws:iam::123456789012:role/x"

SETTINGS = "correct the AWS_ variables"

# Environment, AWS_CONFIG_FILE, what the finding says, what it advises.
UNUSABLE: Final[dict[str, tuple[dict[str, str], str | bytes, str, str]]] = {
    "endpoint that is no URL": (
        KEYS | {"AWS_ENDPOINT_URL": "notaurl"},
        "",
        "AWS_ENDPOINT_URL: Invalid endpoint: notaurl",
        SETTINGS,
    ),
    "endpoint of one service": (
        KEYS | {"AWS_ENDPOINT_URL_STS": "notaurl"},
        "",
        "AWS_ENDPOINT_URL_STS: Invalid endpoint: notaurl",
        SETTINGS,
    ),
    "endpoint in the file": (
        KEYS,
        "[default]\nendpoint_url=notaurl\n",
        "Invalid endpoint: notaurl",
        SETTINGS,
    ),
    "malformed configuration file": (KEYS, "[default\nx", "Unable to parse config file", "correct that file"),
    "configuration file in UTF-16": (
        KEYS,
        "[default]".encode("utf-16"),
        "Unable to parse config file",
        "correct that file",
    ),
    "unknown profile": (
        {"AWS_PROFILE": "nowhere"},
        "",
        "The config profile (nowhere) could not be found",
        "set AWS_PROFILE",
    ),
    "circular profiles": (
        {"AWS_PROFILE": "a"},
        f"[profile a]\n{ROLE}\nsource_profile=b\n[profile b]\n{ROLE}\nsource_profile=a\n",
        "Infinite loop in credential configuration",
        SETTINGS,
    ),
    "missing source profile": (
        {"AWS_PROFILE": "a"},
        f"[profile a]\n{ROLE}\nsource_profile=nowhere\n",
        'The source_profile "nowhere" referenced in the profile "a" does not exist',
        SETTINGS,
    ),
    "failing process": (
        {"AWS_PROFILE": "a"},
        f"[profile a]\ncredential_process={sys.executable} -c 'raise SystemExit(\"no VPN\")'\n",
        "no VPN",
        "run the source of the credentials by hand",
    ),
    "missing process": (
        {"AWS_PROFILE": "a"},
        "[profile a]\ncredential_process=/nowhere/helper\n",
        "/nowhere/helper",
        SETTINGS,
    ),
    "process that prints no JSON": (
        {"AWS_PROFILE": "a"},
        "[profile a]\ncredential_process=echo hello\n",
        "Expecting value",
        SETTINGS,
    ),
    "process that prints a list": (
        {"AWS_PROFILE": "a"},
        "[profile a]\ncredential_process=echo []\n",
        "'list' object",
        SETTINGS,
    ),
    "process with an open quotation": (
        {"AWS_PROFILE": "a"},
        "[profile a]\ncredential_process=echo 'x\n",
        "No closing quotation",
        SETTINGS,
    ),
    "signed out of SSO": (
        {"AWS_PROFILE": "a"},
        SSO + SSO_SESSION,
        "Token for s does not exist",
        "run `aws sso login`",
    ),
    "missing SSO session": (
        {"AWS_PROFILE": "a"},
        SSO,
        'The specified sso-session does not exist: "s"',
        SETTINGS,
    ),
    "half of a key": (
        {"AWS_ACCESS_KEY_ID": "AKIATEST"},
        "",
        "missing: AWS_SECRET_ACCESS_KEY",
        "run `aws configure sso`",
    ),
    "no key": ({}, "", "no AWS credentials were found", "run `aws configure sso`"),
    "missing token file": (
        {"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x", "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere"},
        "",
        "AWS_WEB_IDENTITY_TOKEN_FILE: [Errno 2] No such file or directory: '/nowhere'",
        SETTINGS,
    ),
    "container credentials elsewhere": (
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/x"},
        "",
        "Unsupported host '192.0.2.1'",
        SETTINGS,
    ),
    "retry mode": (KEYS | {"AWS_RETRY_MODE": "foo"}, "", 'Invalid value provided to "mode"', SETTINGS),
    "attempts that are no number": (
        KEYS | {"AWS_MAX_ATTEMPTS": "foo"},
        "",
        "AWS_MAX_ATTEMPTS: invalid literal for int",
        SETTINGS,
    ),
    "defaults mode": (KEYS | {"AWS_DEFAULTS_MODE": "foo"}, "", "invalid defaults mode: foo", SETTINGS),
    "closed port": (
        KEYS | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"},
        "",
        "AWS can't be reached: Could not connect to the endpoint URL",
        "check the network",
    ),
    "missing CA bundle": (
        KEYS
        | {
            "AWS_ENDPOINT_URL": "https://127.0.0.1:1",
            "AWS_CA_BUNDLE": "/nowhere.pem",
            "AWS_MAX_ATTEMPTS": "1",
        },
        "",
        "AWS can't be reached",
        "check the network",
    ),
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home directory without settings of AWS, in an environment without any."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return tmp_path


@pytest.mark.parametrize("settings", UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_settings_are_a_finding_with_advice(
    settings: tuple[dict[str, str], str | bytes, str, str], home: Path, monkeypatch: pytest.MonkeyPatch
):
    environment, file, message, advice = settings
    (home / "config").write_bytes(file if isinstance(file, bytes) else file.encode())
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = check_credentials(aws_settings({"region": "eu-west-1"}, "Pulumi.prod.yaml").clients)
    assert (found.check, found.state) == ("credentials", "problem")
    assert message in found.message
    assert found.fix.startswith(advice)
    assert "secret" not in found.message


# botocore's exceptions by their cause: no settings, no sign-in, no network.
@pytest.mark.parametrize(
    ("error", "begins", "unreachable"),
    [
        (exceptions.ProfileNotFound(profile="a"), "set AWS_PROFILE", False),
        (exceptions.NoCredentialsError(), "run `aws configure sso`", False),
        (exceptions.PartialCredentialsError(provider="a", cred_var="b"), "run `aws configure sso`", False),
        (exceptions.LoginRefreshRequired(), "run `aws login`", False),
        (exceptions.SSOTokenLoadError(error_msg="a"), "run `aws sso login`", False),
        (exceptions.UnauthorizedSSOTokenError(), "run `aws sso login`", False),
        (exceptions.TokenRetrievalError(provider="a", error_msg="b"), "run `aws sso login`", False),
        (exceptions.CredentialRetrievalError(provider="a", error_msg="b"), "run the source of the", False),
        (exceptions.ConfigParseError(path="a"), "correct that file", False),
        (exceptions.ReadTimeoutError(endpoint_url="a"), "check the network", True),
        (exceptions.ConnectTimeoutError(endpoint_url="a"), "check the network", True),
        (exceptions.EndpointConnectionError(endpoint_url="a"), "check the network", True),
        (exceptions.ProxyConnectionError(proxy_url="a"), "check the network", True),
        (exceptions.SSLError(endpoint_url="a", error=OSError("b")), "check the network", True),
        (exceptions.ConnectionClosedError(endpoint_url="a"), "check the network", True),
        (exceptions.HTTPClientError(error=OSError("a")), "check the network", True),
        (exceptions.ConnectionError(error=OSError("a")), "check the network", True),
        (exceptions.ResponseStreamingError(error=OSError("a")), "check the network", True),
        (exceptions.NoRegionError(), "correct the AWS_ variables", False),
    ],
    ids=lambda it: type(it).__name__ if isinstance(it, Exception) else "",
)
def test_each_exception_of_botocore_has_its_advice(
    error: BotoCoreError,
    begins: str,
    unreachable: bool,  # noqa: FBT001 - a parameter of the test
):
    assert advice(error).startswith(begins)
    assert is_unreachable(error) is unreachable


def of_environment(region: str) -> ClientFactory:
    return clients_of_region(region, session=environment_session())


@pytest.mark.parametrize("factory", [clients_of_region, of_environment])
def test_clients_of_the_environment_raise_botocores_own_exception(
    factory: type, home: Path, monkeypatch: pytest.MonkeyPatch
):
    (home / "config").write_text("[profile a]\ncredential_process=/nowhere/helper\n")
    monkeypatch.setenv("AWS_PROFILE", "a")
    with pytest.raises(BotoCoreError, match="/nowhere/helper"):
        factory("eu-west-1")("cloudwatch")


def test_credentials_that_are_lost_between_two_requests_raise_it_as_well(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/x")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(home / "token"))
    pages = clients_of_region("eu-west-1")("cloudwatch").get_paginator("describe_alarms").paginate()
    with pytest.raises(BotoCoreError, match="AWS_WEB_IDENTITY_TOKEN_FILE"):
        next(iter(pages))
