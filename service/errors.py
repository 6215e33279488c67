"""Turns what goes wrong in the application into problem details."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from service.flower import ALLOWED_LENGTH, FEATURES
from service.problems import echo, problem_response
from service.schemas import FieldProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response


def answer_with_problems(api: FastAPI) -> None:
    """Make every error that `api` answers a problem."""
    # Starlette types a handler as one of any exception; each is called with its own alone.
    api.add_exception_handler(RequestValidationError, cast("Any", _invalid_request))
    api.add_exception_handler(HTTPException, cast("Any", _http_error))
    api.add_exception_handler(Exception, _unforeseen)


async def _invalid_request(request: Request, error: RequestValidationError) -> Response:
    faults: Sequence[dict[str, Any]] = error.errors()
    path = request.url.path
    for fault in faults:
        if fault["type"] == "json_invalid":
            detail = f"The body is not JSON: {fault['ctx']['error']} at character {fault['loc'][-1]}."
            return problem_response(400, detail, path=path)
        if fault["loc"] == ("body",) and fault["type"] == "missing":
            return problem_response(400, "The body is empty.", path=path)
    return problem_response(
        422,
        "The request holds no flower that can be classified.",
        path=path,
        errors=[_field_problem(fault) for fault in faults],
    )


def _field_problem(fault: dict[str, Any]) -> FieldProblem:
    place, *rest = fault["loc"]
    if not rest:
        allowed = f"a JSON object with {', '.join(FEATURES)}"
        return FieldProblem(field=str(place), given=echo(fault["input"]), allowed=allowed)
    given = None if fault["type"] == "missing" else echo(fault["input"])
    return FieldProblem(field=str(rest[0]), given=given, allowed=ALLOWED_LENGTH)


async def _http_error(request: Request, error: HTTPException) -> Response:
    path = request.url.path
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return problem_response(404, "There is nothing at this path.", path=path)
        case HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = ", ".join(_allowed_methods(request))
            return problem_response(405, f"This path takes {allowed}.", path=path, headers={"Allow": allowed})
        case HTTPStatus.BAD_REQUEST:
            return problem_response(400, _why_unreadable(error.__cause__), path=path)
        case status:
            return problem_response(status, error.detail, path=path)


def _allowed_methods(request: Request) -> list[str]:
    """List the methods of every route at this path; the router itself names those of the first one alone."""
    methods: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods
    if "GET" in methods:
        methods.add("HEAD")
    return sorted(methods)


def _why_unreadable(cause: BaseException | None) -> str:
    match cause:
        case RecursionError():
            return "The body is nested too deeply."
        case UnicodeDecodeError():
            return "The body is not UTF-8."
        case _:
            return "The body cannot be read as JSON."


async def _unforeseen(request: Request, _: Exception) -> Response:
    # The framework raises the exception again after this answer. The server then logs it with its trace and
    # closes the connection, which the client must know before it sends its next request into it.
    return problem_response(
        500,
        "The service failed. This has been logged.",
        path=request.url.path,
        headers={"Connection": "close"},
    )
