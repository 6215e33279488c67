"""The service as a function: an event of an API Gateway REST API comes in, a response goes out.

The hot path comes first: a function that wakes up has answered one flower before the framework would have
been imported. The framework follows with the first event that needs it, which then waits for it: a third of a
second on a whole processor, and longer in proportion on the share of one that little memory comes with. Where
nobody waits for the start, as before a snapshot or with provisioned concurrency, it is imported at once.
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
"""Values of `AWS_LAMBDA_INITIALIZATION_TYPE` by which Lambda says that nobody waits for the start."""

FOLDER: Final = "IRIS_PREDICTORS"
"""The one setting that is needed for the hot path. Any other is checked at once, with all that there are."""

_SAFE_IN_NAMES: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-")


class NotReadyError(Exception):
    """A predictor does not give its known answers."""


def answer(event: object, context: object) -> dict[str, Any]:
    """Answer one event: a request of a REST API (Lambda proxy integration), as API Gateway's documents say.

    Raises:
        EventError: it is anything else. Lambda reports the error to whoever sent it.
    """
    if response := _fast_path().respond(event):  # fast path
        return response  # fast path
    return _adapter()(event, context)


@cache  # fast path
def _fast_path() -> LambdaFastPath:  # fast path
    default, limit = _predictors.default, _max_body_bytes  # fast path
    return LambdaFastPath.mount(default, instance_id=_instance_id(), max_body_bytes=limit)  # fast path


@cache
def _adapter() -> EventAdapter:
    from service.aws_lambda.mangum_app import add_request_context, create_adapter  # noqa: PLC0415 (what is imported when is the point)

    return create_adapter(add_request_context(_application(), instance_id=_instance_id()))


@cache
def _application() -> ASGIApp:
    # What is imported stays for good: to look for garbage meanwhile, or in it later, takes time in vain.
    gc.disable()
    try:
        from service.aws_lambda.mangum_app import create_application  # noqa: PLC0415 (the same)

        return create_application(_predictors, _settings())
    finally:
        gc.freeze()
        gc.enable()


@cache
def _instance_id() -> str:
    """Name this environment at its first event: many may have been started from one snapshot."""
    request_id.reseed()
    return environment_id(os.environ)


def environment_id(environment: Mapping[str, str]) -> str:
    """Name the one process that answers: as told, or by the stream that it logs to.

    A stream is called `2026/01/31/[7]0123456789abcdef`, of which the last part is the environment's own.
    An environment that was started from a snapshot is not told its stream, and takes a name of its own.
    """
    stream = environment.get("AWS_LAMBDA_LOG_STREAM_NAME", "").rpartition("]")[2]
    safe = "".join(letter if letter in _SAFE_IN_NAMES else "-" for letter in stream)
    return environment.get("IRIS_INSTANCE_ID") or safe or os.urandom(16).hex()


def _ready() -> Predictors:
    folder = os.environ.get(FOLDER) or f"{__file__.rpartition('/service/')[0]}/predictors"
    predictors = load_predictors(folder)
    default = predictors.default
    if not default.reproduces_known_answers():
        raise NotReadyError(f"Not ready: {default.name} no longer reproduces its known answers.")
    return predictors


@cache
def _settings() -> Settings:
    from service.settings import Settings  # noqa: PLC0415 (the same)

    return Settings.from_environment(os.environ)


# Where none is set, all are the default ones, and need not be imported before the first answer.
_are_default: Final = not any(name.startswith("IRIS_") and name != FOLDER for name in os.environ)
_max_body_bytes: Final = None if _are_default else _settings().max_body_bytes
_predictors: Final = _ready()
if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") in EAGER_INITIALIZATION_TYPES:
    _application()
