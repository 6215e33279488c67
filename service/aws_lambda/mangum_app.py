"""Responses of the framework to events of a REST API, by Mangum."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mangum import Mangum

from service.api.application import create_api
from service.api.batch_paths import is_batch_path
from service.aws_lambda.blocked_paths import block_paths
from service.aws_lambda.rest_api_event import RestApiEvent
from service.server.middleware.body_limit import BodyLimit
from service.server.middleware.head_requests import answer_head_requests
from service.server.middleware.request_context import RequestContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from service.model.registry import Predictors
    from service.settings import Settings

    EventAdapter = Callable[[object, object], dict[str, Any]]
    """(event, Lambda context) -> response in the format of the Lambda proxy integration."""

DOCS_PATH: Final = "/docs"
"""Path of the documentation; without it, there is no OpenAPI document either."""

_WARM_UP_EVENT: Final[dict[str, Any]] = {
    "httpMethod": "GET",
    "path": "/readyz",
    "resource": "/{proxy+}",
    "requestContext": {},
}


class WarmUpError(Exception):
    """The application is not ready."""


def create_application(predictors: Predictors, settings: Settings) -> ASGIApp:
    """Create the application, and warm it up with one request.

    Raises:
        WarmUpError: A predictor no longer gives its known answers.
    """
    # Mangum would log a line per request, which costs money; the access log of the API has one already.
    logging.getLogger("mangum").setLevel(logging.WARNING)
    asyncio.set_event_loop(asyncio.new_event_loop())
    # API Gateway compresses, records metrics, and has its own timeouts and limits.
    if DOCS_PATH in settings.blocked_paths:
        settings = replace(settings, docs=False)  # no page links to them
    api = answer_head_requests(create_api(predictors, settings))
    app = BodyLimit(api, max_bytes=settings.max_body_bytes, is_batch_path=is_batch_path)
    # The first request is the slowest, as the framework builds its middleware and validators then.
    warm_up = create_adapter(app)(_WARM_UP_EVENT, None)
    if warm_up["statusCode"] != 200:  # noqa: PLR2004 (HTTP's own)
        raise WarmUpError(warm_up["body"])
    return block_paths(app, settings.blocked_paths) if settings.blocked_paths else app


def add_request_context(app: ASGIApp, *, instance_id: str) -> ASGIApp:
    """Return an application whose responses name this environment and the request."""
    return RequestContext(app, instance_id=instance_id)


def create_adapter(app: ASGIApp) -> EventAdapter:
    """Return a function that answers events with an application."""
    mangum: Any = Mangum  # its types are narrower than what it takes
    adapter: EventAdapter = mangum(
        app,
        # Mangum would run it at every request.
        lifespan="off",
        custom_handlers=[RestApiEvent],
        # Each media type contains the empty string, so that every body in UTF-8 is sent as text. Base64,
        # which is a third longer, is only for others.
        text_mime_types=[""],
        # The connection is API Gateway's.
        exclude_headers=["connection"],
    )
    return adapter
