"""Corpus of legitimate requests on all routes, of our own making, from a seed."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from tests.localcloud.load_balancer.firewall.acls import request
from tests.localcloud.load_balancer.firewall.attacks import CORPUS

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.load_balancer.firewall.rules.web_request import WebRequest

    Header = tuple[str, str]

FEATURES = ("pl", "pw", "sl", "sw")
LONG_NAMES = ("petal length (cm)", "petal width (cm)", "sepal length (cm)", "sepal width (cm)")
PREDICTORS = ("iris-logistic", "iris-forest", "iris-bayes", "wine", "my_model-2", "Model.v3")

TEXTS = (CORPUS / "texts.txt").read_text(encoding="utf-8").splitlines()
"""Names, sentences in several languages, formulas, quotations."""

USER_AGENTS = (CORPUS / "user_agents.txt").read_text(encoding="utf-8").splitlines()

MORE_HEADERS: tuple[tuple[Header, ...], ...] = (
    (),
    (("accept", "*/*"), ("accept-encoding", "gzip, deflate, br, zstd")),
    (("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"),),
    (
        ("accept", "application/json;q=0.9, application/problem+json"),
        ("accept-language", "es-ES,es;q=0.8,en;q=0.5"),
    ),
    (("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),),
    (
        (
            "authorization",
            "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        ),
    ),
    (("referer", "http://127.0.0.1:8080/docs#/classify"), ("sec-fetch-mode", "cors"), ("dnt", "1")),
    (("cookie", "session=5f4dcc3b-5aa7-65d6-1d83; theme=dark; _ga=GA1.1.1234567890.1700000000"),),
    (("if-none-match", 'W/"33a64df551425fcc55e4d42a148795d9f25f89d4"'),),
    (("x-forwarded-for", "203.0.113.7, 10.0.0.4"), ("x-request-id", "b3c2a1d0-1111-4222-8333-444455556666")),
    (("origin", "https://app.example.com"), ("access-control-request-method", "POST")),
)

Make = "Callable[[random.Random], tuple[str, str, str]]"


def _number(chance: random.Random) -> str:
    return chance.choice(
        (
            f"{chance.uniform(0, 10):.1f}",
            f"{chance.uniform(0, 10):.15g}",
            f"{chance.uniform(0, 100):.3e}",
            str(chance.randrange(100)),
            f"0{chance.random():.2f}",
        )
    )


def _flower(chance: random.Random) -> dict[str, str]:
    return {name: _number(chance) for name in FEATURES}


def _typed(chance: random.Random) -> dict[str, float | str]:
    return {name: text if chance.random() < 0.5 else float(text) for name, text in _flower(chance).items()}


def _query(chance: random.Random) -> str:
    pairs = list(_flower(chance).items())
    chance.shuffle(pairs)
    return "&".join(f"{name}={text.replace('+', '%2B')}" for name, text in pairs)


def _csv(chance: random.Random) -> str:
    rows = (",".join(_flower(chance).values()) for _ in range(chance.randrange(1, 300)))
    header = chance.choice((",".join(FEATURES), ",".join(f'"{name}"' for name in LONG_NAMES)))
    end = chance.choice(("\n", "\r\n"))
    return end.join([header, *rows]) + end


def _json_rows(chance: random.Random) -> str:
    rows = [_typed(chance) for _ in range(chance.randrange(1, 80))]
    return json.dumps(rows, indent=chance.choice((None, 2)))


def _ndjson(chance: random.Random) -> str:
    return "".join(json.dumps(_typed(chance)) + "\n" for _ in range(chance.randrange(1, 80)))


def _tensor(chance: random.Random) -> str:
    rows = chance.randrange(1, 40)
    data = [[chance.uniform(0, 8) for _ in FEATURES] for _ in range(rows)]
    tensor = {"name": "features", "shape": [rows, 4], "datatype": "FP64", "data": data}
    return json.dumps({"id": f"request-{rows}", "inputs": [tensor], "outputs": [{"name": "label"}]})


def _prepared(chance: random.Random) -> str:
    """Return a row with categories and free text, as models of other data have them."""
    row = {
        "age": chance.randrange(18, 99),
        "job": chance.choice(("blue-collar", "self-employed", "admin.", "management", "Ärztin")),
        "comment": chance.choice(TEXTS),
    }
    return json.dumps([row], ensure_ascii=chance.random() < 0.5)


def _prepared_csv(chance: random.Random) -> str:
    """Return rows with texts, each in quotation marks."""
    rows = (
        f'"{chance.choice(TEXTS).replace(chr(34), chr(34) * 2)}",1' for _ in range(chance.randrange(1, 60))
    )
    return "\n".join(["comment,age", *rows])


def _category_tensor(chance: random.Random) -> str:
    texts = chance.sample(TEXTS, 3)
    tensor = {"name": "comment", "shape": [3, 1], "datatype": "BYTES", "data": texts}
    return json.dumps({"inputs": [tensor]}, ensure_ascii=chance.random() < 0.5)


def _text_query(chance: random.Random) -> str:
    encode = chance.choice((quote, quote_plus))
    return f"comment={encode(chance.choice(TEXTS), safe='')}&age=40"


ROUTES: dict[str, Callable[[random.Random], tuple[str, str, str]]] = {
    "/": lambda _: ("GET", "/", ""),
    "/docs": lambda _: ("GET", "/docs", ""),
    "/openapi.json": lambda _: ("GET", "/openapi.json", ""),
    "/livez": lambda _: ("GET", "/livez", ""),
    "/readyz": lambda _: ("GET", "/readyz", ""),
    "/version": lambda _: ("GET", "/version", ""),
    "/metrics": lambda _: ("GET", "/metrics", ""),
    "/listpredictors": lambda _: ("GET", "/listpredictors", ""),
    "/api/v01/predictors": lambda chance: (chance.choice(("GET", "HEAD")), "/api/v01/predictors", ""),
    "/api/v01/predictors/{name}": lambda chance: (
        "GET",
        f"/api/v01/predictors/{chance.choice(PREDICTORS)}",
        "",
    ),
    "/api/v01/predictors/{name}/predict": lambda chance: (
        "POST",
        f"/api/v01/predictors/{chance.choice(PREDICTORS)}/predict",
        chance.choice((_csv, _json_rows, _ndjson, _prepared, _prepared_csv))(chance),
    ),
    "GET /api/v01/predictors/{name}/predict": lambda chance: (
        "GET",
        f"/api/v01/predictors/iris-bayes/predict?{chance.choice((_query, _text_query))(chance)}",
        "",
    ),
    "/api/v01/classify": lambda chance: ("GET", f"/api/v01/classify?{_query(chance)}", ""),
    "model": lambda chance: (
        "GET",
        f"/api/v01/classify?{_query(chance)}&predictor={chance.choice(PREDICTORS)}",
        "",
    ),
    "POST /api/v01/classify": lambda chance: ("POST", "/api/v01/classify", json.dumps(_typed(chance))),
    "/api/v01/classify/{pl}/{pw}/{sl}/{sw}": lambda chance: (
        "GET",
        f"/api/v01/classify/{'/'.join(_flower(chance).values())}",
        "",
    ),
    "/api/v01/classify/batch": lambda chance: (
        "POST",
        "/api/v01/classify/batch",
        chance.choice((_csv, _json_rows, _ndjson))(chance),
    ),
    "preflight": lambda _: ("OPTIONS", "/api/v01/classify", ""),
    "/v2": lambda _: ("GET", "/v2", ""),
    "/v2/health/ready": lambda _: ("GET", "/v2/health/ready", ""),
    "/v2/models/{name}": lambda chance: ("GET", f"/v2/models/{chance.choice(PREDICTORS)}", ""),
    "/v2/models/{name}/infer": lambda chance: (
        "POST",
        f"/v2/models/{chance.choice(PREDICTORS)}/infer",
        chance.choice((_tensor, _category_tensor))(chance),
    ),
    "/v2/models/{name}/versions/1/infer": lambda chance: (
        "POST",
        f"/v2/models/{chance.choice(PREDICTORS)}/versions/1/infer",
        _tensor(chance),
    ),
}
"""Route, or another name of a kind of requests -> method, target and body."""


def _is_csv(body: str) -> bool:
    return bool(body) and not body.startswith(("{", "["))


def legitimate(count: int, seed: int = 42) -> list[WebRequest]:
    """Return that many requests, evenly over the routes."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible corpus
    makers = list(ROUTES.values())
    requests: list[WebRequest] = []
    for number in range(count):
        method, target, body = makers[number % len(makers)](chance)
        data = body.encode()
        requests.append(
            request(
                target,
                method,
                body=data[:8_192].decode("latin-1"),
                has_larger_body=len(data) > 8_192,
                source=f"198.51.100.{number % 250}",
                headers=(
                    ("host", chance.choice(("127.0.0.1:8080", "localhost:8080", "api.example.com"))),
                    ("user-agent", chance.choice(USER_AGENTS)),
                    *((("content-type", "text/csv"),) if _is_csv(body) else ()),
                    *chance.choice(MORE_HEADERS),
                ),
            )
        )
    return requests
