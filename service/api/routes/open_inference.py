"""`/v2`: the Open Inference Protocol. Only HTTP; `service.batch.open_inference` does the rest.

Not in the OpenAPI document, as the protocol has one of its own, and clients that are published.
"""

from typing import TYPE_CHECKING, Final

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from service.api.caching import unstored
from service.api.dependencies import predictor_names
from service.api.error_handlers import ProblemError
from service.api.negotiation import negotiate_media_type
from service.api.routes.batch import ClientLeftError, count_out_of_range, run_steps
from service.api.routes.probes import check_readiness
from service.batch.open_inference.inference import infer_in_steps
from service.batch.open_inference.metadata import SERVER, model_metadata
from service.batch.open_inference.tensors import InferenceError
from service.model.registry import Predictor, Predictors
from service.server.middleware.request_context import CLIENT_CLOSED_REQUEST

if TYPE_CHECKING:
    from service.server.client_presence import State

MODEL: Final = "/v2/models/{name}"
VERSION: Final = "/v2/models/{name}/versions/{version}"

JSON_LENGTH: Final = "Inference-Header-Content-Length"
"""Length of the JSON at the start of a body, before binary data."""

_JSON: Final = "application/json"
_BINARY: Final = "application/octet-stream"


def add_open_inference_routes(api: FastAPI, predictors: Predictors, *, max_rows: int) -> None:
    """Add all routes; a request may have up to `max_rows` rows."""
    _add_server_routes(api, predictors)

    @api.get(MODEL, include_in_schema=False)
    @api.get(VERSION, include_in_schema=False)
    async def model(name: str, version: str | None = None) -> Response:
        return JSONResponse(model_metadata(_find(predictors, name, version)))

    @api.get(f"{MODEL}/ready", include_in_schema=False)
    @api.get(f"{VERSION}/ready", include_in_schema=False)
    @unstored
    async def model_ready(name: str, version: str | None = None) -> Response:
        check_readiness([_find(predictors, name, version)])
        return JSONResponse({"name": name, "ready": True})

    @api.post(f"{MODEL}/infer", include_in_schema=False, response_class=Response)
    @api.post(f"{VERSION}/infer", include_in_schema=False, response_class=Response)
    async def infer(request: Request, name: str, version: str | None = None) -> Response:
        predictor = _find(predictors, name, version)
        _check_media_type(request)
        return await _infer(request, predictor, max_rows)


def _add_server_routes(api: FastAPI, predictors: Predictors) -> None:
    @api.get("/v2", include_in_schema=False)
    async def server() -> Response:
        return JSONResponse(SERVER)

    @api.get("/v2/health/live", include_in_schema=False)
    @unstored
    async def live() -> Response:
        return JSONResponse({"live": True})

    @api.get("/v2/health/ready", include_in_schema=False)
    @unstored
    async def ready() -> Response:
        check_readiness(predictors)
        # The specification calls it `live` here too; KServe's server calls it `ready`.
        return JSONResponse({"live": True, "ready": True})


async def _infer(request: Request, predictor: Predictor, max_rows: int) -> Response:
    body = await request.body()
    state: State = request.scope.setdefault("state", {})
    on_out_of_range = count_out_of_range(state, predictor)
    steps = infer_in_steps(body, _json_length(request), predictor, max_rows, on_out_of_range)
    try:
        answer = await run_steps(steps, state)
    except InferenceError as error:
        raise ProblemError(error.status, str(error)) from error
    except ClientLeftError:
        return Response(status_code=CLIENT_CLOSED_REQUEST)
    request.state.predictor = predictor.name
    request.state.flowers = answer.rows
    headers: dict[str, str] = {}
    if answer.json_length is None:
        media_type = negotiate_media_type(request, [_JSON])
    else:
        # The body asked for it. Clients send no `Accept`, and API Gateway then adds one for JSON.
        media_type = _BINARY
        headers[JSON_LENGTH] = str(answer.json_length)
    if predictor.hook:
        headers[predictor.hook.BATCH_HEADER] = str(answer.corrected)
    return Response(answer.body, media_type=media_type, headers=headers)


def _find(predictors: Predictors, name: str, version: str | None) -> Predictor:
    predictor = predictors.get(name)
    if predictor is None:
        available = ", ".join(predictor_names(predictors))
        raise HTTPException(404, f"There is no such model. Available: {available}.")
    if version is not None and version != predictor.version:
        raise HTTPException(404, f"There is no such version. Available: {predictor.version}.")
    return predictor


def _check_media_type(request: Request) -> None:
    """Refuse a body of another type. Triton's client names none."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in {"", _JSON, _BINARY}:
        raise HTTPException(
            415, f"The content type must be {_JSON} or {_BINARY}.", headers={"Accept": f"{_JSON}, {_BINARY}"}
        )


def _json_length(request: Request) -> int | None:
    """Return the length of the JSON before binary data; None if all is JSON."""
    given = request.headers.get(JSON_LENGTH)
    if given is None:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > len(str(2**31)):
        raise ProblemError(400, f"{JSON_LENGTH} is not a length in bytes.")
    return int(given)
