"""`/`: web page with a form. Any input gets status 200, and the page shows what is wrong with it."""

from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse

from service.api.instance import serving_instance
from service.api.model_schemas import model_schemas, with_types
from service.api.schemas import PageQuery
from service.http.accept import best_language
from service.model.registry import Predictors
from service.page.assets import page_headers
from service.page.form import submit_form
from service.page.render import render_page
from service.page.translations import LANGUAGES
from service.server.middleware.request_context import OUT_OF_RANGE


def add_page_route(api: FastAPI, predictors: Predictors, *, documented: bool) -> None:
    """Add the route; `documented` adds a link to the documentation."""
    page_query = model_schemas(predictors.default.definition).page_query

    async def page(query: PageQuery, request: Request) -> HTMLResponse:
        accepted = ",".join(request.headers.getlist("accept-language"))
        language = query.lang if query.lang in LANGUAGES else best_language(accepted, list(LANGUAGES))
        given = {
            feature: str(getattr(query, feature)) for feature in predictors.default.definition.short_names
        }
        seen = submit_form(given, query.predictor, predictors, LANGUAGES[language])
        numbers = {name: text.strip().replace(",", ".") for name, text in given.items()}
        counts = seen.predictor.definition.out_of_range(numbers)
        if counts:
            request.scope.setdefault("state", {})[OUT_OF_RANGE] = (seen.predictor.name, counts)
        html = render_page(
            seen, predictors, language=language, instance=serving_instance(request), documented=documented
        )
        negotiated = {"Content-Language": language, "Vary": "Accept-Language"}
        return HTMLResponse(html, headers=page_headers("page.css", "page.js") | negotiated)

    page = with_types(page, query=Annotated[page_query, Query()])
    api.get("/", include_in_schema=False, response_class=HTMLResponse)(page)
