"""`/livez` and `/readyz`: what load balancers ask. `/version`: what those who deploy ask."""

import platform

from fastapi import FastAPI, HTTPException, Request

from service import __version__
from service.api.instance import serving_instance
from service.api.openapi import document_problems, document_response
from service.api.schemas import Health, PredictorVersion, Version
from service.model.registry import Predictors


def add_probe_routes(api: FastAPI, predictors: Predictors) -> None:
    """Add the three."""

    @api.get(
        "/livez",
        tags=["health"],
        summary="Say whether the process answers at all",
        responses=document_response(),
    )
    async def livez() -> Health:
        return Health(status="alive")

    @api.get(
        "/readyz",
        tags=["health"],
        summary="Say whether requests may be sent here",
        description="Ready is who has loaded every predictor and is given its known answers again right now.",
        responses=document_response() | document_problems({503: "A predictor errs."}),
    )
    async def readyz() -> Health:
        erring = [predictor.name for predictor in predictors if not predictor.reproduces_known_answers()]
        if erring:
            raise HTTPException(503, f"Not ready: {', '.join(erring)} no longer gives its known answers.")
        return Health(status="ready")

    versions = [PredictorVersion(name=predictor.name, version=predictor.version) for predictor in predictors]

    @api.get(
        "/version",
        tags=["health"],
        summary="Say which versions of service, Python and predictors answer",
        responses=document_response(),
    )
    async def version(request: Request) -> Version:
        return Version(
            service=__version__,
            python=platform.python_version(),
            instance=serving_instance(request),
            predictors=versions,
        )
