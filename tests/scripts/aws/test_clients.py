"""Settings of Pulumi's AWS provider, as the commands read them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import botocore.loaders
import pytest

from localcloud.provisioning.pulumi_project import StackConfigError
from scripts.aws.clients import AwsSettings, aws_settings
from scripts.program.stack_values import read_aws_settings

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

ROLE = "arn:aws:iam::123456789012:role/deployer"


@pytest.fixture(autouse=True)
def empty_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    (tmp_path / "config").write_text("[profile work]\nregion = eu-north-1\n")
    (tmp_path / "credentials").write_text(
        "[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = secret\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  aws:region: eu-west-1\n  aws:profile: work\n")
    return tmp_path


def access_key(config: dict[str, str]) -> str:
    """Return the access key with which a client of these settings signs."""
    url = aws_settings(config, "Pulumi.prod.yaml").clients("lambda").generate_presigned_url("list_functions")
    return parse_qs(urlsplit(url).query)["X-Amz-Credential"][0].partition("/")[0]


@contextmanager
def answering_sts() -> Generator[tuple[str, list[dict[str, list[str]]]]]:
    """Serve sts:AssumeRole on loopback; yield its URL and the requests, each of them with its signer."""
    requests: list[dict[str, list[str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Answer one request."""
            body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            signer = self.headers.get("Authorization", "Credential=/").partition("Credential=")[2]
            requests.append({**body, "signer": [signer.partition("/")[0]]})
            action = body["Action"][0]
            answer = (
                f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>'
                f"<AccessKeyId>ASIAROLE{len(requests)}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
                "<SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>"
                f"</Credentials></{action}Result></{action}Response>"
            ).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - a name of http.server
            """Write nothing to standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("name", ["prod", "acme/prod", "acme/shop/prod"])
def test_a_stack_may_be_named_with_its_organisation_and_project(folder: Path, name: str):
    settings = read_aws_settings(folder, name)
    assert (settings.region, settings.profile) == ("eu-west-1", "work")


def test_the_region_of_a_deployed_stack_counts(folder: Path):
    assert read_aws_settings(folder, "prod", region="us-east-2").region == "us-east-2"


# https://www.pulumi.com/registry/packages/aws/installation-configuration/: the configuration, AWS_REGION,
# AWS_DEFAULT_REGION, the profile.
def test_the_region_is_read_in_the_order_of_pulumi(monkeypatch: pytest.MonkeyPatch):
    found = [aws_settings({"profile": "work"}, "").region]
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-1")
    found.append(aws_settings({"profile": "work"}, "").region)
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    found.append(aws_settings({"profile": "work"}, "").region)
    found.append(aws_settings({"profile": "work", "region": "eu-west-1"}, "").region)
    assert found == ["eu-north-1", "us-west-1", "us-west-2", "eu-west-1"]


def test_without_any_region_the_error_names_the_ways_to_set_one():
    with pytest.raises(StackConfigError, match=r"Pulumi\.prod\.yaml sets no aws:region.*AWS_REGION"):
        aws_settings({}, "Pulumi.prod.yaml")


def test_a_profile_of_the_stack_precedes_keys_of_the_environment():
    assert access_key({"region": "eu-west-1"}) == "AKIAENVIRONMENT"
    assert access_key({"region": "eu-west-1", "profile": "work"}) == "AKIAWORK"


def test_shared_files_of_the_stack_replace_those_of_the_environment(tmp_path: Path):
    (tmp_path / "ours").write_text("[team]\naws_access_key_id = AKIATEAM\naws_secret_access_key = secret\n")
    (tmp_path / "regions").write_text("[profile team]\nregion = ap-south-1\n")
    config = {
        "profile": "team",
        "sharedConfigFiles": json.dumps([str(tmp_path / "regions")]),
        "sharedCredentialsFiles": json.dumps([str(tmp_path / "ours")]),
    }
    assert (aws_settings(config, "").region, access_key(config)) == ("ap-south-1", "AKIATEAM")


def test_several_shared_files_are_refused_in_one_line():
    with pytest.raises(StackConfigError, match="aws:sharedConfigFiles has to be a list of one file"):
        aws_settings({"region": "eu-west-1", "sharedConfigFiles": '["a", "b"]'}, "Pulumi.prod.yaml")


def test_keys_of_the_stack_precede_all_others():
    keys = {"accessKey": "AKIASTACK", "secretKey": "secret", "profile": "work"}
    assert access_key({"region": "eu-west-1", **keys}) == "AKIASTACK"


def test_an_encrypted_key_is_refused_in_one_line():
    with pytest.raises(StackConfigError, match="encrypted aws:secretKey") as raised:
        aws_settings({"region": "eu-west-1", "secretKey": '{"secure": "v1:abc"}'}, "Pulumi.prod.yaml")
    assert "\n" not in str(raised.value)


def test_a_setting_that_only_pulumi_needs_may_be_encrypted():
    config = {"region": "eu-west-1", "defaultTags": '{"secure": "v1:abc"}'}
    assert aws_settings(config, "Pulumi.prod.yaml").region == "eu-west-1"


# Security Token Service API reference, "AssumeRole"; Pulumi's AWS provider, `assumeRoles`.
def test_every_property_of_a_role_is_an_argument_of_its_request():
    role = {
        "roleArn": ROLE,
        "sessionName": "iris",
        "externalId": "ours",
        "policy": "{}",
        "sourceIdentity": "me",
        "transitiveTagKeys": ["team"],
        "policyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        "tags": {"team": "a"},
        "duration": "1h5m30s",
    }
    found = aws_settings({"region": "eu-west-1", "assumeRoles": json.dumps([role, {"roleArn": "b"}])}, "")
    assert found.roles == [
        {
            "RoleArn": ROLE,
            "RoleSessionName": "iris",
            "ExternalId": "ours",
            "Policy": "{}",
            "SourceIdentity": "me",
            "TransitiveTagKeys": ["team"],
            "PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
            "Tags": [{"Key": "team", "Value": "a"}],
            "DurationSeconds": 3_600 + 5 * 60 + 30,
        },
        {"RoleArn": "b"},
    ]


def test_a_role_is_assumed_with_the_credentials_of_the_one_before():
    roles = [
        {"roleArn": ROLE, "sessionName": "iris", "externalId": "ours", "duration": "1h30m"},
        {"roleArn": f"{ROLE}-inner"},
    ]
    with answering_sts() as (url, requests):
        config = {
            "region": "eu-west-1",
            "profile": "work",
            "assumeRoles": json.dumps(roles),
            "endpoints": json.dumps([{"sts": url, "autoscaling": "http://127.0.0.1:1"}]),
        }
        key = access_key(config)
    first, second = requests
    assert (first["signer"], second["signer"], key) == (["AKIAWORK"], ["ASIAROLE1"], "ASIAROLE2")
    assert first["RoleArn"] == [ROLE]
    assert (first["RoleSessionName"], first["ExternalId"], first["DurationSeconds"]) == (
        ["iris"],
        ["ours"],
        ["5400"],
    )
    assert second["RoleArn"] == [f"{ROLE}-inner"]


def test_a_role_is_assumed_with_a_web_identity_token(tmp_path: Path):
    (tmp_path / "token").write_text("eyJhbGciOiJSUzI1NiJ9\n")
    role = {"roleArn": ROLE, "webIdentityTokenFile": str(tmp_path / "token")}
    with answering_sts() as (url, requests):
        config = {
            "region": "eu-west-1",
            "assumeRoleWithWebIdentity": json.dumps(role),
            "endpoints": json.dumps([{"sts": url}]),
        }
        assert access_key(config) == "ASIAROLE1"
    assert requests[0]["Action"] == ["AssumeRoleWithWebIdentity"]
    assert requests[0]["WebIdentityToken"] == ["eyJhbGciOiJSUzI1NiJ9"]


# Pulumi's AWS provider, `assumeRoles`: roles are assumed with the credentials of the web identity.
def test_a_role_is_assumed_with_the_credentials_of_a_web_identity():
    with answering_sts() as (url, requests):
        config = {
            "region": "eu-west-1",
            "assumeRoleWithWebIdentity": json.dumps(
                {"roleArn": ROLE, "webIdentityToken": "eyJhbGciOiJSUzI1NiJ9"}
            ),
            "assumeRoles": json.dumps([{"roleArn": f"{ROLE}-inner"}]),
            "endpoints": json.dumps([{"sts": url}]),
        }
        assert access_key(config) == "ASIAROLE2"
    assert [each["Action"] for each in requests] == [["AssumeRoleWithWebIdentity"], ["AssumeRole"]]
    assert requests[1]["signer"] == ["ASIAROLE1"]


def test_an_endpoint_of_the_stack_is_called():
    endpoints = [{"autoscaling": "http://127.0.0.1:1", "servicequotas": "http://127.0.0.1:2"}]
    clients = aws_settings({"region": "eu-west-1", "endpoints": json.dumps(endpoints)}, "").clients
    assert clients("autoscaling").meta.endpoint_url == "http://127.0.0.1:1"
    assert clients("service-quotas").meta.endpoint_url == "http://127.0.0.1:2"
    assert clients("ec2").meta.endpoint_url == "https://ec2.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("assumeRoles", "[{}]"),
        ("assumeRoles", "a role"),
        ("assumeRoles", '[{"roleArn": "x", "duration": "soon"}]'),
        ("assumeRoleWithWebIdentity", '{"roleArn": "x"}'),
        ("endpoints", "[5]"),
    ],
)
def test_settings_of_another_form_are_refused_in_one_line(key: str, text: str):
    with pytest.raises(StackConfigError, match=r"Pulumi\.prod\.yaml") as raised:
        aws_settings({"region": "eu-west-1", key: text}, "Pulumi.prod.yaml")
    assert "\n" not in str(raised.value)


def test_the_sessions_of_a_process_read_the_description_of_a_service_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def metadata() -> Mapping[str, str]:
        clients = AwsSettings(
            region="eu-west-1",
            keys={"aws_access_key_id": "id", "aws_secret_access_key": "secret"},
            endpoints={},
        ).clients
        return clients("sts").meta.service_model.metadata

    assert metadata() is metadata()
    # Descriptions of the operator's own count, too.
    own = botocore.loaders.create_loader().load_service_model("sts", "service-2")
    own["metadata"]["serviceFullName"] = "Own"
    file = tmp_path / "sts" / "2011-06-15" / "service-2.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(own))
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert metadata()["serviceFullName"] == "Own"
