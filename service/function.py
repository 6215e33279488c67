"""The application as a function: an event of an API Gateway REST API comes in, a response goes out.

All that can be done before the first request is done at import. Lambda gives that phase a whole processor
whatever the function's memory is, and SnapStart takes its picture after it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from mangum import Mangum

from service import request_id
from service.api import create_api
from service.body_limit import BodyLimit
from service.envelope import Envelope
from service.head import answering_head
from service.predictors import load_predictors
from service.rest_events import RestApiEvent
from service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp

    Adapter = Callable[[object, object], dict[str, Any]]
    """(event, context of Lambda) -> response, as API Gateway wants it."""

_REHEARSAL: Final[dict[str, Any]] = {
    "httpMethod": "GET",
    "path": "/readyz",
    "resource": "/{proxy+}",
    "requestContext": {},
}


class NotReadyError(Exception):
    """A predictor does not give its known answers."""


def answer(event: object, context: object) -> dict[str, Any]:
    """Answer one event: a request of a REST API (Lambda proxy integration), as API Gateway's documents say.

    Raises:
        EventError: it is anything else. Lambda reports the error to whoever sent it.
    """
    return _adapter()(event, context)


@cache
def _adapter() -> Adapter:
    """Sign with the name of this environment, which is known only now: many start from one snapshot."""
    request_id.start_anew()
    return adapt(Envelope(_app, instance_id=environment_id(os.environ)))


def environment_id(environment: Mapping[str, str]) -> str:
    """Name the one process that answers: as told, or by the stream that it logs to.

    A stream is called `2026/01/31/[7]0123456789abcdef`, of which the last part is the environment's own.
    An environment that was started from a snapshot is not told its stream, and takes a name of its own.
    """
    stream = environment.get("AWS_LAMBDA_LOG_STREAM_NAME", "").rpartition("]")[2]
    return environment.get("IRIS_INSTANCE_ID") or re.sub(r"[^A-Za-z0-9._:-]", "-", stream) or uuid4().hex


def adapt(app: ASGIApp) -> Adapter:
    """Let an application answer events."""
    mangum: Any = Mangum  # its types are narrower than what it takes
    adapter: Adapter = mangum(
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


def _load() -> ASGIApp:
    # Mangum would log a line for each request, at a price, and the API's access log has one already.
    logging.getLogger("mangum").setLevel(logging.WARNING)
    asyncio.set_event_loop(asyncio.new_event_loop())
    settings = Settings.from_environment(os.environ)
    # API Gateway compresses, counts, and keeps to its own limits of time and number.
    api = create_api(load_predictors(settings.predictors), settings)
    app = BodyLimit(answering_head(api), max_bytes=settings.max_body_bytes)
    # The first request is the slowest, as much is put together only then. Let it be nobody's.
    rehearsed = adapt(app)(_REHEARSAL, None)
    if rehearsed["statusCode"] != 200:  # noqa: PLR2004 (HTTP's own)
        raise NotReadyError(rehearsed["body"])
    return app


_app: Final = _load()
