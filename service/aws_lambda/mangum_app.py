"""Answers the events of a REST API with the framework, which Mangum turns into requests for it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from mangum import Mangum

from service.api.application import create_api
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
    """(event, context of Lambda) -> response, as API Gateway wants it."""

_REHEARSAL: Final[dict[str, Any]] = {
    "httpMethod": "GET",
    "path": "/readyz",
    "resource": "/{proxy+}",
    "requestContext": {},
}


class WarmUpError(Exception):
    """The application does not say that it is ready."""


def create_application(predictors: Predictors, settings: Settings) -> ASGIApp:
    """Make the application, for all that the hot path leaves.

    Raises:
        WarmUpError: one of the predictors does not give its known answers.
    """
    # Mangum would log a line for each request, at a price, and the API's access log has one already.
    logging.getLogger("mangum").setLevel(logging.WARNING)
    asyncio.set_event_loop(asyncio.new_event_loop())
    # API Gateway compresses, counts, and keeps to its own limits of time and number.
    api = answer_head_requests(create_api(predictors, settings))
    app = BodyLimit(api, max_bytes=settings.max_body_bytes)
    # The first request is the slowest, as much is put together only then.
    rehearsed = create_adapter(app)(_REHEARSAL, None)
    if rehearsed["statusCode"] != 200:  # noqa: PLR2004 (HTTP's own)
        raise WarmUpError(rehearsed["body"])
    return app


def add_request_context(app: ASGIApp, *, instance_id: str) -> ASGIApp:
    """Let each response say who gave it."""
    return RequestContext(app, instance_id=instance_id)


def create_adapter(app: ASGIApp) -> EventAdapter:
    """Let an application answer events."""
    mangum: Any = Mangum  # its types are narrower than what it takes
    adapter: EventAdapter = mangum(
        app,
        # It would run at every request.
        lifespan="off",
        custom_handlers=[RestApiEvent],
        # Every body that is UTF-8 goes out as the text it is, whatever it is called: only the rest is
        # worth a third more in base64. Each type contains the empty one.
        text_mime_types=[""],
        # About a connection that is API Gateway's, not ours.
        exclude_headers=["connection"],
    )
    return adapter
