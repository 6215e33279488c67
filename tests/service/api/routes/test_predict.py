"""One row or a batch, by any predictor, at the predictor's own path."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from service.api.batch_paths import BATCH_PATH, SMALL_BODY_BYTES, is_batch
from service.batch.limits import MAX_ROW_CHARACTERS
from tests.service.api.routes.test_batch import CSV_BODY, FORMS, LINES, NDJSON, ROWS, SPECIES

if TYPE_CHECKING:
    import httpx

    from service.model.registry import Predictors

PATH = "/api/v01/predictors/iris-forest/predict"
BATCH = f"{BATCH_PATH}?predictor=iris-forest"
EXCHANGED = {"pl": 5.1, "pw": 3.5, "sl": 1.4, "sw": 0.4}


def post(client: httpx.Client, body: str | bytes, content_type: str, **headers: str) -> httpx.Response:
    return client.post(PATH, content=body, headers={"content-type": content_type} | headers)


def test_one_row_is_answered_as_by_the_route_of_the_default_definition(client: httpx.Client):
    for query in ("", "detail=true"):
        answer = client.post(f"{PATH}?{query}", json=ROWS[1])
        expected = client.post(f"/api/v01/classify?predictor=iris-forest&{query}", json=ROWS[1])
        assert (answer.status_code, answer.content) == (200, expected.content)
    assert client.get(PATH, params=ROWS[0]).json() == {"specie": SPECIES[0]}


# RFC 8259, 8.1: parsers may ignore a byte order mark; `json` of the standard library detects UTF-16, too.
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_an_object_is_one_row_in_every_encoding_of_json(client: httpx.Client, encoding: str):
    for before in ("", " \r\n\t"):
        answer = post(client, (before + json.dumps(ROWS[0])).encode(encoding), "application/json")
        assert (answer.status_code, answer.json()) == (200, {"specie": SPECIES[0]})


def test_one_row_is_explained_where_detail_is_asked_for(client: httpx.Client):
    for answer in (
        client.get(PATH, params=ROWS[0] | {"detail": "true"}),
        client.post(f"{PATH}?detail=true", json=ROWS[0]),
    ):
        assert set(answer.json()) == {"specie", "probabilities", "predictor", "version", "swapped", "notes"}
        assert answer.json()["predictor"] == "iris-forest"
        assert "x-flower-swapped" not in answer.headers
    for answer in (client.get(PATH, params=ROWS[0] | {"detail": "false"}), client.post(PATH, json=ROWS[0])):
        assert set(answer.json()) == {"specie"}


def test_a_corrected_row_has_the_header_that_says_so(client: httpx.Client):
    for response in (client.post(PATH, json=EXCHANGED), client.get(PATH, params=EXCHANGED)):
        assert response.json() == {"specie": "Iris Setosa"}
        assert response.headers["x-flower-swapped"] == "true"
    assert "x-flower-swapped" not in client.post(PATH, json=ROWS[0]).headers


@pytest.mark.parametrize("accepted", [None, *FORMS])
@pytest.mark.parametrize("given", list(FORMS))
def test_a_batch_has_the_response_of_the_batch_route(client: httpx.Client, given: str, accepted: str | None):
    headers = {"content-type": given, "accept": accepted or "*/*"}
    answers = [client.post(path, content=FORMS[given], headers=headers) for path in (PATH, BATCH)]
    for response in answers:
        for changing in ("date", "x-request-id"):
            del response.headers[changing]
    assert answers[0].status_code == 200
    assert answers[0].content == answers[1].content
    assert answers[0].headers == answers[1].headers


def test_a_table_in_detail_has_the_probabilities(client: httpx.Client):
    response = client.post(f"{PATH}?detail=true", content=CSV_BODY, headers={"content-type": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(response.text, newline="")))
    assert [row["predictor"] for row in rows] == ["iris-forest"] * 2
    assert sum(float(rows[0][f"probability of {name}"]) for name in ("Iris Setosa", *SPECIES[1:])) <= 1


@pytest.mark.parametrize(
    ("body", "content_type", "status", "detail"),
    [
        ("", "application/json", 400, "The body is empty."),
        ("{", "application/json", 400, "The body is not JSON"),
        ('{"a":' * 10_000, "application/json", 413, f"more than {MAX_ROW_CHARACTERS} bytes"),
        # Python 3.13 reads up to 10,000 levels.
        ('{"a":' + "[" * 14_000, "application/json", 400, "nested too deeply"),
        ("1", "application/json", 422, "not a batch"),
        ("{}", "application/json", 422, "does not describe a valid flower"),
        ("[{}]", "application/json", 422, "No row"),
        ("pl,pw\n1,2\n", "text/csv", 422, ""),
        (LINES, "text/plain", 415, "content type"),
        ('{"pl": "\ud800"}'.encode("utf-8", "surrogatepass"), "application/json", 422, "valid flower"),
    ],
)
def test_an_invalid_body_is_a_problem(
    client: httpx.Client, body: str | bytes, content_type: str, status: int, detail: str
):
    response = post(client, body, content_type)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert detail in response.json()["detail"]
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("size", "status"), [(MAX_ROW_CHARACTERS, 200), (MAX_ROW_CHARACTERS + 1, 413)])
def test_a_row_has_up_to_as_many_bytes_as_one_of_a_batch(client: httpx.Client, size: int, status: int):
    assert post(client, json.dumps(ROWS[0]).ljust(size), "application/json").status_code == status


def test_each_wrong_value_of_a_row_is_named(client: httpx.Client):
    values: dict[str, Any] = ROWS[0] | {"pl": 101, "pw": True}
    del values["sw"]
    for response in (client.post(PATH, json=values), client.get(PATH, params=values | {"pw": "true"})):
        assert response.status_code == 422
        assert [error["field"] for error in response.json()["errors"]] == ["pl", "pw", "sw"]
    response = client.get(PATH, params=ROWS[0] | {"detail": "maybe"})
    assert response.json()["detail"] == "The request has an invalid parameter."


def test_json_in_another_encoding_and_of_another_media_type_is_read(client: httpx.Client):
    body = json.dumps(ROWS[0]).encode("utf-16")
    assert post(client, body, "application/vnd.iris+json").json() == {"specie": SPECIES[0]}


def test_an_unknown_predictor_is_a_problem_that_lists_those_that_exist(
    client: httpx.Client, predictors: Predictors
):
    path = "/api/v01/predictors/none/predict"
    for response in (client.get(path), client.post(path, json=ROWS)):
        assert response.status_code == 404
        assert all(predictor.name in response.json()["detail"] for predictor in predictors)


def test_methods_and_media_types_are_negotiated(client: httpx.Client):
    assert client.put(PATH, json=ROWS).headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert client.post(PATH, json=ROWS[0], headers={"accept": "text/csv"}).status_code == 406
    assert client.get(PATH, params=ROWS[0], headers={"accept": NDJSON}).status_code == 406
    encoded = post(client, b"x", "application/json", **{"content-encoding": "gzip"})
    assert encoded.status_code == 415
    assert encoded.headers["accept-encoding"] == "identity"


def test_a_prediction_by_get_is_revalidated_and_one_by_post_is_not_stored(client: httpx.Client):
    first = client.get(PATH, params=ROWS[0])
    assert first.headers["cache-control"] == "no-cache"
    again = client.get(PATH, params=ROWS[0], headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(PATH, params=ROWS[0], headers={"if-match": '"a"'}).status_code == 412
    assert client.post(PATH, json=ROWS[0]).headers["cache-control"] == "no-store"


def test_a_long_response_is_compressed(client: httpx.Client):
    response = client.post(PATH, json=ROWS * 500, headers={"accept-encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert len(response.json()) == 1_000


def test_the_metrics_count_the_route_by_its_template_and_the_rows_by_predictor(client: httpx.Client):
    def counted() -> tuple[float, float, float]:
        lines = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines())
        route = 'method="POST",route="/api/v01/predictors/{name}/predict",status="2xx"'
        return (
            float(lines.get(f"http_request_duration_seconds_count{{{route}}}", 0)),
            float(lines['iris_predictions_total{predictor="iris-forest"}']),
            float(lines['iris_inputs_out_of_range_total{feature="pl",predictor="iris-forest"}']),
        )

    requests, rows, out_of_range = counted()
    client.post(PATH, json=ROWS)
    client.post(PATH, json=ROWS[0])
    client.post(PATH, json=ROWS[0] | {"pl": 101})
    assert counted() == (requests + 2, rows + 3, out_of_range + 1)


@pytest.mark.parametrize(
    ("method", "path", "length", "expected"),
    [
        ("POST", BATCH_PATH, "10", True),
        ("GET", BATCH_PATH, "10", False),
        ("POST", PATH, str(SMALL_BODY_BYTES), False),
        ("POST", PATH, str(SMALL_BODY_BYTES + 1), True),
        ("POST", PATH, "9" * 5_000, True),
        ("POST", PATH, None, True),
        ("POST", "/v2/models/wine/versions/5f9c/infer", "5000", True),
        ("POST", "/v2/models/wine/infer", "50", False),
        ("POST", "/api/v01/classify", "5000", False),
    ],
)
def test_a_request_is_a_batch_unless_its_body_is_known_to_be_small(
    method: str, path: str, length: str | None, *, expected: bool
):
    headers = [] if length is None else [(b"content-length", length.encode())]
    assert is_batch({"method": method, "path": path, "headers": headers}) == expected


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (b"application/json", False),
        (b"Application/JSON; charset=utf-8", False),
        (b"application/octet-stream", False),
        (b"text/csv", True),
        (b"application/x-ndjson", True),
    ],
)
def test_a_small_table_is_a_batch_all_the_same(content_type: bytes, *, expected: bool):
    headers = [(b"content-length", b"100"), (b"content-type", content_type)]
    assert is_batch({"method": "POST", "path": PATH, "headers": headers}) == expected
