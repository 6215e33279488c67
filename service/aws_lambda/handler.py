"""Lambda handler: an event of an API Gateway REST API comes in, a response goes out.

The fast path comes first: a cold start answers one flower before the framework would have been imported. The
framework is imported with the first event that needs it. That takes a third of a second on a whole vCPU, and
proportionally longer on the share of one that goes with little memory. Before a snapshot and with provisioned
concurrency, where no request waits for the start, it is imported at once.
"""

from __future__ import annotations

import gc
import os
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from service.fast_path.lambda_events import LambdaFastPath  # fast path
from service.model.registry import load_predictors
from service.telemetry import request_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp

    from service.aws_lambda.mangum_app import EventAdapter
    from service.model.registry import Predictors
    from service.settings import Settings

EAGER_INITIALIZATION_TYPES: Final = frozenset(("provisioned-concurrency", "snap-start"))
"""Values of `AWS_LAMBDA_INITIALIZATION_TYPE` with which no request waits for the start."""

PREDICTORS_VARIABLE: Final = "IRIS_PREDICTORS"
"""Folder of predictors."""

HSTS_VARIABLE: Final = "IRIS_HSTS"
"""Value of `Strict-Transport-Security` in every response (RFC 6797), for an API with a custom domain; none by
default. A load balancer adds the header itself, and API Gateway can't."""

BLOCKED_PATHS_VARIABLE: Final = "IRIS_BLOCKED_PATHS"
"""Paths that the framework answers with 404; the fast path has none of them."""

_UNPARSED: Final = frozenset((PREDICTORS_VARIABLE, HSTS_VARIABLE, BLOCKED_PATHS_VARIABLE))
"""Settings that need not be parsed for the fast path. If another one is set, all are checked at the start."""

_SAFE_IN_NAMES: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-")


class NotReadyError(Exception):
    """The default predictor no longer gives its known answers."""


def handle_event(event: object, context: object) -> dict[str, Any]:
    """Return the response to one event: a request of a REST API (Lambda proxy integration).

    Raises:
        EventError: The event is no such request. Lambda reports the error to the sender.
    """
    response = _respond(event, context)
    if _hsts:
        response["headers"]["strict-transport-security"] = _hsts
    return response


def _respond(event: object, context: object) -> dict[str, Any]:
    if response := _fast_path().respond(event):  # fast path
        return response  # fast path
    return _adapter()(event, context)


@cache  # fast path
def _fast_path() -> LambdaFastPath:  # fast path
    default, limit = _predictors.default, _max_body_bytes  # fast path
    return LambdaFastPath.mount(default, instance_id=_instance_id(), max_body_bytes=limit)  # fast path


@cache
def _adapter() -> EventAdapter:
    from service.aws_lambda.mangum_app import add_request_context, create_adapter  # noqa: PLC0415 (imported with the first event that needs it)

    return create_adapter(add_request_context(_application(), instance_id=_instance_id()))


@cache
def _application() -> ASGIApp:
    # Imported modules stay: collecting garbage meanwhile, or scanning them later, only takes time.
    gc.disable()
    try:
        from service.aws_lambda.mangum_app import create_application  # noqa: PLC0415 (the same)

        return create_application(_predictors, _settings())
    finally:
        gc.freeze()
        gc.enable()


@cache
def _instance_id() -> str:
    """Return this environment's name, chosen at its first event: a snapshot can start many of them."""
    request_id.reseed()
    return environment_id(os.environ)


def environment_id(environment: Mapping[str, str]) -> str:
    """Return the name of an execution environment: `IRIS_INSTANCE_ID`, or a part of its log stream's name.

    A log stream is named `2026/01/31/[7]0123456789abcdef`; its last part is unique to the environment. One
    that was started from a snapshot does not know its log stream, and gets a random name.
    """
    stream = environment.get("AWS_LAMBDA_LOG_STREAM_NAME", "").rpartition("]")[2]
    safe = "".join(letter if letter in _SAFE_IN_NAMES else "-" for letter in stream)
    return environment.get("IRIS_INSTANCE_ID") or safe or os.urandom(16).hex()


def _load_ready_predictors() -> Predictors:
    folder = os.environ.get(PREDICTORS_VARIABLE) or f"{__file__.rpartition('/service/')[0]}/predictors"
    predictors = load_predictors(folder, checked=False)
    default = predictors.default
    if not default.reproduces_known_answers():
        raise NotReadyError(f"Not ready: {default.name} no longer reproduces its known answers.")
    return predictors


@cache
def _settings() -> Settings:
    from service.settings import Settings  # noqa: PLC0415 (the same)

    return Settings.from_environment(os.environ)


_hsts: Final = os.environ.get(HSTS_VARIABLE)
# Without any, the defaults hold, and `service.settings` need not be imported before the first response.
_are_default: Final = not any(name.startswith("IRIS_") for name in os.environ.keys() - _UNPARSED)
_max_body_bytes: Final = None if _are_default else _settings().max_body_bytes
_predictors: Final = _load_ready_predictors()
if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") in EAGER_INITIALIZATION_TYPES:
    _application()
