"""LocalStack's Lambda with a repair of UpdateAlias, which rejects changes of an alias's weights."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, cast

from localstack.services.lambda_ import api_utils
from localstack.services.lambda_.invocation.models import lambda_stores
from localstack.services.lambda_.provider import LambdaProvider
from localstack.services.plugins import Service

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext
    from localstack.aws.skeleton import Skeleton
    from localstack.services.lambda_.invocation.lambda_models import AliasRoutingConfig, FunctionVersion

    from scalable_models_localstack.dispatch import OperationHandler, OperationHandlers, Parameters

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
    """Create LocalStack's Lambda with the repaired operation."""
    service = Service.for_provider(WeightedAliasLambdaProvider())
    handlers = cast("OperationHandlers", cast("Skeleton", service.skeleton).dispatch_table)
    handlers["UpdateAlias"] = _with_alias_version(handlers["UpdateAlias"])
    return service


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
