"""Writes the documentation for people out of the OpenAPI document: nothing is described twice."""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from service.page.assets import read_asset, template_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CODE: Final = re.compile(r"`([^`]+)`")


def render_documentation(openapi: Mapping[str, Any]) -> str:
    """Return the page as HTML."""
    operations = list(_operations(openapi))
    return template_of("docs.html").substitute(
        title=escape(openapi["info"]["title"]),
        description=_paragraphs(openapi["info"]["description"]),
        openapi=escape(openapi["openapi"]),
        style=read_asset("page.css"),
        docs_style=read_asset("docs.css"),
        contents="".join(
            f'<a href="#{_anchor(method, path)}"><code>{method.upper()} {escape(path)}</code></a>'
            for path, method, _ in operations
        ),
        operations="".join(_operation(openapi, path, method, each) for path, method, each in operations),
    )


def _operations(openapi: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _operation(openapi: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> str:
    return (
        f'<article class="card" id="{_anchor(method, path)}">'
        f'<h2><span class="method {method}">{method.upper()}</span><code>{escape(path)}</code></h2>'
        f"<p>{escape(operation['summary'])}</p>"
        + _paragraphs(operation.get("description", ""))
        + _parameters(operation.get("parameters", []))
        + _try(openapi, path, method, operation)
        + _answers(operation["responses"])
        + "</article>"
    )


def _anchor(method: str, path: str) -> str:
    return f"{method}{re.sub('[^a-z0-9]+', '-', path).rstrip('-')}"


def _paragraphs(text: str) -> str:
    parts = (part.strip() for part in text.split("\n\n"))
    return "".join(f"<p>{_prose(part)}</p>" for part in parts if part)


def _prose(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _parameters(parameters: list[dict[str, Any]]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}"
        f"{', required' if each.get('required') else ''}</td>"
        f"<td>{_prose(each.get('description', ''))} {_allowed(each['schema'])}</td></tr>"
        for each in parameters
    )
    return f"<h3>Parameters</h3>{_table(('name', 'where', 'meaning'), rows)}"


def _allowed(schema: Mapping[str, Any]) -> str:
    if "enum" not in schema:
        return ""
    return f"One of {', '.join(f'<code>{escape(str(name))}</code>' for name in schema['enum'])}."


def _try(openapi: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> str:
    parameters = [each for each in operation.get("parameters", []) if _example(each["schema"])]
    for each in parameters:
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", quote(_example(each["schema"])))
    query = urlencode(
        {each["name"]: _example(each["schema"]) for each in parameters if each["in"] == "query"}
    )
    target = path.lstrip("/") + (f"?{query}" if query else "")
    if method == "get":
        link = escape(target or "./")
        return f'<h3>Try</h3><p><a href="{link}"><code>{escape("/" + target)}</code></a></p>'
    bodies = operation.get("requestBody", {}).get("content", {})
    examples = "".join(
        f"<details{' open' if place == 0 else ''}><summary><code>{escape(media_type)}</code></summary>"
        f"<pre><code>{escape(_as_text(_body_example(openapi, body)))}</code></pre></details>"
        for place, (media_type, body) in enumerate(bodies.items())
    )
    return f"<h3>Body</h3>{examples}"


def _example(schema: Mapping[str, Any]) -> str:
    return str(schema.get("default") or next(iter(schema.get("examples", [])), ""))


def _body_example(openapi: Mapping[str, Any], body: Mapping[str, Any]) -> object:
    if "example" in body:
        return body["example"]
    name = body["schema"]["$ref"].rpartition("/")[2]
    return openapi["components"]["schemas"][name]["examples"][0]


def _as_text(example: object) -> str:
    return example if isinstance(example, str) else json.dumps(example, indent=2)


def _answers(responses: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(status)}</td><td>{_media_types(answer)}</td>"
        f"<td>{_prose(answer['description'])}</td></tr>"
        for status, answer in sorted(responses.items())
    )
    return f"<h3>Answers</h3>{_table(('status', 'form', 'when'), rows)}"


def _media_types(answer: Mapping[str, Any]) -> str:
    return ", ".join(f"<code>{escape(media_type)}</code>" for media_type in answer.get("content", {}))


def _table(headings: tuple[str, ...], rows: str) -> str:
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="scrolling" tabindex="0">{table}</div>'
