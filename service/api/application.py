"""FastAPI application: all routes, validation, error handlers and the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema
from typing_extensions import override

from service.api.cors import enable_cors
from service.api.error_handlers import add_error_handlers
from service.api.exact_paths import match_exact_paths
from service.api.negotiation import NegotiatedRoute
from service.api.openapi import (
    BUSY,
    CONTACT,
    HEADERS,
    LICENSE,
    NOT_ACCEPTABLE,
    SERVERS,
    TAGS,
    document_batch_entry,
    document_conditions,
    document_problems,
    hook_headers,
)
from service.api.routes.batch import add_batch_route
from service.api.routes.classify import add_classify_routes
from service.api.routes.docs import add_docs_route
from service.api.routes.open_inference import add_open_inference_routes
from service.api.routes.page import add_page_route
from service.api.routes.predict import add_predict_routes
from service.api.routes.predictors import add_predictor_routes
from service.api.routes.probes import add_probe_routes
from service.http.problem_schema import Problem, RefusedRow
from service.server.middleware.concurrency_limit import EXEMPT_PATHS

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from service.model.registry import Predictors
    from service.settings import Settings

_NOTES: Final = """
Numbers may be sent as text as well (`"1.4"`). Every error is a problem document (RFC 9457).
"""
"""Notes about every model, after the description of its definition."""


class DocumentedApi(FastAPI):
    """FastAPI with an OpenAPI document that matches the service.

    FastAPI documents additional responses as `application/json` only, and validation errors of its own form
    for every path with a parameter; it does not know the names of the predictors.
    """

    predictors: Predictors

    @override
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            schema = super().openapi()
            _, definitions = models_json_schema(
                [(Problem, "validation"), (RefusedRow, "validation")],
                ref_template="#/components/schemas/{model}",
            )
            schemas: dict[str, Any] = schema["components"]["schemas"]
            schemas.update(definitions["$defs"])
            schemas["BatchEntry"] = document_batch_entry(schemas)
            for name in ("HTTPValidationError", "ValidationError", "RefusedRow"):
                schemas.pop(name, None)
            schema["components"]["headers"] = HEADERS | hook_headers(self.predictors.default.hook)
            schema["security"] = []  # no operation needs credentials
            for path, operations in schema["paths"].items():
                for method, operation in operations.items():
                    self._correct(operation)
                    if method == "get" and "health" not in operation["tags"]:
                        document_conditions(operation)
                    if path not in EXEMPT_PATHS:
                        operation["responses"].setdefault("503", document_problems({503: BUSY})[503])
                    operation["responses"] = dict(sorted(operation["responses"].items()))
        return super().openapi()

    @override
    def build_middleware_stack(self) -> ASGIApp:
        # Called at the first request, after the last route was added.
        match_exact_paths(self.routes)
        return super().build_middleware_stack()

    def _correct(self, operation: dict[str, Any]) -> None:
        if "application/json" in operation["responses"].get("422", {}).get("content", {}):
            del operation["responses"]["422"]
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                parameter["required"] = (
                    True  # OpenAPI 3.1, 4.8.12; also where a value may be missing elsewhere
                )
            if (parameter["in"], parameter["name"]) == ("query", "predictor"):
                names = {
                    "enum": [predictor.name for predictor in self.predictors.alike()],
                    "default": self.predictors.default.name,
                }
                parameter["schema"] |= names


def create_api(predictors: Predictors, settings: Settings) -> FastAPI:
    """Build the FastAPI application: all routes, validation, errors and OpenAPI."""
    definition = predictors.default.definition
    api = DocumentedApi(
        title=definition.title,
        version="1.0.0",
        description=f"{definition.description}\n{_NOTES}",
        license_info=LICENSE,
        contact=CONTACT,
        servers=SERVERS,
        openapi_tags=TAGS,
        # FastAPI's own pages load scripts from another server, and its document cannot be revalidated.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        # Off, even if environment variables for it happen to be set: the service has telemetry of its own.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        responses=document_problems(NOT_ACCEPTABLE | {500: "The service failed."}),
    )
    api.predictors = predictors
    api.router.route_class = NegotiatedRoute
    add_classify_routes(api, predictors)
    add_batch_route(api, predictors, max_flowers=settings.batch_flowers)
    add_predictor_routes(api, predictors)
    add_predict_routes(api, predictors, max_flowers=settings.batch_flowers)
    add_open_inference_routes(api, predictors, max_rows=settings.batch_flowers)
    add_probe_routes(api, predictors)
    add_page_route(api, predictors, documented=settings.docs and "/docs" not in settings.blocked_paths)
    if settings.docs:
        add_docs_route(api)
    if settings.cors_origins:
        enable_cors(api, settings.cors_origins, predictors.default.hook)
    add_error_handlers(api)
    return api
