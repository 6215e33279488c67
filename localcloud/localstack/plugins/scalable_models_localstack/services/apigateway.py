"""API Gateway's REST APIs, where LocalStack hands requests to functions otherwise than AWS does.

Sources: "Lambda proxy integrations", "Binary media types for REST APIs" and "Gateway response types" in API
Gateway's developer guide; "Handling Lambda errors with an API Gateway API" in Lambda's.
"""

from __future__ import annotations

from base64 import b64encode
from concurrent.futures import Future
from functools import cache
from io import BytesIO
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.config import Config
from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to
from localstack.services.apigateway.models import apigateway_stores
from localstack.services.apigateway.next_gen.execute_api import handlers
from localstack.services.apigateway.next_gen.execute_api.gateway import RestApiGateway
from localstack.services.apigateway.next_gen.execute_api.gateway_response import (
    IntegrationFailureError,
    IntegrationTimeoutError,
    InternalServerError,
    UnsupportedMediaTypeError,
)
from localstack.services.apigateway.next_gen.execute_api.handlers.parse import InvocationRequestParser
from localstack.services.apigateway.next_gen.execute_api.integrations import REST_API_INTEGRATIONS, aws
from localstack.services.apigateway.next_gen.execute_api.router import ApiGatewayEndpoint, ApiGatewayRouter
from localstack.services.apigateway.next_gen.provider import ApigatewayNextGenProvider
from localstack.services.edge import ROUTER
from localstack.services.moto import MotoFallbackDispatcher
from localstack.services.plugins import Service
from localstack.utils.aws.client_types import ServicePrincipal

from scalable_models_localstack.services.compression import CodingError, compress, decoded_body

if TYPE_CHECKING:
    from localstack.services.apigateway.models import RestApiDeployment
    from localstack.services.apigateway.next_gen.execute_api.context import (
        EndpointResponse,
        InvocationRequest,
        RestApiInvocationContext,
    )
    from rolo import Response
    from rolo.gateway.chain import HandlerChain

EVERYTHING: Final = "*/*"
"""As a binary media type."""

LONGEST: Final = 29_000
"""Milliseconds that an integration may take unless it says otherwise."""

_is_listed: Final = aws.mime_type_matches_binary_media_types


def serve() -> Service:
    """Serve API Gateway as LocalStack does, with our handlers beside and in place of some of its own."""
    gateway = RestApiGateway()
    steps = cast("list[Any]", gateway.request_handlers)
    steps[steps.index(handlers.parse_request)] = RequestParser()
    cast("list[Any]", gateway.response_handlers).append(_compress_response)
    REST_API_INTEGRATIONS[FunctionIntegration.name] = FunctionIntegration()
    aws.mime_type_matches_binary_media_types = _is_binary
    endpoint = ApiGatewayEndpoint(rest_gateway=gateway, store=apigateway_stores)
    provider = ApigatewayNextGenProvider(ApiGatewayRouter(ROUTER, handler=endpoint))
    return Service.for_provider(provider, MotoFallbackDispatcher)


class RequestParser(InvocationRequestParser):
    """Takes requests as they came: LocalStack rewrites forms, and cuts the path at a semicolon."""

    def parse_and_enrich(self, context: RestApiInvocationContext) -> None:
        """Parse a request. A body that cannot be decoded is the client's fault, not the gateway's."""
        wrong = None
        try:
            body = decoded_body(context.request)
        except CodingError as error:
            body, wrong = b"", error
            cast("Any", context.request).stream = BytesIO()
        super().parse_and_enrich(context)
        if wrong is not None:
            raise UnsupportedMediaTypeError("Unsupported Media Type") from wrong
        request = _request(context)
        request["body"] = body
        request["headers"].remove("Content-Encoding")

    def create_invocation_request(self, context: RestApiInvocationContext) -> InvocationRequest:
        """Return the request with its whole path, still percent-encoded; the root's is a slash."""
        request = super().create_invocation_request(context)
        target = str(context.request.environ["RAW_URI"]).partition("?")[0]
        _, semicolon, rest = target[target.rfind("/") :].partition(";")
        for name, least in (("raw_path", ""), ("path", "/")):
            path = str(request.get(name) or least)
            request[name] = path if path.endswith(semicolon + rest) else path + semicolon + rest
        return request


class FunctionIntegration(aws.RestApiAwsProxyIntegration):
    """Calls a function, and waits no longer than it may."""

    def invoke(self, context: RestApiInvocationContext) -> EndpointResponse:
        """Answer as the function does; if that takes too long it goes on, but for nothing."""
        integration = cast("dict[str, Any]", context.integration)
        milliseconds = int(integration.get("timeoutInMillis") or LONGEST)
        answer: Future[EndpointResponse] = Future()

        def call() -> None:
            try:
                answer.set_result(super(FunctionIntegration, self).invoke(context))
            except IntegrationFailureError as error:
                # Lambda hasn't even called the function, which is no bad answer of it.
                rejected = isinstance(error.__cause__, ClientError)
                answer.set_exception(InternalServerError("Internal server error") if rejected else error)
            except BaseException as error:  # noqa: BLE001 - it is for the one who waits
                answer.set_exception(error)

        # A pool of threads would be a limit to how many functions run at a time.
        Thread(target=call, name="rest-api-integration", daemon=True).start()
        try:
            return answer.result(milliseconds / 1000)
        except TimeoutError as error:
            raise IntegrationTimeoutError("Endpoint request timed out") from error

    @staticmethod
    def call_lambda(
        function_arn: str, event: bytes, source_arn: str, credentials: str | None = None
    ) -> bytes:
        """Call a function once. LocalStack's own client calls again whatever fails or takes long."""
        del credentials  # a role to call it with, which LocalStack wouldn't look at
        functions = _functions(function_arn.split(":")[3]).request_metadata(
            service_principal=ServicePrincipal.apigateway, source_arn=source_arn
        )
        return functions.invoke(FunctionName=function_arn, Payload=event)["Payload"].read()

    def create_lambda_input_event(self, context: RestApiInvocationContext) -> aws.LambdaInputEvent:
        """Return the event, with a body in base64 if the API says so, not if it happens to be no text."""
        event = super().create_lambda_input_event(context)
        request = _request(context)
        if request["body"] and _is_binary(
            request["headers"].get("Content-Type"), _settings(context).get("binaryMediaTypes") or []
        ):
            event["body"] = b64encode(request["body"]).decode()
            event["isBase64Encoded"] = True
        return event


@cache
def _functions(region: str) -> Any:  # noqa: ANN401 - boto3 makes its clients' classes as it goes
    return cast("Any", connect_to(region_name=region, config=Config(retries={"max_attempts": 0}))).lambda_


def _is_binary(mime_type: str | None, binary_media_types: list[str]) -> bool:
    """Tell whether an API treats a media type as binary. LocalStack overlooks the one that stands for all."""
    return EVERYTHING in binary_media_types or _is_listed(mime_type, binary_media_types)


def _compress_response(
    chain: HandlerChain[RestApiInvocationContext], context: RestApiInvocationContext, response: Response
) -> None:
    del chain
    least = _settings(context).get("minimumCompressionSize")
    if least is not None:
        compress(context.request, response, int(least))


def _settings(context: RestApiInvocationContext) -> dict[str, Any]:
    """Return the API as it was when it was deployed."""
    deployment = cast("RestApiDeployment", context.deployment)
    return cast("dict[str, Any]", deployment.rest_api.rest_api)


def _request(context: RestApiInvocationContext) -> dict[str, Any]:
    return cast("dict[str, Any]", context.invocation_request)
