"""Exception handlers that answer every error with problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from service.api.schemas import ALLOWED_BOOLEAN
from service.http.input_echo import echo
from service.http.json_errors import json_error_detail
from service.http.problem_details import problem_response
from service.http.problem_schema import FieldProblem
from service.server.middleware.request_context import OUT_OF_RANGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI
    from starlette.requests import Request

    from service.model.definition import Definition
    from service.model.registry import Predictors


_INVALID_PARAMETER: Final = "The request has an invalid parameter."


class ProblemError(Exception):
    """Problem of a request that a route refuses, with the errors of its fields."""

    def __init__(self, status: int, detail: str, errors: Sequence[FieldProblem] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors


def add_error_handlers(api: FastAPI) -> None:
    """Add the handlers to `api`, so that every error response is a problem document."""
    # Starlette's type is a handler of any exception; it calls each only with its own.
    api.add_exception_handler(RequestValidationError, cast("Any", _invalid_request))
    api.add_exception_handler(ProblemError, cast("Any", _problem))
    api.add_exception_handler(HTTPException, cast("Any", _http_error))
    api.add_exception_handler(Exception, _internal_error)


async def _problem(request: Request, error: ProblemError) -> Response:
    return problem_response(error.status, error.detail, path=request.url.path, errors=error.errors)


async def _invalid_request(request: Request, error: RequestValidationError) -> Response:
    faults: Sequence[dict[str, Any]] = error.errors()
    definition: Definition = request.app.predictors.default.definition
    path = request.url.path
    for fault in faults:
        if fault["type"] == "json_invalid":
            return problem_response(400, json_error_detail(error.__cause__), path=path)
        if fault["loc"] == ("body",) and fault["type"] == "missing":
            return problem_response(400, "The body is empty.", path=path)
    _count_out_of_range(request, faults)
    return problem_response(
        422,
        f"The request does not describe a valid {definition.item}."
        if any(fault["loc"][-1] != "detail" for fault in faults)
        else _INVALID_PARAMETER,
        path=path,
        errors=[_field_problem(fault, definition) for fault in faults],
    )


def _count_out_of_range(request: Request, faults: Sequence[dict[str, Any]]) -> None:
    predictors: Predictors = request.app.predictors
    name = request.query_params.get("predictor")
    predictor = predictors.default if name is None else predictors.get_alike(name)
    if predictor:
        given = {str(fault["loc"][-1]): fault.get("input") for fault in faults if fault["type"] != "missing"}
        counts = predictor.definition.out_of_range(given)
        if counts:
            request.scope.setdefault("state", {})[OUT_OF_RANGE] = (predictor.name, counts)


def _field_problem(fault: dict[str, Any], definition: Definition) -> FieldProblem:
    source, *location = fault["loc"]
    if not location:
        return FieldProblem(field=str(source), given=echo(fault["input"]), allowed=definition.an_object)
    field = str(location[0])
    given = None if fault["type"] == "missing" else echo(fault["input"])
    named = {feature.short_name: feature.allowed for feature in definition.features}
    return FieldProblem(field=field, given=given, allowed=named.get(field, ALLOWED_BOOLEAN))


async def _http_error(request: Request, error: HTTPException) -> Response:
    path = request.url.path
    match error.status_code:
        case HTTPStatus.NOT_FOUND if error.detail == HTTPStatus.NOT_FOUND.phrase:
            return problem_response(404, "There is nothing at this path.", path=path)
        case HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = ", ".join(_allowed_methods(request))
            if request.method == "OPTIONS":
                return Response(status_code=204, headers={"Allow": allowed})
            return problem_response(
                405, f"This path supports only {allowed}.", path=path, headers={"Allow": allowed}
            )
        case HTTPStatus.BAD_REQUEST:
            return problem_response(400, json_error_detail(error.__cause__), path=path)
        case status:
            return problem_response(status, error.detail, path=path, headers=error.headers)


def _allowed_methods(request: Request) -> list[str]:
    """Return the methods of every route at this path; Starlette returns only those of the first."""
    methods = {"OPTIONS"}
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods
    if "GET" in methods:
        methods.add("HEAD")
    return sorted(methods)


async def _internal_error(request: Request, _: Exception) -> Response:
    # Starlette raises the exception again after this response. The server then logs it with its traceback and
    # closes the connection; the header tells the client before it sends its next request over it.
    return problem_response(
        500,
        "The service failed. This has been logged.",
        path=request.url.path,
        headers={"Connection": "close"},
    )
