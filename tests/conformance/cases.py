"""Requests that must get the same response in every deployment of the service.

Each is written as it is sent: the target is already percent-encoded, and no client normalizes it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import struct
import zlib
from dataclasses import dataclass
from typing import Final

JSON: Final = ("Content-Type", "application/json")
CLASSIFY: Final = "/api/v01/classify"
SETOSA: Final = "pl=1.4&pw=0.2&sl=5.1&sw=3.5"
FLOWER: Final = b'{"pl":"1.4","pw":"0.2","sl":"5.1","sw":"3.5"}'


@dataclass(frozen=True)
class Request:
    """One HTTP request."""

    name: str
    method: str
    target: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def get(name: str, target: str, *headers: tuple[str, str]) -> Request:
    return Request(name, "GET", target, headers=headers)


def post(name: str, body: bytes, *headers: tuple[str, str]) -> Request:
    return Request(name, "POST", CLASSIFY, body, headers or (JSON,))


def flower(**lengths: object) -> bytes:
    return json.dumps({"pl": "1.4", "pw": "0.2", "sl": "5.1", "sw": "3.5"} | lengths).encode()


PATHS: Final = [
    get("path: setosa", f"{CLASSIFY}/1.4/0.2/5.1/3.5"),
    get("path: versicolor", f"{CLASSIFY}/4.7/1.4/7.0/3.2"),
    get("path: virginica", f"{CLASSIFY}/6.0/2.5/6.3/3.3"),
    get("path: petals and sepals exchanged", f"{CLASSIFY}/5.1/3.5/1.4/0.4"),
    get("path: whole numbers and exponents", f"{CLASSIFY}/1/2e-1/5/35e-1"),
    get("path: percent-encoded digits", f"{CLASSIFY}/%31.4/0%2e2/5.1/3.5"),
    get("path: percent-encoded twice", f"{CLASSIFY}/%2531.4/0.2/5.1/3.5"),
    get("path: a plus is a plus", f"{CLASSIFY}/+1.4/0.2/5.1/3.5"),
    get("path: a blank", f"{CLASSIFY}/%201.4/0.2/5.1/3.5"),
    get("path: not a number", f"{CLASSIFY}/1.4/abc/5.1/3.5"),
    get("path: NaN and infinity", f"{CLASSIFY}/NaN/inf/5.1/3.5"),
    get("path: out of range", f"{CLASSIFY}/1.4/0.2/5.1/100.5"),
    get("path: negative", f"{CLASSIFY}/-1.4/0.2/5.1/3.5"),
    get("path: words in other scripts", f"{CLASSIFY}/%E4%BA%94/%D9%A5/%F0%9F%8C%B8/3.5"),
    get("path: not UTF-8", f"{CLASSIFY}/%FF/0.2/5.1/3.5"),
    get("path: an encoded slash", f"{CLASSIFY}/1.4%2F0.2/5.1/3.5"),
    get("path: too few lengths", f"{CLASSIFY}/1.4/0.2/5.1"),
    get("path: too many lengths", f"{CLASSIFY}/1.4/0.2/5.1/3.5/6.7"),
    get("path: an empty length", f"{CLASSIFY}//0.2/5.1/3.5"),
    get("path: a query is ignored", f"{CLASSIFY}/1.4/0.2/5.1/3.5?pl=9.9"),
    Request("path: by POST", "POST", f"{CLASSIFY}/1.4/0.2/5.1/3.5", FLOWER, (JSON,)),
]

QUERIES: Final = [
    get("query: setosa", f"{CLASSIFY}?{SETOSA}"),
    get("query: the course's example", f"{CLASSIFY}?pl=5.1&pw=3.5&sw=0.4&sl=1.4"),
    get("query: percent-encoded", f"{CLASSIFY}?%70l=1%2E4&pw=0.2&sl=5.1&sw=3.5"),
    get("query: percent-encoded twice", f"{CLASSIFY}?pl=%2531.4&pw=0.2&sl=5.1&sw=3.5"),
    get("query: a plus is a blank", f"{CLASSIFY}?pl=+1.4&pw=0.2&sl=5.1&sw=3.5"),
    get("query: an encoded plus", f"{CLASSIFY}?pl=%2B1.4&pw=0.2&sl=5.1&sw=3.5"),
    get("query: repeated", f"{CLASSIFY}?pl=abc&pl=1.4&pw=0.2&sl=5.1&sw=3.5"),
    get("query: repeated, the last one wrong", f"{CLASSIFY}?pl=1.4&pl=abc&pw=0.2&sl=5.1&sw=3.5"),
    get("query: repeated in between", f"{CLASSIFY}?pl=1&pw=0.2&pl=1.4&sl=5.1&sw=3.5&pw=0.3"),
    get("query: empty values", f"{CLASSIFY}?pl=&pw=&sl=&sw="),
    get("query: names without values", f"{CLASSIFY}?pl&pw&sl&sw"),
    get("query: none", CLASSIFY),
    get("query: only a question mark", f"{CLASSIFY}?"),
    get("query: some missing", f"{CLASSIFY}?pl=1.4&sw=3.5"),
    get("query: a name too many", f"{CLASSIFY}?{SETOSA}&colour=blue"),
    get("query: an empty name", f"{CLASSIFY}?{SETOSA}&=1"),
    get("query: two ampersands", f"{CLASSIFY}?pl=1.4&&pw=0.2&sl=5.1&sw=3.5"),
    get("query: semicolons do not separate", f"{CLASSIFY}?pl=1.4;pw=0.2;sl=5.1;sw=3.5"),
    get("query: in other scripts", f"{CLASSIFY}?pl=%E4%BA%94&pw=%D9%A5&sl=%F0%9F%8C%B8&sw=3.5"),
    get("query: not UTF-8", f"{CLASSIFY}?pl=%FF&pw=0.2&sl=5.1&sw=3.5"),
    get("query: a lone percent sign", f"{CLASSIFY}?pl=%&pw=0.2&sl=5.1&sw=3.5"),
    get("query: reserved characters", f"{CLASSIFY}?pl=a/b?c:d@e!$&pw=0.2&sl=5.1&sw=3.5"),
    get("query: long", f"{CLASSIFY}?pl={'9' * 3000}&pw=0.2&sl=5.1&sw=3.5"),
]

BODIES: Final = [
    post("body: text", FLOWER),
    post("body: numbers", b'{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}'),
    post("body: exchanged", flower(pl="5.1", pw="3.5", sl="1.4", sw="0.4")),
    post("body: a parameter of the type", FLOWER, ("Content-Type", "application/json; charset=utf-8")),
    post("body: a format made of JSON", FLOWER, ("Content-Type", "application/vnd.iris+json")),
    post("body: the type in capitals", FLOWER, ("content-type", "APPLICATION/JSON")),
    post("body: two types", FLOWER, ("Content-Type", "text/plain"), JSON),
    post("body: without a type", FLOWER, ("X-Nothing", "1")),
    post("body: of another type", FLOWER, ("Content-Type", "text/plain")),
    post("body: a form", b"pl=1.4&pw=0.2", ("Content-Type", "application/x-www-form-urlencoded")),
    post("body: in base64", b"eyJwbCI6MS40fQ==", ("Content-Type", "application/octet-stream")),
    post("body: in base64 but said to be JSON", b"eyJwbCI6MS40fQ=="),
    post("body: empty", b""),
    post("body: not JSON", b'{"pl": 1.4,'),
    post("body: a list", b"[1.4,0.2,5.1,3.5]"),
    post("body: null", b"null"),
    post("body: missing and wrong", flower(pl=None, pw=True, sl=[5.1], sw={"cm": 3.5})),
    post("body: in other scripts", json.dumps({"pl": "五", "花": "🌸"}, ensure_ascii=False).encode()),
    post("body: half a surrogate pair", rb'{"pl":"\ud800","pw":0.2,"sl":5.1,"sw":3.5}'),
    post("body: numbers too large", b'{"pl":1e400,"pw":0.2,"sl":5.1,"sw":3.5}'),
    post("body: UTF-16", FLOWER.decode().encode("utf-16")),
    post("body: binary", bytes(range(256))),
    post("body: gzip", gzip.compress(FLOWER, mtime=0), JSON, ("Content-Encoding", "gzip")),
    post("body: deflate", zlib.compress(FLOWER), JSON, ("Content-Encoding", "deflate")),
    post("body: nested deeply", b"[" * 100_000),
    post("body: large but allowed", FLOWER + b" " * 500_000),
    post("body: as large as allowed", FLOWER + b" " * (1_048_576 - len(FLOWER))),
    post("body: a byte too large", FLOWER + b" " * (1_048_577 - len(FLOWER))),
    post("body: much too large", b"x" * 3_000_000),
]

BATCH: Final = f"{CLASSIFY}/batch"
ROWS: Final = (
    b'[{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5},{"pl":"5.1","pw":"3.5","sl":"1.4","sw":"0.4"},{"pl":"x"}]'
)
TABLE: Final = b"sw,sl,pw,pl\r\n3.5,5.1,0.2,1.4\r\n3.3,6.3,x,6.0\r\n"


def batch(name: str, body: bytes, media_type: str, *headers: tuple[str, str], query: str = "") -> Request:
    return Request(name, "POST", BATCH + query, body, (("Content-Type", media_type), *headers))


BATCHES: Final = [
    batch("batch: JSON", ROWS, "application/json"),
    batch("batch: in detail", ROWS, "application/json", query="?detail=true&predictor=iris-logistic"),
    batch("batch: CSV", TABLE, "text/csv"),
    batch("batch: CSV answered as JSON", TABLE, "text/csv", ("Accept", "application/json")),
    batch("batch: NDJSON", FLOWER + b"\n" + FLOWER + b"\n{\n", "application/x-ndjson"),
    batch("batch: JSON answered as CSV", ROWS, "application/json", ("Accept", "text/csv")),
    batch("batch: no valid row", b"[1,{}]", "application/json"),
    batch("batch: too many", b"1\n" * 10_001, "application/jsonl"),
    batch("batch: of another type", TABLE, "text/plain"),
    batch("batch: not acceptable", TABLE, "text/csv", ("Accept", "image/png")),
    batch("batch: not UTF-8", b"pl,pw,sl,sw\n\xff,1,1,1\n", "text/csv"),
    get("batch: by GET", BATCH),
]

PREDICT: Final = "/api/v01/predictors/iris-logistic/predict"


def predict(name: str, body: bytes, *headers: tuple[str, str], query: str = "") -> Request:
    return Request(name, "POST", PREDICT + query, body, headers or (JSON,))


PREDICTORS: Final = [
    get("predictor: by query", f"{PREDICT}?{SETOSA}"),
    get("predictor: by query in detail", f"{PREDICT}?{SETOSA}&detail=true"),
    get("predictor: not valid", f"{PREDICT}?pl=abc"),
    get("predictor: unknown", f"/api/v01/predictors/none/predict?{SETOSA}"),
    get("predictor: two slashes", f"/api/v01/predictors//predict?{SETOSA}"),
    predict("predictor: one row", FLOWER),
    predict("predictor: one row in detail", FLOWER, query="?detail=true"),
    predict("predictor: one row, exchanged", flower(pl="5.1", pw="3.5", sl="1.4", sw="0.4")),
    predict("predictor: not JSON", b"{"),
    predict("predictor: empty", b""),
    predict("predictor: a long row", b'{"a":"' + b"x" * 20_000 + b'"}'),
    predict("predictor: a batch", ROWS),
    predict("predictor: a large batch", b"[" + b",".join([FLOWER] * 500) + b"]"),
    predict("predictor: a table", TABLE, ("Content-Type", "text/csv")),
    predict("predictor: lines", FLOWER + b"\n{\n", ("Content-Type", "application/x-ndjson")),
    predict("predictor: of another type", TABLE, ("Content-Type", "text/plain")),
    predict("predictor: one row is not acceptable as CSV", FLOWER, JSON, ("Accept", "text/csv")),
    Request("predictor: by PUT", "PUT", PREDICT, FLOWER, (JSON,)),
]

MODEL: Final = "/v2/models/iris-logistic"
TENSOR: Final = b'{"id":"1","inputs":[{"name":"x","shape":[1,4],"datatype":"FP64","data":[1.4,0.2,5.1,3.5]}]}'
BINARY_TENSOR: Final = (
    b'{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":16}}],'
    b'"parameters":{"binary_data_output":true}}'
)


def infer(name: str, body: bytes, *headers: tuple[str, str]) -> Request:
    return Request(f"tensors: {name}", "POST", f"{MODEL}/infer", body, headers or (JSON,))


TENSORS: Final = [
    get("tensors: live", "/v2/health/live"),
    get("tensors: ready", "/v2/health/ready"),
    get("tensors: model", MODEL),
    get("tensors: model that is not there", "/v2/models/none"),
    get("tensors: model is ready", f"{MODEL}/ready"),
    get("tensors: another version", f"{MODEL}/versions/1/ready"),
    get("tensors: nowhere", "/v2/nowhere"),
    infer("one row", TENSOR),
    infer("without a type", TENSOR, ("X-Nothing", "1")),
    infer("of another type", TENSOR, ("Content-Type", "text/csv")),
    infer("not JSON", b"{"),
    infer("not valid", TENSOR.replace(b"0.2", b"-1")),
    infer(
        "binary",
        BINARY_TENSOR + struct.pack("<4f", 1.4, 0.2, 5.1, 3.5),
        ("Inference-Header-Content-Length", str(len(BINARY_TENSOR))),
    ),
    infer("much too large", b"x" * 3_000_000),
]

CHOICES: Final = [
    get("choice: detail by path", f"{CLASSIFY}/5.1/3.5/1.4/0.4?detail=true"),
    get("choice: detail by query", f"{CLASSIFY}?{SETOSA}&detail=true&predictor=iris-logistic"),
    Request("choice: detail by body", "POST", f"{CLASSIFY}?detail=true", FLOWER, (JSON,)),
    get("choice: a flower unlike others", f"{CLASSIFY}/50/20/90/80?detail=true"),
    get("choice: an unknown predictor", f"{CLASSIFY}?{SETOSA}&predictor=%C3%A9"),
    get("choice: no detail", f"{CLASSIFY}?{SETOSA}&detail=maybe"),
    get("choice: a model card", "/api/v01/predictors/iris-logistic"),
    get("choice: a model card that is not there", "/api/v01/predictors/x%2Fy"),
]

SETOSA_BODY: Final = b'{"specie":"Iris Setosa"}'
TAG: Final = f'W/"{hashlib.sha256(SETOSA_BODY).hexdigest()[:32]}"'
"""Entity tag of a prediction: 128 bits of the SHA-256 of its body."""


def stored(name: str, target: str, *tags: str) -> Request:
    """Return the request of a client that has stored responses with these tags."""
    return get(f"stored: {name}", target, *(("If-None-Match", tag) for tag in tags))


CONDITIONS: Final = [
    stored("the same by query", f"{CLASSIFY}?{SETOSA}", TAG),
    stored("the same by path", f"{CLASSIFY}/1.4/0.2/5.1/3.5", TAG),
    stored("the same, exchanged", f"{CLASSIFY}/5.1/3.5/1.4/0.4", TAG),
    stored("the same in detail", f"{CLASSIFY}?{SETOSA}&detail=true", TAG),
    stored("by strong comparison", f"{CLASSIFY}?{SETOSA}", TAG.removeprefix("W/")),
    stored("one of several", f"{CLASSIFY}?{SETOSA}", f'"a,b", {TAG} ,W/"c"'),
    stored("in several headers", f"{CLASSIFY}?{SETOSA}", '"a"', TAG),
    stored("anything", f"{CLASSIFY}?{SETOSA}", "*"),
    stored("another", f"{CLASSIFY}?{SETOSA}", 'W/"a"'),
    stored("malformed", f"{CLASSIFY}?{SETOSA}", TAG.replace('"', "")),
    stored("empty", f"{CLASSIFY}?{SETOSA}", ""),
    stored("nothing at this path", "/nowhere", "*"),
    stored("not valid", f"{CLASSIFY}?pl=abc", "*"),
    stored("a state is never stored", "/livez", "*"),
    stored("a list", "/listpredictors", "*"),
    stored("a long document", "/openapi.json", "*"),
    stored("a page", "/", "*"),
    Request("stored: by HEAD", "HEAD", f"{CLASSIFY}?{SETOSA}", headers=(("If-None-Match", TAG),)),
    post("stored: by POST", FLOWER, JSON, ("If-None-Match", "*")),
    get("must match", f"{CLASSIFY}?{SETOSA}", ("If-Match", TAG)),
    get("must match anything", f"{CLASSIFY}?{SETOSA}", ("If-Match", "*")),
    get("modified since", f"{CLASSIFY}?{SETOSA}", ("If-Modified-Since", "Thu, 01 Jan 2099 00:00:00 GMT")),
]

REST: Final = [
    get("predictors", "/api/v01/predictors"),
    get("predictors by the old path", "/listpredictors"),
    get("alive", "/livez"),
    get("ready", "/readyz"),
    get("documentation", "/openapi.json"),
    get("compressed documentation", "/openapi.json", ("Accept-Encoding", "gzip")),
    get("wants an image", "/livez", ("Accept", "image/png")),
    get("page", "/"),
    get("page: a flower", f"/?{SETOSA}&lang=es"),
    get("page: in Spanish", "/", ("Accept-Language", "es-MX, en;q=0.5")),
    get("documentation for people", "/docs"),
    get("nowhere", "/nowhere"),
    get("nowhere in other scripts", "/%E8%8A%B1/%F0%9F%8C%B8"),
    get("nowhere with reserved characters", "/a:b@c!d$e&f'g(h)i*j+k,l;m=n"),
    get("nowhere with encoded reserved characters", "/a%3Fb%23c%5Bd%5D%20e%22f%25"),
    get("a slash at the end", "/livez/"),
    get("an encoded slash at the end", "/livez%2F"),
    get("two slashes at the start", "//livez"),
    get("two slashes further on", "/api//v01/classify"),
    get("dots in the path", "/api/../livez"),
    get("capitals in the path", "/LIVEZ"),
    Request("HEAD alive", "HEAD", "/livez"),
    Request("HEAD by query", "HEAD", f"{CLASSIFY}?pl=5.1&pw=3.5&sw=0.4&sl=1.4"),
    Request("HEAD nowhere", "HEAD", "/nowhere"),
    Request("HEAD wrong", "HEAD", f"{CLASSIFY}/abc/0.2/5.1/3.5"),
    Request("OPTIONS", "OPTIONS", CLASSIFY),
    Request(
        "OPTIONS as a browser asks beforehand",
        "OPTIONS",
        CLASSIFY,
        headers=(("Origin", "http://example.org"), ("Access-Control-Request-Method", "POST")),
    ),
    Request("OPTIONS nowhere", "OPTIONS", "/nowhere"),
    Request("PUT", "PUT", CLASSIFY, FLOWER, (JSON,)),
    Request("PATCH", "PATCH", CLASSIFY, FLOWER, (JSON,)),
    Request("DELETE", "DELETE", "/listpredictors"),
    Request("DELETE with a body", "DELETE", CLASSIFY, FLOWER, (JSON,)),
    Request("POST to what only GET takes", "POST", "/readyz", FLOWER, (JSON,)),
    Request("GET with a body", "GET", f"{CLASSIFY}?{SETOSA}", FLOWER, (JSON,)),
]

REQUESTS: Final = [*PATHS, *QUERIES, *BODIES, *BATCHES, *PREDICTORS, *TENSORS, *CHOICES, *CONDITIONS, *REST]
