"""The application: the interface, and what every request passes on its way there, outermost first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.api import create_api
from service.body_limit import BodyLimit
from service.head import answering_head
from service.served_by import served_by

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from service.predictors import Predictors
    from service.settings import Settings


def create_app(predictors: Predictors, settings: Settings) -> ASGIApp:
    """Build the application that answers with `predictors`; it reads no environment and no file."""
    return served_by(create_unsigned_app(predictors, settings), instance_id=settings.instance_id)


def create_unsigned_app(predictors: Predictors, settings: Settings) -> ASGIApp:
    """Build the same, but leave it to others to say who answers: they may know it only later."""
    return BodyLimit(answering_head(create_api(predictors)), max_bytes=settings.max_body_bytes)
