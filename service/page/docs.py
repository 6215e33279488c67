"""Documentation page, made from the OpenAPI document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from service.page import templates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def render_documentation(openapi: Mapping[str, Any]) -> str:
    """Return the documentation of an OpenAPI document as HTML."""
    return templates.render(
        "docs.html",
        info=openapi["info"],
        openapi=openapi["openapi"],
        operations=list(_operations(openapi)),
    )


def _operations(openapi: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            bodies = operation.get("requestBody", {}).get("content", {})
            yield {
                "path": path,
                "method": method,
                "summary": operation["summary"],
                "is_for_operators": "health" in operation["tags"],
                "description": operation.get("description", ""),
                "parameters": operation.get("parameters", []),
                "example_url": _example_url(path, operation.get("parameters", [])),
                "bodies": {
                    media_type: _as_text(_body_example(openapi, body)) for media_type, body in bodies.items()
                },
                "responses": sorted(operation["responses"].items()),
            }


def _example_url(path: str, parameters: list[dict[str, Any]]) -> str:
    """Return a URL relative to the documentation, with the examples of an operation's parameters."""
    query: dict[str, str] = {}
    for parameter in parameters:
        name, example = parameter["name"], _example(parameter["schema"])
        if example and parameter["in"] == "path":
            path = path.replace(f"{{{name}}}", quote(example))
        elif example and parameter["in"] == "query":
            query[name] = example
    return path.lstrip("/") + (f"?{urlencode(query)}" if query else "")


def _example(schema: Mapping[str, Any]) -> str:
    return str(schema.get("default") or next(iter(schema.get("examples", [])), ""))


def _body_example(openapi: Mapping[str, Any], body: Mapping[str, Any]) -> object:
    if "example" in body:
        return body["example"]
    name = body["schema"]["$ref"].rpartition("/")[2]
    return openapi["components"]["schemas"][name]["examples"][0]


def _as_text(example: object) -> str:
    return example if isinstance(example, str) else json.dumps(example, indent=2)
