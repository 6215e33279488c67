"""Lambda as LocalStack has it, but for an alias's weights, which could not be changed."""

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

    from scalable_models_localstack.dispatch import Answer, Answers, Parameters

_named: Final[ContextVar[FunctionVersion]] = ContextVar("named")
"""The version that the alias of this request names, which another one is to join."""


class Lambda(LambdaProvider):
    """Checks weights as LocalStack would, if its UpdateAlias told the check which version they are beside."""

    def _create_routing_config_model(
        self, routing_config_dict: dict[str, float], function_version: FunctionVersion | None = None
    ) -> AliasRoutingConfig:
        return super()._create_routing_config_model(routing_config_dict, function_version or _named.get())


def serve() -> Service:
    """Serve Lambda."""
    service = Service.for_provider(Lambda())
    answers = cast("Answers", cast("Skeleton", service.skeleton).dispatch_table)
    answers["UpdateAlias"] = _knowing_the_version(answers["UpdateAlias"])
    return service


def _knowing_the_version(answer: Answer) -> Answer:
    def update_alias(context: RequestContext, request: Parameters) -> Parameters:
        account, region = api_utils.get_account_and_region(request["FunctionName"], context)
        name = api_utils.get_function_name(request["FunctionName"], context)
        function = lambda_stores[account][region].functions.get(name)
        alias = function.aliases.get(request["Name"]) if function else None
        if function and alias:
            number = request.get("FunctionVersion", alias.function_version)
            if version := function.versions.get(number):
                _named.set(version)
        return answer(context, request)

    return update_alias
