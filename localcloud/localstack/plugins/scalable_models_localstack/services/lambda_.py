"""LocalStack's Lambda with a limit of events, and with a repair of UpdateAlias.

LocalStack accepts events of any size, and rejects changes of an alias's weights.
"""

from __future__ import annotations

from contextvars import ContextVar
from io import BytesIO
from typing import TYPE_CHECKING, Final, cast

from localstack.aws.api.lambda_ import RequestTooLargeException
from localstack.services.lambda_ import api_utils
from localstack.services.lambda_.invocation.models import lambda_stores
from localstack.services.lambda_.provider import LambdaProvider
from localstack.services.plugins import Service

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext
    from localstack.aws.skeleton import Skeleton
    from localstack.services.lambda_.invocation.lambda_models import AliasRoutingConfig, FunctionVersion

    from scalable_models_localstack.dispatch import OperationHandler, OperationHandlers, Parameters

MAXIMUM_EVENT_SIZE: Final = 6 * 2**20
"""Maximum bytes of an event. Source: "Lambda quotas" in the developer guide, and the message below."""

_alias_version: Final[ContextVar[FunctionVersion]] = ContextVar("alias_version")
"""Version that the alias of this request points to, next to which the weights add another one."""


class WeightedAliasLambdaProvider(LambdaProvider):
    """Provider whose check of weights gets the alias's version, which LocalStack does not pass."""

    def _create_routing_config_model(
        self, routing_config_dict: dict[str, float], function_version: FunctionVersion | None = None
    ) -> AliasRoutingConfig:
        return super()._create_routing_config_model(
            routing_config_dict, function_version or _alias_version.get()
        )


def create_service() -> Service:
    """Create LocalStack's Lambda with the replaced operations."""
    service = Service.for_provider(WeightedAliasLambdaProvider())
    handlers = cast("OperationHandlers", cast("Skeleton", service.skeleton).dispatch_table)
    handlers["UpdateAlias"] = _with_alias_version(handlers["UpdateAlias"])
    handlers["Invoke"] = _with_limited_event(handlers["Invoke"])
    return service


def _with_limited_event(handler: OperationHandler) -> OperationHandler:
    def invoke(context: RequestContext, request: Parameters) -> Parameters:
        if payload := request.get("Payload"):
            # A stream, or bytes from a client in this process.
            event = payload if isinstance(payload, bytes) else payload.read(MAXIMUM_EVENT_SIZE + 1)
            if len(event) > MAXIMUM_EVENT_SIZE:
                limit = f"{MAXIMUM_EVENT_SIZE} bytes for the InvokeFunction operation"
                raise RequestTooLargeException(f"Request must be smaller than {limit}")
            request["Payload"] = BytesIO(event)
        return handler(context, request)

    return invoke


def _with_alias_version(handler: OperationHandler) -> OperationHandler:
    def update_alias(context: RequestContext, request: Parameters) -> Parameters:
        account, region = api_utils.get_account_and_region(request["FunctionName"], context)
        name = api_utils.get_function_name(request["FunctionName"], context)
        function = lambda_stores[account][region].functions.get(name)
        alias = function.aliases.get(request["Name"]) if function else None
        if function and alias:
            number = request.get("FunctionVersion", alias.function_version)
            if version := function.versions.get(number):
                _alias_version.set(version)
        return handler(context, request)

    return update_alias
