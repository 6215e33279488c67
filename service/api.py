"""The interface: which request is answered by what, and how that is documented."""

from email.message import Message
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request, Response
from pydantic.json_schema import models_json_schema
from typing_extensions import override

from service.envelope import SERVED_BY
from service.errors import answer_with_problems
from service.flower import FEATURES, right_way_round
from service.predictors import Predictor, Predictors
from service.problems import MEDIA_TYPE
from service.schemas import FlowerRequest, Health, Prediction, PredictorCard, PredictorList, Problem

SWAPPED: Final = "X-Flower-Swapped"
"""Header of an answer about a flower whose petals and sepals were given in each other's place."""

_SERVED_BY_DOCUMENT: Final[dict[str, Any]] = {
    SERVED_BY: {"description": "The instance that answered.", "required": True, "schema": {"type": "string"}}
}

_SWAPPED_DOCUMENT: Final[dict[str, Any]] = {
    SWAPPED: {
        "description": "Petals and sepals were read the other way round; absent otherwise.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}

_DESCRIPTION: Final = """
Names the species of an iris from four lengths in centimetres: petal length (`pl`), petal width (`pw`),
sepal length (`sl`) and sepal width (`sw`). A flower whose petals are both longer and wider than its sepals
has been given the wrong way round, as no iris grows so: it is read the other way, and the answer says so
in the header `X-Flower-Swapped`. Every error is a problem as of RFC 9457.
"""


class DocumentedApi(FastAPI):
    """FastAPI, with the shape of problems in its OpenAPI schema.

    It would document additional responses as `application/json` alone.
    """

    @override
    def openapi(self) -> dict[str, Any]:
        schema = super().openapi()
        _, definitions = models_json_schema(
            [(Problem, "validation")], ref_template="#/components/schemas/{model}"
        )
        schema["components"]["schemas"].update(definitions["$defs"])
        return schema


def create_api(predictors: Predictors) -> FastAPI:
    """Build what is the authority on every route, its validation, its errors and its documentation."""
    api = DocumentedApi(
        title="Iris classifier",
        version="1",
        description=_DESCRIPTION,
        # The pages would load scripts from somebody else's server.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # What is measured is the project's own choice, not that of variables that happen to be set.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        responses=_problems({500: "The service failed."}),
    )
    _answer_classifications(api, predictors.default)
    _answer_listings(api, predictors)
    _answer_probes(api, predictors)
    answer_with_problems(api)
    return api


def _answer_classifications(api: FastAPI, predictor: Predictor) -> None:
    def classify(lengths: FlowerRequest, response: Response) -> Prediction:
        flower, swapped = right_way_round(lengths.flower())
        if swapped:
            response.headers[SWAPPED] = "true"
        return Prediction(specie=predictor.predict(flower))

    answers: dict[int | str, dict[str, Any]] = {200: {"headers": _SERVED_BY_DOCUMENT | _SWAPPED_DOCUMENT}}
    invalid = {422: "A length is missing, not a number, or out of range."}

    @api.get(
        "/api/v01/classify/{pl}/{pw}/{sl}/{sw}",  # noqa: FAST003 (they are the fields of FlowerRequest)
        tags=["classify"],
        summary="Classify one flower given in the path",
        responses=answers | _problems(invalid | {404: "The path does not hold four lengths."}),
    )
    async def classify_path(lengths: Annotated[FlowerRequest, Path()], response: Response) -> Prediction:
        return classify(lengths, response)

    @api.get(
        "/api/v01/classify",
        tags=["classify"],
        summary="Classify one flower given in the query",
        responses=answers | _problems(invalid),
    )
    async def classify_query(lengths: Annotated[FlowerRequest, Query()], response: Response) -> Prediction:
        return classify(lengths, response)

    @api.post(
        "/api/v01/classify",
        tags=["classify"],
        summary="Classify one flower given in the body",
        responses=answers
        | _problems(
            invalid
            | {
                400: "The body is not JSON.",
                413: "The body is too large.",
                415: "The body is not said to be JSON.",
            }
        ),
        dependencies=[Depends(_must_be_json)],
    )
    async def classify_body(lengths: FlowerRequest, response: Response) -> Prediction:
        return classify(lengths, response)


def _answer_listings(api: FastAPI, predictors: Predictors) -> None:
    listed = PredictorList(
        predictors=[
            PredictorCard(
                name=predictor.name,
                version=predictor.version,
                kind=predictor.kind,
                default=predictor is predictors.default,
                features=list(FEATURES),
                classes=list(predictor.classes),
                accuracy=predictor.accuracy,
                trained_at=predictor.trained_at,
            )
            for predictor in predictors
        ]
    )

    @api.get(
        "/listpredictors",
        tags=["predictors"],
        summary="List what can answer",
        responses={200: {"headers": _SERVED_BY_DOCUMENT}},
    )
    @api.get(
        "/api/v01/predictors",
        tags=["predictors"],
        summary="List what can answer",
        responses={200: {"headers": _SERVED_BY_DOCUMENT}},
    )
    async def list_predictors() -> PredictorList:
        return listed


def _answer_probes(api: FastAPI, predictors: Predictors) -> None:
    @api.get(
        "/livez",
        tags=["health"],
        summary="Say whether the process answers at all",
        responses={200: {"headers": _SERVED_BY_DOCUMENT}},
    )
    async def livez() -> Health:
        return Health(status="alive")

    @api.get(
        "/readyz",
        tags=["health"],
        summary="Say whether requests may be sent here",
        description="Ready is who has loaded every predictor and is given its known answers again right now.",
        responses={200: {"headers": _SERVED_BY_DOCUMENT}} | _problems({503: "A predictor errs."}),
    )
    async def readyz() -> Health:
        erring = [predictor.name for predictor in predictors if not predictor.gives_known_answers()]
        if erring:
            raise HTTPException(503, f"Not ready: {', '.join(erring)} no longer gives its known answers.")
        return Health(status="ready")


async def _must_be_json(request: Request) -> None:
    """Refuse a body that is not said to be JSON (RFC 8259) or a format made of it (RFC 6839, 3.1)."""
    # Read as the framework reads it; where the two differed, a body would be taken for neither.
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    subtype = message.get_content_subtype()
    is_json = message.get_content_maintype() == "application" and (
        subtype == "json" or subtype.endswith("+json")
    )
    if not is_json and await request.body():
        raise HTTPException(415, "The body must be JSON, and its content type application/json.")


def _problems(reasons: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    """Document that each of these statuses comes with a problem."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": reason, "content": content, "headers": _SERVED_BY_DOCUMENT}
        for status, reason in reasons.items()
    }
