"""Corpus of attacks by category, of our own making: the payloads of `corpus/` in the places of a request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.localcloud.load_balancer.firewall.acls import BROWSER, request

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.load_balancer.firewall.rules.web_request import WebRequest

CORPUS = Path(__file__).parent / "corpus"


def payloads(category: str) -> list[str]:
    text = (CORPUS / f"{category}.txt").read_text(encoding="utf-8")
    return [line.encode().decode("latin-1") for line in text.splitlines()]


def _in_query(payload: str) -> WebRequest:
    return request(f"/api/v01/classify?pl={quote(payload, safe='%/:;()', encoding='latin-1')}&pw=0.2")


def _in_query_three_times_encoded(payload: str) -> WebRequest:
    encoded = payload
    for _ in range(3):
        encoded = quote(encoded, safe="", encoding="latin-1")
    return request(f"/api/v01/classify?pl={encoded}&pw=0.2")


def _in_cookie(payload: str) -> WebRequest:
    cookie = f"theme=dark; pl={quote(payload, safe='', encoding='latin-1')}"
    return request(headers=(BROWSER, ("cookie", cookie)))


def _in_escaped_json(payload: str) -> WebRequest:
    escaped = "".join(f"\\u{ord(char):04x}" for char in payload)
    return request("/v2/models/iris/infer", "POST", body=f'{{"inputs": [{{"data": [["{escaped}"]]}}]}}')


def _in_json(payload: str) -> WebRequest:
    return request("/api/v01/classify", "POST", body=json.dumps({"pl": payload, "pw": "0.2"}))


def _in_form(payload: str) -> WebRequest:
    body = f"pl={quote(payload, safe='%', encoding='latin-1')}&pw=0.2"
    return request("/api/v01/predictors/iris-logistic/predict", "POST", body=body)


def _in_header(payload: str) -> WebRequest:
    return request(headers=(BROWSER, ("x-api-version", payload)))


def _as_path(payload: str) -> WebRequest:
    return request(payload)


def _as_user_agent(payload: str) -> WebRequest:
    return request(headers=(("user-agent", payload),))


_ARGUMENTS = (_in_query, _in_query_three_times_encoded, _in_json, _in_escaped_json, _in_form)

PLACES: dict[str, tuple[Callable[[str], WebRequest], ...]] = {
    "sql_injection": (*_ARGUMENTS, _in_cookie),
    "cross_site_scripting": (*_ARGUMENTS, _in_cookie),
    "path_traversal": _ARGUMENTS,
    "known_bad_inputs": _ARGUMENTS,
    "exploitable_paths": (_as_path,),
    "bad_bots": (_as_user_agent,),
    "shell_commands": (*_ARGUMENTS, _in_header),
}
"""Category -> places in which its payloads are sent."""


def attacks(category: str) -> list[WebRequest]:
    """Return the requests of a category."""
    return [place(payload) for payload in payloads(category) for place in PLACES[category]]
