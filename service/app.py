"""The application: the interface, and what every request passes on its way there, outermost first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.api.application import create_api
from service.api.routes.metrics import add_metrics_route
from service.fast_path.asgi import FastPathMiddleware
from service.fast_path.batch import BatchFastPath
from service.fast_path.classify import ClassifyFastPath
from service.fast_path.json_body import lengths_in_body
from service.server.connection_timeouts import Connections
from service.server.graceful_shutdown import Ending
from service.server.middleware.body_limit import BodyLimit
from service.server.middleware.compression import Compression
from service.server.middleware.concurrency_limit import Admission
from service.server.middleware.head_requests import answering_head
from service.server.middleware.lifespan import Lifespan
from service.server.middleware.request_context import Envelope
from service.telemetry import json_logs
from service.telemetry.prometheus import Metrics
from service.telemetry.request_stats import Telemetry

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from service.model.registry import Predictors
    from service.settings import Settings


def create_app(predictors: Predictors, settings: Settings) -> ASGIApp:
    """Build the application that answers with `predictors`; it reads no environment and no file."""
    telemetry = Telemetry(
        instance=settings.instance_id,
        versions={predictor.name: predictor.version for predictor in predictors},
        log_sample=settings.log_sample,
    )
    default = predictors.default
    hot_path = ClassifyFastPath(
        default.classes, default.model.decide, max_body_bytes=settings.max_body_bytes, read=lengths_in_body
    )
    return FastPathMiddleware(
        create_framework_app(predictors, settings, telemetry),
        hot_path,
        telemetry,
        instance_id=settings.instance_id,
        predictor=default.name,
    )


def create_framework_app(predictors: Predictors, settings: Settings, telemetry: Telemetry) -> ASGIApp:
    """Build what knows how to answer every request: the hot path in front only does so sooner."""
    connections = Connections(settings, telemetry)
    api = create_api(predictors, settings)
    each_second = [connections.look]
    at_last = [json_logs.flush]
    if settings.metrics:
        metrics = Metrics(telemetry, versions=telemetry.versions, open_connections=lambda: len(connections))
        add_metrics_route(api, metrics)
        each_second.append(metrics.carry_over)
        at_last.append(metrics.carry_over)
    batches = BatchFastPath(api, predictors.default, most=settings.batch_flowers)
    interface = answering_head(Compression(batches, min_bytes=settings.compress_bytes))
    admission = Admission(interface, max_concurrent=settings.max_concurrent)
    # A body is read before its request takes up room inside, which who sends slowly could otherwise fill.
    limited = BodyLimit(admission, max_bytes=settings.max_body_bytes)

    def announce_end() -> None:
        admission.draining = True
        connections.drain()

    ending = Ending(announce_end, grace_seconds=settings.grace_seconds)
    each_second.append(ending.look_for_parent)
    living = Lifespan(
        limited, connections=connections, ending=ending, each_second=each_second, at_last=at_last
    )
    return Envelope(living, instance_id=settings.instance_id, telemetry=telemetry)
