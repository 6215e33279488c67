"""REST API of a function, and its client."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING, Any

from tests.localcloud.localstack.lambda_api.functions import TIMEOUT, WEB
from tests.localcloud.localstack.running import REGION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.localcloud.localstack.lambda_api.functions import Functions

STAGE = "live"


@dataclass(frozen=True)
class Reply:
    """HTTP response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> list[str]:
        return [value for each, value in self.headers if each.lower() == name.lower()]

    @property
    def event(self) -> dict[str, Any]:
        """Event that the function received and returned."""
        assert self.status == 200, self.body
        return json.loads(self.body)


@dataclass(frozen=True)
class DeployedRestApi:
    """Stage of a REST API at its address on this machine."""

    port: int
    api_id: str

    def send(
        self, method: str, target: str = "", body: bytes = b"", headers: Iterable[tuple[str, str]] = ()
    ) -> Reply:
        """Send a request without added headers or a normalised target."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            path = f"/_aws/execute-api/{self.api_id}/{STAGE}{target}"
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if body:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            response: HTTPResponse = connection.getresponse()
            return Reply(response.status, response.getheaders(), response.read())
        finally:
            connection.close()


def make_rest_api(
    functions: Functions, name: str, milliseconds: int = 29_000, timeout: int = TIMEOUT, **settings: Any
) -> DeployedRestApi:
    """Create an API that passes every request to a function's alias.

    Args:
        functions: factory of its function.
        name: name of the API and of its function.
        milliseconds: timeout of the API.
        timeout: timeout of the function in seconds.
        settings: other parameters of the API.
    """
    client = functions.localstack.client("apigateway")
    function = functions.make(name, WEB, Publish=True, Timeout=timeout)
    alias = functions.client.create_alias(FunctionName=function, Name="live", FunctionVersion="1")["AliasArn"]
    api = client.create_rest_api(name=name, **settings)
    root = client.get_resources(restApiId=api["id"])["items"][0]["id"]
    rest = client.create_resource(restApiId=api["id"], parentId=root, pathPart="{proxy+}")["id"]
    for resource in (root, rest):
        place = {"restApiId": api["id"], "resourceId": resource, "httpMethod": "ANY"}
        client.put_method(**place, authorizationType="NONE")
        client.put_integration(
            **place,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            timeoutInMillis=milliseconds,
            uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{alias}/invocations",
        )
    deployment = client.create_deployment(restApiId=api["id"])["id"]
    client.create_stage(restApiId=api["id"], stageName=STAGE, deploymentId=deployment)
    return DeployedRestApi(functions.localstack.port, api["id"])
