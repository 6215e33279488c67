"""`/livez` and `/readyz`: health checks of load balancers. `/version`: versions, to verify a deployment."""

import platform
from collections.abc import Iterable

from fastapi import FastAPI, HTTPException, Request

from service import __version__
from service.api.caching import unstored
from service.api.instance import serving_instance
from service.api.openapi import document_problems, document_response
from service.api.schemas import Health, PredictorVersion, Version
from service.model.registry import Predictor, Predictors


def check_readiness(predictors: Iterable[Predictor]) -> None:
    """Check that predictors reproduce their known answers.

    Raises:
        HTTPException: One does not.
    """
    failing = [predictor.name for predictor in predictors if not predictor.reproduces_known_answers()]
    if failing:
        raise HTTPException(503, f"Not ready: {', '.join(failing)} no longer reproduces its known answers.")


def add_probe_routes(api: FastAPI, predictors: Predictors) -> None:
    """Add the three routes."""

    @api.get(
        "/livez",
        tags=["health"],
        operation_id="checkLiveness",
        summary="Check that the process responds",
        description="A process that does not answer should be replaced.",
        responses=document_response(),
    )
    @unstored
    async def livez() -> Health:
        return Health(status="alive")

    @api.get(
        "/readyz",
        tags=["health"],
        operation_id="checkReadiness",
        summary="Check that the instance can take requests",
        description="An instance is ready if every predictor is loaded and reproduces its known answers now.",
        responses=document_response()
        | document_problems({503: "A predictor does not reproduce its known answers."}),
    )
    @unstored
    async def readyz() -> Health:
        check_readiness(predictors)
        return Health(status="ready")

    versions = [PredictorVersion(name=predictor.name, version=predictor.version) for predictor in predictors]

    @api.get(
        "/version",
        tags=["health"],
        operation_id="getVersion",
        summary="Show the versions of service, Python and predictors",
        description="To compare before and after a deployment, and between instances.",
        responses=document_response(),
    )
    @unstored
    async def version(request: Request) -> Version:
        return Version(
            service=__version__,
            python=platform.python_version(),
            instance=serving_instance(request),
            predictors=versions,
        )
