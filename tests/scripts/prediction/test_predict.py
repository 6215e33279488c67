"""`iris predict`: the same labels as the service, by a trained predictor and by a real service."""

from __future__ import annotations

import csv
import io
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from click.testing import CliRunner, Result

from scripts.cli import main
from scripts.prediction import service_client
from scripts.prediction.answers import PredictionError
from scripts.prediction.predict import predict
from scripts.prediction.service_client import ServiceClient, retry_after
from scripts.training.data import load_data
from tests.conformance.local_service import local_service
from tests.listening import wait_until_listening
from tests.service.houses import price, write_houses

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

ROOT = Path(__file__).resolve().parents[3]
IRIS = str(Path(sys.executable).with_name("iris"))
FEATURES = ("pl", "pw", "sl", "sw")


@pytest.fixture(scope="module")
def service(predictors: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a service of its own."""
    log = tmp_path_factory.mktemp("service") / "log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "service.main"],
            cwd=ROOT,
            env={"IRIS_PORT": "0", "IRIS_PREDICTORS": str(predictors)},
            stderr=stderr,
        )
    try:
        yield wait_until_listening(process, log)
    finally:
        process.kill()
        process.wait(timeout=30)


def flowers() -> list[list[str]]:
    return [[str(float(length)) for length in row] for row in load_data().rows]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """All 150 flowers, with the columns in another order and one more."""
    path = tmp_path / "flowers.csv"
    lines = [f"{sw},note {number},{pl},{sl},{pw}\n" for number, (pl, pw, sl, sw) in enumerate(flowers())]
    path.write_text("".join(["sw,note,pl,sl,pw\n", *lines]))
    return path


def call(*words: object, text: str | None = None) -> Result:
    return CliRunner().invoke(predict, [str(word) for word in words], input=text, catch_exceptions=False)


def labels(result: Result) -> list[str]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line)["specie"] for line in result.stdout.splitlines()]


@pytest.mark.parametrize("predictor", ["iris-logistic", "iris-forest", "iris-bayes"])
def test_both_ways_give_the_labels_of_the_service_for_all_flowers(
    service: str, predictors: Path, table: Path, predictor: str
):
    rows = [dict(zip(FEATURES, row, strict=True)) for row in flowers()]
    url = f"{service}/api/v01/classify/batch?predictor={predictor}"
    expected = [entry["specie"] for entry in httpx.post(url, json=rows, trust_env=False).json()]
    assert len(expected) == 150
    words = (table, "--predictor", predictor, "--format", "ndjson")
    assert labels(call(*words, "--predictors", predictors)) == expected
    assert labels(call(*words, "--url", service)) == expected


def test_both_ways_answer_by_a_model_of_another_definition_than_the_default_one(
    predictors: Path, tmp_path: Path
):
    folder = tmp_path / "predictors"
    shutil.copytree(predictors, folder)
    write_houses(folder / "houses")
    words = ("-", "--predictor", "houses", "--format", "ndjson")
    text = "street,heating,rooms,area\nA,heat pump,3,80.5\nB,coal,3,80.5\n"
    with local_service(folder) as url:
        results = [call(*words, *way, text=text) for way in (("--url", url), ("--predictors", folder))]
    for result in results:
        answered, refused = map(json.loads, result.stdout.splitlines())
        assert answered == {"line": 2, "price": price(80.5, 3, "heat pump")}
        assert refused["errors"][0]["allowed"] == "one of gas, heat pump"


@pytest.mark.parametrize("form", ["table", "csv", "ndjson", "json"])
def test_every_format_is_the_same_both_ways(service: str, predictors: Path, table: Path, form: str):
    local = call(table, "--format", form, "--predictors", predictors)
    remote = call(table, "--format", form, "--url", service)
    assert (local.exit_code, local.stdout) == (0, remote.stdout)
    assert local.stderr == remote.stderr
    assert local.stderr.startswith("150 rows: ")
    match form:
        case "table":
            assert sum("Iris " in line for line in local.stdout.splitlines()) == 150
        case "csv":
            read = list(csv.DictReader(io.StringIO(local.stdout)))
            assert list(read[0]) == ["sw", "note", "pl", "sl", "pw", "specie", "error"]
            assert [row["note"] for row in read] == [f"note {number}" for number in range(150)]
        case "json":
            assert [entry["line"] for entry in json.loads(local.stdout)] == list(range(2, 152))
        case _:
            assert local.stdout.count("\n") == 150


BAD = "sl,sw,pl,pw\n5.1,3.5,1.4,0.2\nabc,3.5,1.4,0.2\n\n5.1,3.5,1.4,0.2,9\n6.3,3.3,6.0,2.5\n6.3\n"


@pytest.mark.parametrize("way", ["local", "remote"])
def test_invalid_rows_are_named_by_line_and_the_others_are_predicted(
    service: str, predictors: Path, way: str
):
    where = ("--url", service) if way == "remote" else ("--predictors", predictors)
    result = call("-", "--format", "ndjson", *where, text=BAD)
    assert result.exit_code == 3
    entries = [json.loads(line) for line in result.stdout.splitlines()]
    answers = [(entry["line"], entry.get("specie")) for entry in entries]
    assert answers == [(2, "Iris Setosa"), (3, None), (5, None), (6, "Iris Virginica"), (7, None)]
    named = result.stderr.splitlines()
    assert named[0] == "line 3: sl is 'abc', but must be a number of centimetres from 0 to 100"
    assert named[1] == "line 5: row is '5 cells', but must be 4 cells, as in the first line"
    assert named[2].startswith("line 7: ")
    assert named[3] == "5 rows: 1 Iris Setosa, 1 Iris Virginica, 3 not predicted."


# A response to a batch without a valid row has the errors of the first 100 only.
@pytest.mark.parametrize("way", ["local", "remote"])
def test_each_of_many_invalid_rows_has_its_errors(service: str, predictors: Path, way: str):
    where = ("--url", service) if way == "remote" else ("--predictors", predictors)
    text = "pl,pw,sl,sw\n" + "x,1,1,1\n" * 250
    result = call("-", "--format", "csv", *where, text=text)
    assert result.exit_code == 3
    read = list(csv.DictReader(io.StringIO(result.stdout)))
    assert {row["error"] for row in read} == {"pl is 'x', but must be a number of centimetres from 0 to 100"}
    assert len(read) == 250
    assert "and 230 more lines" in result.stderr.splitlines()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "standard input: it is empty; its first line must name the columns"),
        ("pl,pw,sl\n1,1,1\n", "names sw not at all: pl,pw,sl"),
        ("pl,pw,sl,sw,pl\n", "names pl twice or more: pl,pw,sl,sw,pl"),
        ('pl,pw,sl,sw\n1,1,1,"1\n', "standard input: line 2 is not CSV"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_in_one_line(predictors: Path, text: str, message: str):
    result = call("-", "--predictors", predictors, text=text)
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert message in line


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            ("-", "--url", "http://127.0.0.1", "--predictors", "."),
            "--url and --predictors can't be combined.",
        ),
        (("-", "--url", "127.0.0.1:8080"), "'127.0.0.1:8080' does not begin with http:// or https://."),
        (("-", "--url", "ftp://127.0.0.1"), "'ftp://127.0.0.1' does not begin with http:// or https://."),
        (("nowhere.csv",), "File 'nowhere.csv' does not exist."),
        ((ROOT,), "is a directory."),
        (("-", "--output", ROOT), "is a directory."),
        (("-", "--format", "xml"), "'xml' is not one of"),
    ],
)
def test_words_that_name_no_input_or_no_predictor_are_refused(words: tuple[object, ...], complaint: str):
    result = call(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert complaint in result.stderr


def test_a_file_of_nul_bytes_is_no_text_and_is_not_quoted(predictors: Path, tmp_path: Path):
    file = tmp_path / "nul.csv"
    file.write_bytes(bytes(200))
    result = call(file, "--predictors", predictors)
    expected = f"Error: {file}: it is not text: it holds a NUL character; export it as CSV\n"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", expected)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_standard_input_is_read_in_its_encoding(predictors: Path, encoding: str):
    content = "pl,pw,sl,sw\n1.4,0.2,5.1,3.5\n".encode(encoding)
    words = ["-", "--predictors", str(predictors), "--format", "ndjson"]
    assert labels(CliRunner().invoke(predict, words, input=content)) == ["Iris Setosa"]


def test_cells_are_shown_as_they_are_whatever_a_console_would_make_of_them(predictors: Path):
    text = "pl,pw,sl,sw,[b]note\n1.4,0.2,5.1,3.5,[/foo]\n1.4,0.2,5.1,3.5,\x1b[2J\n"
    result = call("-", "--predictors", predictors, text=text)
    assert result.exit_code == 0
    assert [it in result.stdout for it in ("[b]note", "[/foo]", r"\x1b[2J", "\x1b")] == [
        True,
        True,
        True,
        False,
    ]


def test_an_error_escapes_the_control_characters_that_it_quotes(predictors: Path):
    result = CliRunner().invoke(main, ["predict", "-", "--predictors", str(predictors)], input="\x1b[2Jpl\n")
    assert result.exit_code == 1
    assert result.stderr.endswith(r"but names pl not at all: \x1b[2Jpl" + "\n")


def test_a_table_without_rows_has_no_predictions(predictors: Path):
    result = call("-", "--format", "json", "--predictors", predictors, text="pl,pw,sl,sw\n")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "[]\n", "0 rows: none.\n")


def test_an_output_file_is_written_as_a_whole_or_not_at_all(predictors: Path, table: Path, tmp_path: Path):
    output = tmp_path / "labelled.csv"
    words = ("--format", "csv", "--output", output, "--predictors", predictors)
    assert call(table, *words).stdout == ""
    written = output.read_text()
    assert len(written.splitlines()) == 151
    assert call("-", *words, text='pl,pw,sl,sw\n1,1,1,1\n1,1,1,"1\n').exit_code == 1
    assert output.read_text() == written
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flowers.csv", "labelled.csv"]


def test_a_service_that_is_not_there_is_reported_in_one_line(table: Path):
    result = call(table, "--url", "http://127.0.0.1:1")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: http://127.0.0.1:1 does not answer: ")


@contextmanager
def busy_service(*refusals: tuple[int, str]) -> Generator[tuple[str, list[int]]]:
    """A service that refuses the first batches; yield its URL and the sizes of the others, in bytes."""
    left = list(refusals)
    sizes: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listed = {"name": "a", "default": True, "features": list(FEATURES)}
            self.respond(200, {"predictors": [listed]})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if left:
                status, wait = left.pop(0)
                self.respond(status, {"detail": "busy"} if status >= 400 else [], {"Retry-After": wait})
                return
            sizes.append(len(body))
            self.respond(200, [{"specie": "x"}] * (body.count(b"\n") - 1))

        def respond(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name in the base class)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", sizes
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_busy_service_is_asked_again_after_the_time_that_it_names():
    waits: list[float] = []
    with busy_service((503, "3"), (429, "7")) as (url, _):
        client = ServiceClient(url, None, sleep=waits.append)
        assert client.answer("pl,pw,sl,sw\n", ["1,1,1,1\n"]) == [{"specie": "x"}]
        client.close()
    assert waits == [3, 7]


# RFC 9110, sections 15.6.3 to 15.6.5: the service behind a load balancer is not there, busy, or too slow.
def test_without_a_time_the_waits_double_up_to_a_minute():
    waits: list[float] = []
    refusals = [(502, "soon"), (504, "soon"), (503, "soon"), *[(429, "soon")] * 5]
    with busy_service(*refusals) as (url, sizes):
        client = ServiceClient(url, None, sleep=waits.append)
        with pytest.raises(PredictionError, match="answered 429: busy"):
            client.answer("pl,pw,sl,sw\n", ["1,1,1,1\n"])
        client.close()
    # Eight attempts have seven waits.
    assert waits == [1, 2, 4, 8, 16, 32, 60]
    assert sizes == []


# The same request would have the same answer.
@pytest.mark.parametrize("status", [400, 403, 413, 500])
def test_an_answer_that_asks_for_no_other_attempt_is_final(status: int):
    waits: list[float] = []
    with busy_service((status, "1")) as (url, _):
        client = ServiceClient(url, None, sleep=waits.append)
        with pytest.raises(PredictionError, match=f"answered {status}: busy"):
            client.answer("pl,pw,sl,sw\n", ["1,1,1,1\n"])
        client.close()
    assert waits == []


def test_an_answer_without_an_entry_for_each_row_is_not_taken_for_those_of_others():
    with busy_service((200, "")) as (url, _):
        client = ServiceClient(url, None)
        with pytest.raises(PredictionError, match="did not answer one entry for each row"):
            client.answer("pl,pw,sl,sw\n", ["1,1,1,1\n"])
        client.close()


def test_a_service_that_stays_busy_ends_the_command_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, table: Path
):
    monkeypatch.setattr(service_client, "ATTEMPTS", 3)
    with busy_service(*[(503, "0")] * 3) as (url, _):
        result = call(table, "--url", url)
    assert (result.exit_code, result.stderr) == (1, f"Error: {url} answered 503: busy.\n")


# AWS WAF blocks a body of more than 8 KB (8,192 bytes) at a load balancer.
def test_every_batch_is_smaller_than_the_firewall_reads():
    rows = "1.4,0.2,5.1,3.5\n" * 3_000
    with busy_service() as (url, sizes):
        result = call("-", "--format", "ndjson", "--url", url, text=f"pl,pw,sl,sw\n{rows}")
    assert result.stdout.count("\n") == 3_000
    assert len(sizes) > 1
    assert max(sizes) <= 8_192


# RFC 9110, section 10.2.3: a number of seconds, or a date.
def test_retry_after_is_a_number_of_seconds_or_a_date():
    assert retry_after("12", 1) == 12
    assert retry_after(None, 1) == 1
    assert retry_after("soon", 1) == 1
    assert retry_after("86400", 1) == service_client.MAXIMUM_WAIT
    assert retry_after(formatdate(time.time() - 60, usegmt=True), 1) == 0
    assert 20 < retry_after(formatdate(time.time() + 30, usegmt=True), 1) <= 30


def test_an_interrupt_ends_it_without_a_trace_or_a_partial_file(predictors: Path, tmp_path: Path):
    output = tmp_path / "out.csv"
    process = subprocess.Popen(
        [IRIS, "predict", "-", "--output", str(output), "--predictors", str(predictors)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    process.stdin.write("pl,pw,sl,sw\n1,1,1,1\n")
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while not list(tmp_path.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert list(tmp_path.iterdir()) == []
