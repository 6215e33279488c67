"""The application: the interface, and what every request passes on its way there, outermost first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service import logs
from service.admission import Admission
from service.api import create_api
from service.body_limit import BodyLimit
from service.compression import Compression
from service.connections import Connections
from service.ending import Ending
from service.envelope import Envelope
from service.front import Front
from service.head import answering_head
from service.hot_path import HotPath
from service.lifespan import Lifespan
from service.quick_body import lengths_in_body
from service.telemetry import Telemetry

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from service.predictors import Predictors
    from service.settings import Settings


def create_app(predictors: Predictors, settings: Settings) -> ASGIApp:
    """Build the application that answers with `predictors`; it reads no environment and no file."""
    telemetry = Telemetry(
        instance=settings.instance_id,
        versions={predictor.name: predictor.version for predictor in predictors},
        log_sample=settings.log_sample,
    )
    default = predictors.default
    hot_path = HotPath(
        default.classes, default.model.decide, max_body_bytes=settings.max_body_bytes, read=lengths_in_body
    )
    return Front(
        create_authority(predictors, settings, telemetry),
        hot_path,
        telemetry,
        instance_id=settings.instance_id,
        predictor=default.name,
    )


def create_authority(predictors: Predictors, settings: Settings, telemetry: Telemetry) -> ASGIApp:
    """Build what knows how to answer every request: the hot path in front only does so sooner."""
    interface = answering_head(
        Compression(create_api(predictors, settings), min_bytes=settings.compress_bytes)
    )
    admission = Admission(interface, max_concurrent=settings.max_concurrent)
    # A body is read before its request takes up room inside, which who sends slowly could otherwise fill.
    limited = BodyLimit(admission, max_bytes=settings.max_body_bytes)
    connections = Connections(settings, telemetry)

    def announce_end() -> None:
        admission.draining = True
        connections.drain()

    ending = Ending(announce_end, grace_seconds=settings.grace_seconds)
    living = Lifespan(
        limited,
        connections=connections,
        ending=ending,
        each_second=[connections.look, ending.look_for_parent],
        at_last=[logs.flush],
    )
    return Envelope(living, instance_id=settings.instance_id, telemetry=telemetry)
