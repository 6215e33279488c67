"""`/docs`: documentation of the API as a web page. `/openapi.json`: its OpenAPI document."""

from functools import cache

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse, JSONResponse

from service.page.assets import page_headers
from service.page.docs import render_documentation


def add_docs_route(api: FastAPI) -> None:
    """Add the routes; the page is rendered at its first request."""

    @cache
    def rendered() -> str:
        return render_documentation(api.openapi())

    @api.get("/docs", include_in_schema=False, response_class=HTMLResponse)
    async def docs() -> HTMLResponse:
        return HTMLResponse(rendered(), headers=page_headers("page.css", "docs.css"))

    # Any media type is accepted, such as `application/vnd.oai.openapi+json`.
    @api.get("/openapi.json", include_in_schema=False, response_class=Response)
    async def openapi() -> Response:
        return JSONResponse(api.openapi())
