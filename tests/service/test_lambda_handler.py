"""The module that Lambda imports, each time in a new process: it does its work at import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LENGTHS = {"pl": "1.4", "pw": "0.2", "sl": "5.1", "sw": "3.5"}

START = """
import json, sys
from service.lambda_handler import handler
answers = [handler(event, None) for event in json.load(sys.stdin)]
print(json.dumps(answers))
"""


def request(path: str, **parts: object) -> dict[str, Any]:
    event: dict[str, Any] = {"httpMethod": "GET", "resource": "/{proxy+}", "requestContext": {}}
    return event | {"path": path} | parts


def run(predictors: Path, *events: object, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", START],
        input=json.dumps(events),
        cwd=ROOT,
        env={"IRIS_PREDICTORS": str(predictors)} | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def answers(predictors: Path, *events: object, **variables: str) -> list[dict[str, Any]]:
    ended = run(predictors, *events, **variables)
    assert ended.returncode == 0, ended.stderr
    loaded: list[dict[str, Any]] = json.loads(ended.stdout)
    return loaded


def served_by(predictors: Path, **variables: str) -> str:
    first, second = answers(predictors, request("/livez"), request("/nowhere"), **variables)
    assert first["headers"]["x-served-by"] == second["headers"]["x-served-by"]
    return first["headers"]["x-served-by"]


STREAM = "2026/01/31/[7]0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("version", ["7", "$LATEST"])
def test_responses_name_the_log_stream_of_the_environment(version: str, predictors_folder: Path):
    stream = STREAM.replace("7", version, 1)
    expected = STREAM.rpartition("]")[2]
    assert served_by(predictors_folder, AWS_LAMBDA_LOG_STREAM_NAME=stream) == expected


def test_responses_name_the_configured_instance_id(predictors_folder: Path):
    variables = {"AWS_LAMBDA_LOG_STREAM_NAME": STREAM, "IRIS_INSTANCE_ID": "canary"}
    assert served_by(predictors_folder, **variables) == "canary"


def test_browsers_stay_with_https_where_the_api_has_a_domain(predictors_folder: Path):
    events = (request("/api/v01/classify", queryStringParameters=LENGTHS), request("/livez"), request("/x"))
    name, value = "strict-transport-security", "max-age=31536000"
    given = answers(predictors_folder, *events, IRIS_HSTS=value)
    assert [(each["statusCode"], each["headers"][name]) for each in given] == [
        (200, value),
        (200, value),
        (404, value),
    ]
    assert all(name not in each["headers"] for each in answers(predictors_folder, *events))


def test_an_environment_without_a_log_stream_has_a_random_name(predictors_folder: Path):
    # Lambda names no log stream to an environment that it starts from a snapshot.
    one, another = served_by(predictors_folder), served_by(predictors_folder)
    assert len(one) == len(another) == 32
    assert one != another


def test_an_event_that_is_no_request_fails_with_one_sentence_and_the_next_is_answered(
    predictors_folder: Path,
):
    ended = run(predictors_folder, {})
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith(
        "service.aws_lambda.rest_api_event.EventError: This function answers requests of an API Gateway"
    )
    assert answers(predictors_folder, request("/livez"))[0]["statusCode"] == 200


def test_a_large_body_is_refused_without_an_announced_length(predictors_folder: Path):
    classify = request("/api/v01/classify", httpMethod="POST", headers={"Content-Type": "application/json"})
    (answer,) = answers(predictors_folder, classify | {"body": "1" * 101}, IRIS_MAX_BODY_BYTES="100")
    assert answer["statusCode"] == 413
    assert json.loads(answer["body"])["detail"] == "The body has more than 100 bytes."


def test_a_newline_at_the_end_of_a_path_makes_another_path(predictors_folder: Path):
    paths = ("/livez%0A", "/api/v01/classify%0A", "/api/v01/classify/batch%0A")
    found = answers(predictors_folder, *(request(path, queryStringParameters=LENGTHS) for path in paths))
    assert [answer["statusCode"] for answer in found] == [404, 404, 404]


BLOCKED = {
    "IRIS_BLOCKED_PATHS": "/livez,/readyz,/v2/health/*,/metrics,/version,/v2,/docs,/docs/*,/openapi.json"
}
SPELLINGS = [
    *("/livez", "/%6Civez", "/%6civez", "/l%69v%65z", "/readyz", "/version", "/docs", "/openapi.json"),
    *(
        "/openapi%2ejson",
        "/livez%0A",
        "/livez/",
        "//livez",
        "/./livez",
        "/x/../livez",
        "/%2e/livez",
        "/livez;a",
    ),
]


def test_blocked_paths_are_answered_in_every_spelling_as_paths_that_do_not_exist(predictors_folder: Path):
    events = [request(path, httpMethod=method) for path in SPELLINGS for method in ("GET", "OPTIONS")]
    *found, other = answers(predictors_folder, *events, request("/nowhere"), **BLOCKED)
    expected = json.loads(other["body"]) | {"instance": ""}
    assert other["statusCode"] == 404
    for answer in found:
        assert answer["statusCode"] == 404
        assert json.loads(answer["body"]) | {"instance": ""} == expected
        assert answer["headers"]["content-type"] == other["headers"]["content-type"]


def test_blocked_paths_of_the_open_inference_protocol_are_answered_in_its_format(predictors_folder: Path):
    paths = ("/v2", "/%762", "/v2/health/live", "/v2/health/%72eady", "/v2/health/", "/v2/nowhere")
    open_path = "/v2/models/iris-logistic"
    *found, model = answers(predictors_folder, *map(request, (*paths, open_path)), **BLOCKED)
    assert {answer["statusCode"] for answer in found} == {404}
    assert {answer["body"] for answer in found} == {'{"error": "There is nothing at this path."}'}
    assert model["statusCode"] == 200


def test_other_paths_are_answered_and_no_page_links_to_blocked_documentation(predictors_folder: Path):
    paths = ("/", "/listpredictors", "/api/v01/classify/1.4/0.2/5.1/3.5")
    found = answers(predictors_folder, *map(request, paths), **BLOCKED)
    assert [answer["statusCode"] for answer in found] == [200, 200, 200]
    assert 'href="docs"' not in found[0]["body"]
    (page,) = answers(predictors_folder, request("/"))
    assert 'href="docs"' in page["body"]


def test_blocked_paths_import_nothing_before_the_first_response(predictors_folder: Path):
    code = (
        "import json, sys\n"
        "from service.lambda_handler import handler\n"
        "handler(json.load(sys.stdin)[0], None)\n"
        "print('service.settings' in sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps([PLAIN]),
        cwd=ROOT,
        env={"IRIS_PREDICTORS": str(predictors_folder)} | BLOCKED,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "False\n"


IMPORTED = """
import json, sys
from service.lambda_handler import handler
watched = {"asyncio", "fastapi", "jinja2", "mangum", "pydantic", "starlette"}
imported = [sorted(watched & sys.modules.keys())]
for event in json.load(sys.stdin):
    assert handler(event, None)["statusCode"] == 200
    imported.append(sorted(watched & sys.modules.keys()))
