"""`/api/v01/classify/batch`: many flowers at once. Here is HTTP alone; the rest is in `service.batch`."""

from asyncio import sleep
from typing import Annotated, Any, Final

from fastapi import FastAPI, HTTPException, Query, Request, Response

from service.api.dependencies import find_predictor
from service.api.error_handlers import ProblemError
from service.api.negotiation import negotiate_media_type
from service.api.openapi import (
    BATCH_HEADERS,
    FLOWERS_SWAPPED,
    ROWS_REFUSED,
    document_problems,
    document_response,
)
from service.api.schemas import PredictionOptions
from service.batch.classify import BatchRequest, BatchResponse, classify_in_steps
from service.batch.formats import FORMATS, parse_content_type
from service.batch.rows import BatchError
from service.http.problem_schema import FieldProblem, RowProblem
from service.model.registry import Predictors

PATH: Final = "/api/v01/classify/batch"

_MEDIA_TYPES: Final = list(FORMATS)

_DESCRIPTION: Final = """
A batch is a JSON array, NDJSON (a JSON object on each line), or CSV whose first line names the columns `pl`,
`pw`, `sl` and `sw` in any order. `Content-Type` says which; `Accept` says in which of them to answer, and
without it the answer comes as the batch came.

Rows are answered in their order. One that cannot be answered has an entry with its number and what is wrong
with it, and the others are answered all the same: the status is 200, and the header `X-Rows-Refused` counts
such rows. Only where there is no other row is the status 422. Rows are counted from 1, without the first line
of CSV and without blank lines.
"""


def add_batch_route(api: FastAPI, predictors: Predictors, *, most: int) -> None:
    """Add the route; a batch may have `most` flowers."""

    @api.post(
        PATH,
        tags=["classify"],
        summary="Classify many flowers",
        description=_DESCRIPTION + f"A batch has up to {most} flowers.",
        response_class=Response,
        openapi_extra={"requestBody": {"required": True, "content": _BODIES}},
        responses=_answers()
        | document_problems(
            {
                400: "The body is not what its content type says.",
                413: "The body is too large, or has too many flowers.",
                415: "The body is said to be in another form, or is encoded.",
                422: "Not one row can be answered, or there is no such predictor.",
            }
        ),
    )
    async def classify_batch(request: Request, choice: Annotated[PredictionOptions, Query()]) -> Response:
        predictor = find_predictor(predictors, choice.predictor)
        body = await request.body()
        if not body:
            raise ProblemError(400, "The body is empty.")
        given = _given(request)
        media_type = negotiate_media_type(request, [given, *_MEDIA_TYPES])
        batch = BatchRequest(
            body=body,
            given=FORMATS[given],
            wanted=FORMATS[media_type],
            predictor=predictor,
            detail=choice.detail,
            most=most,
        )
        answer = await _answer(batch)
        request.state.predictor = predictor.name
        request.state.flowers = answer.flowers
        return response_of(answer, media_type)


def response_of(answer: BatchResponse, media_type: str) -> Response:
    """Return the response that takes an answer to whoever asked."""
    headers = {FLOWERS_SWAPPED: str(answer.swapped), ROWS_REFUSED: str(answer.refused), "Vary": "Accept"}
    return Response(answer.body, media_type=media_type, headers=headers)


def _given(request: Request) -> str:
    """Return the media type of a body, by the name to answer it by."""
    content_type = request.headers.get("content-type", "")
    form = parse_content_type(content_type)
    if form is None:
        raise HTTPException(
            415,
            f"The body must be in one of {', '.join(_MEDIA_TYPES)}, in UTF-8.",
            headers={"Accept": ", ".join(_MEDIA_TYPES)},
        )
    named = content_type.partition(";")[0].strip().lower()
    return named if named in FORMATS else form.value


async def _answer(batch: BatchRequest) -> BatchResponse:
    work = classify_in_steps(batch)
    try:
        while True:
            next(work)
            await sleep(0)
    except StopIteration as done:
        answer: BatchResponse = done.value
        return answer
    except BatchError as error:
        raise _refusal(error) from error


def _refusal(error: BatchError) -> ProblemError:
    of_rows = [
        RowProblem(row=refused.row, **fault._asdict())
        for refused in error.refused
        for fault in refused.faults
    ]
    of_all = [FieldProblem(**fault._asdict()) for fault in error.faults]
    return ProblemError(error.status, error.detail, [*of_all, *of_rows])


_FLOWERS: Final = {"type": "array", "items": {"$ref": "#/components/schemas/FlowerRequest"}}
_NDJSON: Final = {
    # Without a line there is no body, and to send none is rather forgotten than meant.
    "schema": _FLOWERS | {"minItems": 1},
    "example": '{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}\n{"pl":6.0,"pw":2.5,"sl":6.3,"sw":3.3}\n',
}
_BODIES: Final[dict[str, Any]] = {
    "application/json": {
        "schema": _FLOWERS,
        "example": [
            {"pl": 1.4, "pw": 0.2, "sl": 5.1, "sw": 3.5},
            {"pl": "6.0", "pw": "2.5", "sl": "6.3", "sw": "3.3"},
        ],
    },
    "application/x-ndjson": _NDJSON,
    "application/jsonl": _NDJSON,
    "text/csv": {"schema": _FLOWERS, "example": "sl,sw,pl,pw\n5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n"},
}


def _answers() -> dict[int | str, dict[str, Any]]:
    entries = [
        {"$ref": f"#/components/schemas/{name}"}
        for name in ("Prediction", "DetailedPrediction", "RefusedRow")
    ]
    ndjson = {
        "schema": {"type": "string"},
        "example": '{"specie":"Iris Setosa"}\n{"specie":"Iris Virginica"}\n',
    }
    documents = document_response(BATCH_HEADERS)
    documents[200]["content"] = {
        "application/json": {
            "schema": {"type": "array", "items": {"anyOf": entries}},
            "example": [
                {"specie": "Iris Setosa"},
                {"row": 2, "errors": [{"field": "pl", "given": "abc", "allowed": "a number"}]},
            ],
        },
        "application/x-ndjson": ndjson,
        "application/jsonl": ndjson,
        "text/csv": {
            "schema": {"type": "string"},
            "example": "specie,error\r\nIris Setosa,\r\nIris Virginica,\r\n",
        },
    }
    return documents
