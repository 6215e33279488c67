"""`/docs`: documentation of the API as a web page."""

from functools import cache

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from service.api.openapi import document_response
from service.page.assets import page_headers
from service.page.docs import render_documentation


def add_docs_route(api: FastAPI) -> None:
    """Add the route; the page is rendered at its first request."""

    @cache
    def rendered() -> str:
        return render_documentation(api.openapi())

    @api.get(
        "/docs",
        tags=["pages"],
        summary="Show this documentation",
        response_class=HTMLResponse,
        responses=document_response(),
    )
    async def docs() -> HTMLResponse:
        return HTMLResponse(rendered(), headers=page_headers("page.css", "docs.css"))