print(json.dumps(imported))
"""
FRAMEWORK = ["asyncio", "fastapi", "mangum", "pydantic", "starlette"]
WITH_JINJA = sorted([*FRAMEWORK, "jinja2"])
PLAIN = request("/api/v01/classify/1.4/0.2/5.1/3.5")


def imported(predictors: Path, **variables: str) -> list[list[str]]:
    """Return the watched modules that are imported: at first, after a plain event, a probe, and a page."""
    ended = subprocess.run(
        [sys.executable, "-c", IMPORTED],
        input=json.dumps([PLAIN, request("/livez"), request("/")]),
        cwd=ROOT,
        env={"IRIS_PREDICTORS": str(predictors)} | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded: list[list[str]] = json.loads(ended.stdout)
    return loaded


def test_framework_and_templates_are_imported_with_the_first_event_that_needs_them(predictors_folder: Path):
    expected = [[], [], FRAMEWORK, WITH_JINJA]
    assert imported(predictors_folder, AWS_LAMBDA_INITIALIZATION_TYPE="on-demand") == expected


@pytest.mark.parametrize("kind", ["provisioned-concurrency", "snap-start"])
def test_the_framework_is_imported_at_once_where_no_request_waits(kind: str, predictors_folder: Path):
    expected = [FRAMEWORK, FRAMEWORK, FRAMEWORK, WITH_JINJA]
    assert imported(predictors_folder, AWS_LAMBDA_INITIALIZATION_TYPE=kind) == expected


def test_an_invalid_setting_fails_the_import(predictors_folder: Path):
    ended = run(predictors_folder, IRIS_MAX_BODY_BYTES="many")
    assert ended.returncode == 1
    assert "SettingsError: IRIS_MAX_BODY_BYTES is 'many'" in ended.stderr.splitlines()[-1]


CLOSING = """
import json
from service.aws_lambda.mangum_app import create_adapter
async def app(scope, receive, send):
    headers = [(b"connection", b"close"), (b"x-one", b"1"), (b"x-two", b"1"), (b"x-two", b"2")]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": b"\\xff"})
    raise RuntimeError("the application failed after its answer")
event = {"httpMethod": "GET", "path": "/", "resource": "/", "requestContext": {}}
print(json.dumps(create_adapter(app)(event, None)))
"""


def test_the_connection_header_is_removed_and_a_failure_is_logged(predictors_folder: Path):
    ended = subprocess.run(
        [sys.executable, "-c", CLOSING],
        cwd=ROOT,
        env={"IRIS_PREDICTORS": str(predictors_folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ended.stdout) == {
        "statusCode": 500,
        "headers": {"x-one": "1"},
        "multiValueHeaders": {"x-two": ["1", "2"]},
        "body": "/w==",
        "isBase64Encoded": True,
    }
    assert "RuntimeError: the application failed after its answer" in ended.stderr


def test_garbage_collection_is_enabled_again_and_skips_imported_objects(predictors_folder: Path):
    program = "import gc, service.lambda_handler; print(gc.isenabled(), gc.get_freeze_count() > 10_000)"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"IRIS_PREDICTORS": str(predictors_folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "True True\n"


def test_nothing_is_logged_for_a_successful_request(predictors_folder: Path):
    loud = "import logging; logging.basicConfig(level=logging.INFO)" + START
    ended = subprocess.run(
        [sys.executable, "-c", loud],
        input=json.dumps([request("/livez")]),
        cwd=ROOT,
        env={"IRIS_PREDICTORS": str(predictors_folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr == ""


def test_missing_predictors_fail_the_import(tmp_path: Path):
    ended = run(tmp_path)
    assert ended.returncode == 1
    assert "PredictorError: there is no predictor in" in ended.stderr.splitlines()[-1]


def test_a_failing_predictor_fails_the_import(predictors_folder: Path, tmp_path: Path):
    folder = tmp_path / "iris-logistic"
    folder.mkdir()
    for name in ("predictor.json", "manifest.json"):
        content = (predictors_folder / "iris-logistic" / name).read_text()
        (folder / name).write_text(content.replace('"specie": "Iris Setosa"', '"specie": "Iris Virginica"'))
    ended = run(tmp_path)
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert "NotReadyError" in last
    assert "no longer reproduces its known answers" in last
