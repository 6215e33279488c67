"""Attacks on a running LocalStack: requests without a signature change nothing and reveal nothing."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, cast

import httpx
import psutil
import pytest
from botocore.exceptions import ClientError

from localcloud.aws.clients import Api
from localcloud.aws.credentials import DUMMY, Credentials
from localcloud.aws.signing import signed_headers
from localcloud.health_probe import NO_CERTIFICATES
from localcloud.processes import find_free_port
from tests.localcloud.localstack.access.attack_results import attack_resources
from tests.localcloud.localstack.access.raw_http import RawRequest
from tests.localcloud.localstack.lambda_api.rest_api import make_rest_api
from tests.localcloud.localstack.running import KEY, LOG, REGION, files_in, spawn

if TYPE_CHECKING:
    from pathlib import Path

    from tests.localcloud.localstack.lambda_api.functions import Functions
    from tests.localcloud.localstack.lambda_api.rest_api import DeployedRestApi
    from tests.localcloud.localstack.running import Running

CREATE = "?Action=CreateTopic&Name=attack&Version=2010-03-31"
TOPIC = f"/{CREATE}"
TOPIC_FORM = b"Action=CreateTopic&Name=attack&Version=2010-03-31"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PARAMETER = json.dumps({"Name": "attack", "Value": "x", "Type": "String"}).encode()
PUT_PARAMETER = {"X-Amz-Target": "AmazonSSM.PutParameter", "Content-Type": "application/x-amz-json-1.1"}
DUMMY_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20261128/eu-central-1/sns/aws4_request, SignedHeaders=host, Signature=0"
)

UNSIGNED = [
    RawRequest("query in an address", target=TOPIC),
    RawRequest("query in a form", "POST", "/", FORM, TOPIC_FORM),
    RawRequest("query in a form of plain text", "POST", "/", {"Content-Type": "text/plain"}, TOPIC_FORM),
    RawRequest("JSON", "POST", "/", PUT_PARAMETER, PARAMETER),
    RawRequest("JSON as plain text", "POST", "/", PUT_PARAMETER | {"Content-Type": "text/plain"}, PARAMETER),
    RawRequest("bucket by path", "PUT", "/attack"),
    RawRequest("bucket by host", "PUT", "/", hosts=("attack.s3.localhost.localstack.cloud",)),
    RawRequest("no scheme of authorization", target=TOPIC, headers={"Authorization": "x"}),
    RawRequest("LocalStack's dummy key", target=TOPIC, headers={"Authorization": DUMMY_AUTHORIZATION}),
    RawRequest("internal call", target=TOPIC, headers={"x-localstack-data": "{}"}),
    RawRequest("forwarded", target=TOPIC, headers={"X-Forwarded-Host": "127.0.0.1"}),
    RawRequest("foreign host", target=TOPIC, hosts=("evil.example",)),
    RawRequest("host that resolves to us", target=TOPIC, hosts=("localhost.localstack.cloud:4566",)),
    RawRequest("absolute target", target=f"http://127.0.0.1{TOPIC}"),
    RawRequest("absolute target elsewhere", target=f"http://evil.example{TOPIC}"),
    RawRequest("from another site", target=TOPIC, headers={"Sec-Fetch-Site": "cross-site"}),
    RawRequest("from a page", "POST", "/", FORM | {"Origin": "http://evil.example"}, TOPIC_FORM),
    RawRequest("preflight", "OPTIONS", TOPIC, {"Origin": "null", "Access-Control-Request-Method": "POST"}),
    RawRequest("health", target="/_localstack/health"),
    RawRequest("information", target="/_localstack/info"),
    RawRequest("restart", "POST", "/_localstack/health", body=b'{"action": "restart"}'),
    RawRequest("sent messages", target="/_aws/sns/sms-messages"),
    RawRequest("stacks' page", target="/_localstack/cloudformation/deploy"),
    RawRequest("function by address", hosts=("x.lambda-url.eu-central-1.localhost",)),
    RawRequest("no host", target=TOPIC, hosts=()),
    RawRequest("two hosts", target=TOPIC, hosts=("127.0.0.1", "evil.example")),
    RawRequest("dots", target="/_aws/execute-api/x/y/../../../../?Action=CreateTopic&Name=attack"),
]
"""Requests that LocalStack itself would answer, most of them by creating a resource named attack."""

STAGE_TRICKS = [
    RawRequest("query", target=CREATE),
    RawRequest("form", "POST", "", FORM, TOPIC_FORM),
    RawRequest("JSON", "POST", "", PUT_PARAMETER, PARAMETER),
    RawRequest("dummy key", "POST", "", FORM | {"Authorization": DUMMY_AUTHORIZATION}, TOPIC_FORM),
    RawRequest("internal call", "POST", "", FORM | {"x-localstack-data": "{}"}, TOPIC_FORM),
    RawRequest("bucket", "PUT", ""),
    RawRequest(
        "presigned", target=f"{CREATE}&X-Amz-Credential=test%2F20261128%2F{REGION}%2Fsns%2Faws4_request"
    ),
]
"""Requests to a stage for which LocalStack would guess another API."""


@pytest.fixture(scope="module")
def api(functions: Functions) -> DeployedRestApi:
    return make_rest_api(functions, "guarded")


@pytest.mark.parametrize("attack", UNSIGNED, ids=str)
def test_an_unsigned_request_is_refused_and_changes_nothing(localstack: Running, attack: RawRequest) -> None:
    reply = attack.send(localstack.port)

    assert reply.status in {400, 403}  # 400 by the web server for a request with two hosts
    assert b"services" not in reply.body
    assert attack_resources(localstack) == set()
    assert localstack.process.poll() is None


@pytest.mark.parametrize("trick", STAGE_TRICKS, ids=str)
@pytest.mark.parametrize(
    "stage",
    ["/_aws/execute-api/{api}/live", "/restapis/{api}/live/_user_request_", "/_aws/execute-api/nothing/live"],
    ids=["deployed", "deprecated", "not deployed"],
)
def test_a_stage_accepts_unsigned_requests_and_leads_to_no_other_api(
    localstack: Running, api: DeployedRestApi, trick: RawRequest, stage: str
) -> None:
    base = stage.format(api=api.api_id)
    for rest in ("", "/", "/x"):
        reply = replace(trick, target=base + rest + trick.target).send(localstack.port)
        assert reply.status == (404 if "nothing" in stage else 200), reply.body
    assert attack_resources(localstack) == set()


@pytest.mark.parametrize(
    "rest",
    [
        "/../../../_localstack/health",
        "/%2e%2e/%2e%2e/x",
        "/..%2f..%2f_localstack/health",
        "/..\\..\\x",
        "/%5c..",
    ],
)
def test_no_path_leads_out_of_a_stage(localstack: Running, api: DeployedRestApi, rest: str) -> None:
    target = f"/_aws/execute-api/{api.api_id}/live{rest}"

    assert RawRequest("", target=target).send(localstack.port).status == 403


def test_a_page_of_another_site_can_call_a_stage_as_its_cors_allows(
    localstack: Running, api: DeployedRestApi
) -> None:
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    target = f"/_aws/execute-api/{api.api_id}/live/x"

    reply = RawRequest("", target=target, headers=headers).send(localstack.port)

    assert reply.status == 200
    event = json.loads(reply.body)
    assert event["headers"]["Origin"] == "https://elsewhere.example"


@pytest.mark.parametrize(
    "target",
    ["/", "/_localstack/health", "/_aws/execute-api/{api}/live/x", "/?Action=CreateTopic&Name=attack"],
)
def test_a_websocket_handshake_is_refused(localstack: Running, api: DeployedRestApi, target: str) -> None:
    # RFC 6455, section 4.1.
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    for extra in ({}, {"Origin": "http://evil.example"}):
        request = RawRequest("", target=target.format(api=api.api_id), headers=headers | extra)
        assert request.send(localstack.port).status == 403
    assert attack_resources(localstack) == set()


@pytest.mark.parametrize(
    "extra", [{"Origin": "http://127.0.0.1:8080"}, {"Sec-Fetch-Site": "same-site"}, {"Host": "evil.example"}]
)
def test_even_a_signed_request_is_refused_from_a_page(localstack: Running, extra: dict[str, str]) -> None:
    url = f"{localstack.api.endpoint}/_localstack/health"
    signed = signed_headers("GET", url, localstack.api)

    assert httpx.get(url, headers=signed, trust_env=False, verify=NO_CERTIFICATES).status_code == 200
    assert httpx.get(url, headers=signed | extra, trust_env=False, verify=NO_CERTIFICATES).status_code == 403


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (DUMMY, "InvalidClientTokenId"),
        (Credentials("AKIAIOSFODNN7EXAMPLE", "x"), "InvalidClientTokenId"),
        (None, "SignatureDoesNotMatch"),
    ],
    ids=["dummy", "AWS's", "wrong secret"],
)
@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("sts", "get_caller_identity"),
        ("ssm", "describe_parameters"),
        ("lambda", "list_functions"),
        ("s3", "list_buckets"),
        ("ec2", "describe_vpcs"),
        ("apigateway", "get_rest_apis"),
    ],
)
def test_another_key_is_refused_with_an_error_that_boto3_understands(
    localstack: Running, key: Credentials | None, code: str, service: str, operation: str
) -> None:
    wrong_key = key or Credentials(localstack.api.credentials.access_key_id, "wrong")
    client = Api(localstack.api.endpoint, REGION, wrong_key).client_by_name(service)

    with pytest.raises(ClientError) as error:
        getattr(client, operation)()

    assert cast("Any", error.value.response)["Error"]["Code"] == code


def test_the_account_is_localstacks_default(localstack: Running) -> None:
    assert localstack.client("sts").get_caller_identity()["Account"] == "000000000000"


def test_a_presigned_url_is_valid_only_for_its_request(localstack: Running) -> None:
    s3 = localstack.client("s3")
    s3.create_bucket(Bucket="shared", CreateBucketConfiguration={"LocationConstraint": REGION})
    where = {"Bucket": "shared", "Key": "a key/with a slash"}

    upload = s3.generate_presigned_url("put_object", Params=where)
    assert httpx.put(upload, content=b"hello", trust_env=False, verify=NO_CERTIFICATES).status_code == 200
    url = s3.generate_presigned_url("get_object", Params=where)
    assert httpx.get(url, trust_env=False, verify=NO_CERTIFICATES).content == b"hello"

    other_client = Api(localstack.api.endpoint, REGION).client("s3")
    for other in (
        url.replace("a%20key", "b%20key"),
        re.sub("Signature=..", "Signature=00", url),
        re.sub("Expires=3600", "Expires=7200", url),
        url + "&acl",
        url.partition("?")[0],
        other_client.generate_presigned_url("get_object", Params=where),
    ):
        assert other != url
        assert httpx.get(other, trust_env=False, verify=NO_CERTIFICATES).status_code == 403
    assert httpx.delete(url, trust_env=False).status_code == 403
    assert (
        httpx.get(url, headers={"Origin": "null"}, trust_env=False, verify=NO_CERTIFICATES).status_code == 403
    )


def test_a_service_that_the_stack_does_not_use_is_off_even_for_signed_requests(localstack: Running) -> None:
    client = localstack.client("cloudformation")

    with pytest.raises(ClientError, match="'cloudformation' is not") as error:
        client.create_stack(StackName="attack", TemplateBody='{"Resources": {}}')

    assert cast("Any", error.value.response)["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_the_credentials_of_a_function_are_refused(
    localstack: Running, functions: Functions, deeds: str
) -> None:
    given = functions.describe(deeds)["environment"]
    key = Credentials(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"])

    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        Api(localstack.api.endpoint, REGION, key).client("sts").get_caller_identity()
    assert localstack.api.credentials.secret_access_key not in str(given)
    assert str(localstack.key_file) not in str(given)


def test_the_secret_is_in_no_log_environment_or_argument(localstack: Running, functions: Functions) -> None:
    secret = localstack.api.credentials.secret_access_key
    url = f"{localstack.api.endpoint}/_localstack/health"
    httpx.get(
        url, headers=signed_headers("GET", url, localstack.api), trust_env=False, verify=NO_CERTIFICATES
    )

    assert secret not in (localstack.folder / LOG).read_text()
    for process in [psutil.Process(localstack.process.pid), *functions.processes()]:
        assert secret not in str(process.environ())
        assert secret not in str(process.cmdline())
    for path, found in files_in(localstack.volume):
        if S_ISREG(found.st_mode):
            with suppress(FileNotFoundError):
                assert secret.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"], ids=["no file", "an empty file", "no text"])
def test_localstack_does_not_start_without_a_key(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / KEY).write_bytes(content)
    with spawn(tmp_path, find_free_port()) as process:
        assert process.wait(60) != 0
    (line,) = (tmp_path / LOG).read_text().splitlines()
    assert line.startswith(f"LocalStack has no access key in {tmp_path / KEY}: ")
