"""API Gateway's REST APIs, with repairs of the requests that LocalStack passes to functions.

Sources: "Lambda proxy integrations", "Binary media types for REST APIs" and "Gateway response types" in API
Gateway's developer guide; "Handling Lambda errors with an API Gateway API" in Lambda's.
"""

from __future__ import annotations

from base64 import b64encode
from concurrent.futures import Future
from functools import cache
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.config import Config
from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to
from localstack.services.apigateway.models import apigateway_stores
from localstack.services.apigateway.next_gen.execute_api import handlers
from localstack.services.apigateway.next_gen.execute_api.gateway import RestApiGateway
from localstack.services.apigateway.next_gen.execute_api.gateway_response import (
    BaseGatewayException,
    IntegrationFailureError,
    IntegrationTimeoutError,
    InternalServerError,
    RequestTooLargeError,
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

from scalable_models_localstack.services.compression import (
    BodyTooLargeError,
    CodingError,
    compress,
    decoded_body,
)

if TYPE_CHECKING:
    from localstack.services.apigateway.models import RestApiDeployment
    from localstack.services.apigateway.next_gen.execute_api.context import (
        EndpointResponse,
        InvocationRequest,
        RestApiInvocationContext,
    )
    from rolo import Response
    from rolo.gateway.chain import HandlerChain

ALL_MEDIA_TYPES: Final = "*/*"
"""Binary media type that stands for all."""

DEFAULT_TIMEOUT: Final = 29_000
"""Default timeout of an integration in milliseconds."""

_is_listed: Final = aws.mime_type_matches_binary_media_types


def create_service() -> Service:
    """Create LocalStack's API Gateway with additional and replaced handlers."""
    gateway = RestApiGateway()
    request_handlers = cast("list[Any]", gateway.request_handlers)
    request_handlers[request_handlers.index(handlers.parse_request)] = RequestParser()
    cast("list[Any]", gateway.response_handlers).append(_compress_response)
    REST_API_INTEGRATIONS[FunctionIntegration.name] = FunctionIntegration()
    aws.mime_type_matches_binary_media_types = _is_binary
    endpoint = ApiGatewayEndpoint(rest_gateway=gateway, store=apigateway_stores)
    provider = ApigatewayNextGenProvider(ApiGatewayRouter(ROUTER, handler=endpoint))
    return Service.for_provider(provider, MotoFallbackDispatcher)


class RequestParser(InvocationRequestParser):
    """Parser that keeps requests unchanged: LocalStack rewrites forms and cuts the path at a semicolon."""

    def parse_and_enrich(self, context: RestApiInvocationContext) -> None:
        """Parse a request. A body that cannot be decoded, or is too large, is a client error."""
        body, refusal = b"", None
        try:
            body = decoded_body(context.request)
        except CodingError:
            refusal = UnsupportedMediaTypeError("Unsupported Media Type")
        except BodyTooLargeError as error:
            refusal = RequestTooLargeError(str(error))
        # LocalStack does not parse a form in a shallow request; its parser fails at large ones.
        cast("Any", context.request).shallow = True
        super().parse_and_enrich(context)
        if refusal is not None:
            raise refusal
        request = _request(context)
        request["body"] = body
        request["headers"].remove("Content-Encoding")

    def create_invocation_request(self, context: RestApiInvocationContext) -> InvocationRequest:
        """Return the request with its whole path, still percent-encoded; the root path is a slash."""
        request = super().create_invocation_request(context)
        target = str(context.request.environ["RAW_URI"]).partition("?")[0]
        _, semicolon, rest = target[target.rfind("/") :].partition(";")
        for name, default in (("raw_path", ""), ("path", "/")):
            path = str(request.get(name) or default)
            request[name] = path if path.endswith(semicolon + rest) else path + semicolon + rest
        return request


class FunctionIntegration(aws.RestApiAwsProxyIntegration):
    """Lambda proxy integration with a timeout."""

    def invoke(self, context: RestApiInvocationContext) -> EndpointResponse:
        """Return the function's response. After the timeout, the function continues without effect."""
        integration = cast("dict[str, Any]", context.integration)
        milliseconds = int(integration.get("timeoutInMillis") or DEFAULT_TIMEOUT)
        response: Future[EndpointResponse] = Future()

        def call() -> None:
            try:
                response.set_result(super(FunctionIntegration, self).invoke(context))
            except IntegrationFailureError as error:
                response.set_exception(_gateway_error(error))
            except BaseException as error:  # noqa: BLE001 - raised again in the waiting thread
                response.set_exception(error)

        # A thread pool would limit the number of concurrent functions.
        Thread(target=call, name="rest-api-integration", daemon=True).start()
        try:
            return response.result(milliseconds / 1000)
        except TimeoutError as error:
            raise IntegrationTimeoutError("Endpoint request timed out") from error

    @staticmethod
    def call_lambda(
        function_arn: str, event: bytes, source_arn: str, credentials: str | None = None
    ) -> bytes:
        """Invoke a function once. LocalStack's own client would retry failures and timeouts."""
        del credentials  # a role for the call, which LocalStack ignores
        client = _lambda_client(function_arn.split(":")[3]).request_metadata(
            service_principal=ServicePrincipal.apigateway, source_arn=source_arn
        )
        return client.invoke(FunctionName=function_arn, Payload=event)["Payload"].read()

    def create_lambda_input_event(self, context: RestApiInvocationContext) -> aws.LambdaInputEvent:
        """Return the event, with a base64 body only if the API declares its media type as binary."""
        event = super().create_lambda_input_event(context)
        request = _request(context)
        if request["body"] and _is_binary(
            request["headers"].get("Content-Type"), _settings(context).get("binaryMediaTypes") or []
        ):
            event["body"] = b64encode(request["body"]).decode()
            event["isBase64Encoded"] = True
        return event


def _gateway_error(error: IntegrationFailureError) -> BaseGatewayException:
    """Return the error for the client: one of the Lambda API is not a malformed response of the function."""
    cause = error.__cause__
    if not isinstance(cause, ClientError):
        return error
    if cast("Any", cause.response)["Error"]["Code"] == "RequestTooLargeException":
        return RequestTooLargeError("Request Too Long")
    return InternalServerError("Internal server error")


@cache
def _lambda_client(region: str) -> Any:  # noqa: ANN401 - boto3 creates client classes at run time
    return cast("Any", connect_to(region_name=region, config=Config(retries={"max_attempts": 0}))).lambda_


def _is_binary(mime_type: str | None, binary_media_types: list[str]) -> bool:
    """Return whether an API treats a media type as binary. LocalStack ignores the one that stands for all."""
    return ALL_MEDIA_TYPES in binary_media_types or _is_listed(mime_type, binary_media_types)


def _compress_response(
    chain: HandlerChain[RestApiInvocationContext], context: RestApiInvocationContext, response: Response
) -> None:
    del chain
    minimum_size = _settings(context).get("minimumCompressionSize")
    if minimum_size is not None:
        compress(context.request, response, int(minimum_size))


def _settings(context: RestApiInvocationContext) -> dict[str, Any]:
    """Return the settings of the API at the time of its deployment."""
    deployment = cast("RestApiDeployment", context.deployment)
    return cast("dict[str, Any]", deployment.rest_api.rest_api)


def _request(context: RestApiInvocationContext) -> dict[str, Any]:
    return cast("dict[str, Any]", context.invocation_request)
