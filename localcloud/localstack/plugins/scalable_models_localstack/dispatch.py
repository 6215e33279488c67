"""How an API's operations are answered: by moto, but for those that we answer ourselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from localstack.aws.api import RequestContext
from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.moto import call_moto
from localstack.services.plugins import Service

if TYPE_CHECKING:
    from localstack.aws.skeleton import DispatchTable

Parameters: TypeAlias = dict[str, Any]
"""An operation's input or output, in the shapes and under the names of the AWS API."""

Answer: TypeAlias = Callable[[RequestContext, Parameters], Parameters]
Answers: TypeAlias = dict[str, Answer]
"""By the name of the operation."""


def ask_moto(context: RequestContext, request: Parameters) -> Parameters:
    """Answer as moto does; it reads the request from its context."""
    del request
    return call_moto(context) or {}


def serve(api: str, repaired: Answers | None = None) -> Service:
    """Serve an API that LocalStack doesn't have."""
    model = load_service(api)
    names = cast("list[str]", model.operation_names)
    answers = dict.fromkeys(names, ask_moto) | (repaired or {})
    return Service(api, skeleton=Skeleton(model, cast("DispatchTable", answers)))
