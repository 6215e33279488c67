"""Dispatch of an API's operations to moto or to our own handlers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from localstack.aws.api import CommonServiceException, RequestContext
from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.moto import call_moto
from localstack.services.plugins import Service

from scalable_models_localstack.validation.constraints import ERROR_CODES, check_request
from scalable_models_localstack.validation.unknown_parameters import unknown_parameters

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from localstack.aws.skeleton import DispatchTable

Parameters: TypeAlias = dict[str, Any]
"""Input or output of an operation, with the names and shapes of the AWS API."""

OperationHandler: TypeAlias = Callable[[RequestContext, Parameters], Parameters]
OperationHandlers: TypeAlias = dict[str, OperationHandler]
"""Handlers by operation name."""


def answer_with_moto(context: RequestContext, request: Parameters) -> Parameters:
    """Return moto's response; moto reads the request from the context."""
    del request
    return call_moto(context) or {}


def moto_service(api: str, overrides: OperationHandlers | None = None) -> Service:
    """Create a service for an API that the open LocalStack lacks: moto with overridden operations.

    Each request is checked by the API's model first.
    """
    model = load_service(api)
    names = cast("list[str]", model.operation_names)
    own = overrides or {}
    handlers = {name: _checked(own.get(name, answer_with_moto)) for name in names}
    return Service(api, skeleton=Skeleton(model, cast("DispatchTable", handlers)))


def check_requests(service: Service) -> None:
    """Validate each request to a service of LocalStack by the API's model first."""
    handlers = cast("OperationHandlers", cast("Skeleton", service.skeleton).dispatch_table)
    for name, handler in handlers.items():
        handlers[name] = _checked(handler)


def _refuse_unknown_parameters(context: RequestContext, operation: OperationModel, protocol: str) -> None:
    """Refuse a request with parameters that LocalStack would drop.

    Raises:
        CommonServiceException: it has some.
    """
    shape = cast("Any", operation).input_shape
    if shape is not None and (found := unknown_parameters(context, protocol, shape)):
        raise CommonServiceException(
            ERROR_CODES[protocol], f"Not supported by this LocalStack: {', '.join(found)}", sender_fault=True
        )


def _checked(handler: OperationHandler) -> OperationHandler:
    def handle(context: RequestContext, request: Parameters) -> Parameters:
        operation, service = context.operation, context.service
        if operation is not None and service is not None:
            protocol: str = cast("Any", service).protocol  # botocore has no types
            check_request(operation, protocol, request)
            _refuse_unknown_parameters(context, operation, protocol)
        return handler(context, request)

    return handle
