"""`/api/v01/predictors/{name}/predict`: one row or a batch, for any predictor by its own definition."""

import json
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from service.api.batch_paths import PREDICT_PATH
from service.api.dependencies import predictor_names
from service.api.error_handlers import ProblemError
from service.api.negotiation import negotiate_media_type
from service.api.openapi import document_problems
from service.api.predict_documents import (
    one_row_responses,
    predict_bodies,
    predict_parameters,
    predict_responses,
)
from service.api.routes.batch import answer_batch, count_out_of_range
from service.api.schemas import DetailOption
from service.batch.formats import BatchFormat, parse_content_type
from service.batch.limits import MAX_ROW_CHARACTERS
from service.batch.strict_reader import StrictReader
from service.http.json_errors import json_error_detail
from service.http.problem_schema import FieldProblem
from service.model.explanation import explain
from service.model.registry import Predictor, Predictors

if TYPE_CHECKING:
    from service.server.client_presence import State

_JSON: Final = "application/json"

_DESCRIPTION: Final = """
A JSON object is one row: the values by the short names of the predictor's definition. A JSON array of such
objects, NDJSON and CSV are batches, as those of `/api/v01/classify/batch`, with the same limits and the same
errors by row.
"""


def add_predict_routes(api: FastAPI, predictors: Predictors, *, max_flowers: int) -> None:
    """Add both routes; a batch may have up to `max_flowers` rows."""

    def find(name: str) -> Predictor:
        predictor = predictors.get(name)
        if predictor is None:
            available = ", ".join(predictor_names(predictors))
            raise HTTPException(404, f"There is no such predictor. Available: {available}.")
        return predictor

    item = predictors.default.definition.item if len(predictors.alike()) == len(list(predictors)) else "row"
    path = Path(description="Name of a predictor.", examples=[predictors.default.name])

    @api.get(
        PREDICT_PATH,
        tags=["predictors"],
        operation_id="predictByQuery",
        summary=f"Predict one {item} in the query, by any predictor",
        description="The values are parameters of the query, in any order, as its definition names them.",
        openapi_extra={"parameters": predict_parameters(predictors)},
        responses=one_row_responses(predictors)
        | document_problems({404: "There is no such predictor.", 422: "A value is missing or not allowed."}),
    )
    async def predict_query(
        name: Annotated[str, path], request: Request, options: Annotated[DetailOption, Query()]
    ) -> Response:
        return _predict(request, find(name), dict(request.query_params), detail=options.detail)

    @api.post(
        PREDICT_PATH,
        tags=["predictors"],
        operation_id="predict",
        summary=f"Predict one {item} or many in the body, by any predictor",
        description=_DESCRIPTION,
        response_class=Response,
        openapi_extra={"requestBody": {"required": True, "content": predict_bodies(predictors)}},
        responses=predict_responses(predictors)
        | document_problems(
            {
                400: "The body does not match its content type.",
                404: "There is no such predictor.",
                413: "The body is too large, has too many rows or lines, or a row that is too long.",
                415: "The content type is not supported, or the body is encoded.",
                422: "No row can be predicted, or too many cannot.",
                503: "The service has reached its limit of concurrent batches.",
            }
        ),
    )
    async def predict_body(
        name: Annotated[str, path], request: Request, options: Annotated[DetailOption, Query()]
    ) -> Response:
        predictor = find(name)
        body = await request.body()
        is_json = parse_content_type(request.headers.get("content-type", "")) is BatchFormat.JSON
        if not is_json or not _is_object(body):
            return await answer_batch(request, predictor, detail=options.detail, max_flowers=max_flowers)
        negotiate_media_type(request, [_JSON])
        if len(body) > MAX_ROW_CHARACTERS:
            raise HTTPException(413, f"A row has more than {MAX_ROW_CHARACTERS} bytes.")
        try:
            values: object = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise ProblemError(400, json_error_detail(error)) from error
        return _predict(request, predictor, values, detail=options.detail)


def _is_object(body: bytes) -> bool:
    beginning = body.decode(json.detect_encoding(body), "replace")
    return beginning.lstrip(" \t\r\n").startswith("{")


def _predict(request: Request, predictor: Predictor, values: object, *, detail: bool) -> Response:
    state: State = request.scope.setdefault("state", {})
    row = StrictReader(predictor.definition, count_out_of_range(state, predictor)).check_row(values)
    if isinstance(row, list):
        raise ProblemError(
            422,
            f"The request does not describe a valid {predictor.definition.item}.",
            [FieldProblem(**fault._asdict()) for fault in row],
        )
    request.state.predictor = predictor.name
    row, corrected = predictor.correct(row)
    content: dict[str, Any] = (
        explain(predictor, row, corrected=corrected)
        if detail
        else {predictor.definition.response_key: predictor.predict(row)}
    )
    hook = predictor.hook
    return JSONResponse(content, headers={hook.HEADER: "true"} if hook and corrected else {})
