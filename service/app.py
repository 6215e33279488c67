"""Assembly of the ASGI application: the API and its middleware, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.api.application import create_api
from service.api.batch_paths import is_batch, is_batch_path
from service.api.routes.metrics import add_metrics_route
from service.fast_path.asgi import FastPathMiddleware  # fast path
from service.fast_path.batch import BatchFastPath  # fast path
from service.fast_path.http_protocol import FastPathProtocol  # fast path
from service.page import templates
from service.server.connection_timeouts import Connections
from service.server.graceful_shutdown import GracefulShutdown
from service.server.http_protocol import LimitedHttpProtocol
from service.server.middleware.batch_limit import BatchLimit
from service.server.middleware.body_limit import BodyLimit
from service.server.middleware.compression import Compression
from service.server.middleware.concurrency_limit import ConcurrencyLimit
from service.server.middleware.head_requests import answer_head_requests
from service.server.middleware.lifespan import Lifespan
from service.server.middleware.request_context import RequestContext
from service.telemetry import json_logs
from service.telemetry.prometheus import PrometheusMetrics
from service.telemetry.request_stats import RequestStats

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from service.model.registry import Predictors
    from service.settings import Settings

# The fast path is optional. Delete `service/fast_path` and every line that ends with `# fast path`, here and
# in `service/aws_lambda/handler.py`, and every answer stays the same
# (tests/conformance/test_without_fast_path.py).


def create_app(predictors: Predictors, settings: Settings) -> ASGIApp:
    """Build the application that serves `predictors`; it reads only the templates of its pages."""
    templates.load()
    stats = RequestStats(
        instance=settings.instance_id,
        versions={predictor.name: predictor.version for predictor in predictors},
        log_sample=settings.log_sample,
    )
    app = create_framework_app(predictors, settings, stats)
    app = FastPathMiddleware.mount(app, predictors, settings, stats)  # fast path
    return app  # noqa: RET504 (the line above can be deleted)


def create_framework_app(predictors: Predictors, settings: Settings, stats: RequestStats) -> ASGIApp:
    """Build the FastAPI application in its middleware; it can answer every request.

    The middleware is listed from the innermost layer, next to the routes, to the outermost, next to the
    server.
    """
    connections = Connections(settings, stats)
    api = create_api(predictors, settings)
    every_second = [connections.check_timeouts]
    at_shutdown = [json_logs.flush]
    if settings.metrics:
        metrics = PrometheusMetrics(
            stats,
            versions=stats.versions,
            features={predictor.name: predictor.definition.short_names for predictor in predictors},
            open_connections=lambda: len(connections),
        )
        add_metrics_route(api, metrics)
        every_second.append(metrics.update)
        at_shutdown.append(metrics.update)

    app: ASGIApp = api
    app = BatchFastPath(app, predictors.default, max_flowers=settings.batch_flowers)  # fast path
    app = Compression(app, min_bytes=settings.compress_bytes)
    app = answer_head_requests(app)
    app = BatchLimit(app, is_batch=is_batch, max_batches=settings.max_batches)
    app = concurrency_limit = ConcurrencyLimit(app, max_concurrent=settings.max_concurrent)
    # A body is read before its request counts against the limit, which slow senders could otherwise exhaust.
    app = BodyLimit(app, max_bytes=settings.max_body_bytes, is_batch_path=is_batch_path)

    def announce_shutdown() -> None:
        concurrency_limit.draining = True
        connections.drain()

    shutdown = GracefulShutdown(announce_shutdown, grace_seconds=settings.grace_seconds)
    every_second.append(shutdown.check_parent)
    app = Lifespan(
        app, connections=connections, shutdown=shutdown, every_second=every_second, on_shutdown=at_shutdown
    )
    return RequestContext(app, instance_id=settings.instance_id, stats=stats)


def protocol_class() -> type[LimitedHttpProtocol]:
    """Return the class that serves one HTTP/1.1 connection."""
    protocol = LimitedHttpProtocol
    protocol = FastPathProtocol  # fast path
    return protocol  # noqa: RET504 (the line above can be deleted)
