"""`/api/v01/classify/batch`: many flowers in one request. Only HTTP; `service.batch` does the rest."""

from collections import Counter
from collections.abc import Callable, Generator
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from fastapi import FastAPI, HTTPException, Query, Request, Response

from service.api.batch_documents import batch_bodies, batch_responses
from service.api.batch_paths import BATCH_PATH
from service.api.dependencies import find_predictor
from service.api.error_handlers import ProblemError
from service.api.model_schemas import model_schemas
from service.api.negotiation import negotiate_media_type
from service.api.openapi import ROWS_REFUSED, document_problems
from service.api.schemas import PredictionOptions
from service.batch.classify import BatchRequest, BatchResponse, classify_in_steps
from service.batch.formats import FORMATS, parse_content_type
from service.batch.limits import LINES_PER_FLOWER, MAX_INVALID_ROWS, MAX_ROW_CHARACTERS
from service.batch.rows import BatchError
from service.http.agreement import noun_for
from service.http.problem_schema import FieldProblem
from service.model.registry import Predictor, Predictors
from service.server.client_presence import State, has_client_left
from service.server.give_way import give_way
from service.server.middleware.request_context import CLIENT_CLOSED_REQUEST, OUT_OF_RANGE

if TYPE_CHECKING:
    from service.model.hooks import Hook

PATH: Final = BATCH_PATH

Result = TypeVar("Result")

UNUSUAL: Final = "unusual_batch"
"""Key in the state of a request (ASGI) whose body the fast reader has already left to the strict one."""

LAST_STEP_SECONDS: Final = 0.001
"""Duration from which the last step of the work on a batch is followed by a pause as well. Batches of a few
flowers take less."""

_MEDIA_TYPES: Final = list(FORMATS)

_DESCRIPTION: Final = """
A batch is a JSON array, NDJSON (one JSON object per line), or CSV whose first line names the features as
columns, in any order. `Content-Type` names the format of the body, and `Accept` that of the
response; without `Accept`, the response has the format of the body.

Rows are answered in order. The entry of an invalid row has its number and its errors, and the other rows are
answered all the same: the status is 200, and the header `X-Rows-Refused` counts the invalid rows. The status
is 422 if every row is invalid, or too many are. Rows are counted from 1, without the first line of CSV and
without blank lines.
"""


def add_batch_route(api: FastAPI, predictors: Predictors, *, max_flowers: int) -> None:
    """Add the route; a batch may have up to `max_flowers` rows."""
    default = predictors.default
    request_schema = model_schemas(default.definition).request.__name__

    @api.post(
        PATH,
        tags=["classify"],
        operation_id="classifyBatch",
        summary=f"Classify many {default.definition.items}",
        description=_DESCRIPTION + _limits(max_flowers),
        response_class=Response,
        openapi_extra={"requestBody": {"required": True, "content": batch_bodies(default, request_schema)}},
        responses=batch_responses(default)
        | document_problems(
            {
                400: "The body does not match its content type.",
                413: "The body is too large, has too many rows or lines, or a row that is too long.",
                415: "The content type is not supported, or the body is encoded.",
                422: "No row can be classified, too many cannot, or there is no such predictor.",
                503: "The service has reached its limit of concurrent batches.",
            }
        ),
    )
    async def classify_batch(request: Request, options: Annotated[PredictionOptions, Query()]) -> Response:
        predictor = find_predictor(predictors, options.predictor)
        return await answer_batch(request, predictor, detail=options.detail, max_flowers=max_flowers)


async def answer_batch(request: Request, predictor: Predictor, *, detail: bool, max_flowers: int) -> Response:
    """Return the response to a batch in any format.

    Raises:
        HTTPException, ProblemError: The batch is refused.
    """
    body = await request.body()
    if not body:
        raise ProblemError(400, "The body is empty.")
    body_type = _body_media_type(request)
    response_type = negotiate_media_type(request, [body_type, *_MEDIA_TYPES])
    state: State = request.scope.setdefault("state", {})
    batch = BatchRequest(
        body=body,
        body_format=FORMATS[body_type],
        response_format=FORMATS[response_type],
        predictor=predictor,
        detail=detail,
        max_flowers=max_flowers,
        is_unusual=state.get(UNUSUAL, False),
        on_out_of_range=count_out_of_range(state, predictor),
    )
    try:
        response = await run_steps(classify_in_steps(batch), state)
    except BatchError as error:
        raise to_problem(error) from error
    except ClientLeftError:
        return Response(status_code=CLIENT_CLOSED_REQUEST)
    request.state.predictor = predictor.name
    request.state.flowers = response.flowers
    return to_http_response(response, response_type, predictor.hook)


def count_out_of_range(state: State, predictor: Predictor) -> Callable[[str], object]:
    """Return a function that counts a value out of the range of a feature, for the metrics."""
    out_of_range: Counter[str] = Counter()
    state[OUT_OF_RANGE] = (predictor.name, out_of_range)
    return lambda feature: out_of_range.update((feature,))


def _limits(max_flowers: int) -> str:
    rows = f"{max_flowers} {noun_for(max_flowers, 'row')}"
    return (
        f"A batch has up to {rows}, of which up to {MAX_INVALID_ROWS} may be invalid. A row has "
        f"up to {MAX_ROW_CHARACTERS} characters. CSV and NDJSON have up to {LINES_PER_FLOWER * max_flowers} "
        "lines, blank lines included. The number of concurrent batches is limited: further ones wait for a "
        "second, and are then refused with 503 and `Retry-After`."
    )


def to_http_response(response: BatchResponse, media_type: str, hook: "Hook | None") -> Response:
    """Return the HTTP response to a batch."""
    corrected = {hook.BATCH_HEADER: str(response.swapped)} if hook else {}
    headers = {**corrected, ROWS_REFUSED: str(response.refused), "Vary": "Accept"}
    return Response(response.body, media_type=media_type, headers=headers)


def _body_media_type(request: Request) -> str:
    """Return the media type of the body, as a key of `FORMATS`.

    Raises:
        HTTPException: The media type is not supported.
    """
    content_type = request.headers.get("content-type", "")
    form = parse_content_type(content_type)
    if form is None:
        raise HTTPException(
            415,
            f"The body must be UTF-8, and its content type one of {', '.join(_MEDIA_TYPES)}.",
            headers={"Accept": ", ".join(_MEDIA_TYPES)},
        )
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type if media_type in FORMATS else form.value


class ClientLeftError(Exception):
    """The client has left before its response was computed."""


async def run_steps(steps: Generator[None, None, Result], state: State) -> Result:
    """Return the result of a generator that pauses, during which other requests are served.

    Raises:
        ClientLeftError: The client of the request with this `state` has left; the work has ended.
    """
    started = perf_counter()
    try:
        while True:
            next(steps)
            if has_client_left(state):
                raise ClientLeftError
            await give_way(perf_counter() - started)
            started = perf_counter()
    except StopIteration as finished:
        result: Result = finished.value
        return result
    finally:
        # The strict reader, or the response, comes next.
        worked = perf_counter() - started
        if worked > LAST_STEP_SECONDS:
            await give_way(worked)


def to_problem(error: BatchError) -> ProblemError:
    """Return the problem of a batch that is refused."""
    of_rows = [
        FieldProblem(row=invalid.row, **fault._asdict())
        for invalid in error.refused
        for fault in invalid.faults
    ]
    of_batch = [FieldProblem(**fault._asdict()) for fault in error.faults]
    return ProblemError(error.status, error.detail, [*of_batch, *of_rows])
