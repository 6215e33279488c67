"""Environment of a function and responses to its callers."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.localcloud.localstack.lambda_api.functions import TIMEOUT, surviving
from tests.localcloud.localstack.memory import measured
from tests.localcloud.localstack.running import REGION

if TYPE_CHECKING:
    from tests.localcloud.localstack.lambda_api.functions import Functions

MAXIMUM_RESPONSE_SIZE = 6 * 2**20 + 100


def test_the_response_is_the_handlers_return_value(functions: Functions, deeds: str) -> None:
    answer = functions.call(deeds, {"do": "answer text", "text": 'Ein "Gänseblümchen" 🌼'})

    assert answer.payload == 'Ein "Gänseblümchen" 🌼'
    assert answer.error is None
    assert answer.version == "$LATEST"


def test_the_context_is_that_of_lambda(functions: Functions, deeds: str) -> None:
    seen = functions.describe(deeds)

    assert len(seen["request"]) == 36
    assert seen["arn"] == f"arn:aws:lambda:{REGION}:000000000000:function:{deeds}:$LATEST"
    assert seen["memory"] == "128"
    assert 0 < seen["left"] <= 1000 * TIMEOUT


def test_a_function_has_only_the_variables_of_lambda_and_its_own(functions: Functions) -> None:
    name = functions.make("surrounded", Environment={"Variables": {"IRIS_GREETING": "hello"}}, MemorySize=256)

    seen = functions.describe(name)
    environment = seen["environment"]

    assert environment.pop("AWS_ACCESS_KEY_ID").startswith("LSIA")
    assert environment.pop("AWS_SECRET_ACCESS_KEY")
    assert environment.pop("AWS_SESSION_TOKEN")
    assert "[$LATEST]" in environment.pop("AWS_LAMBDA_LOG_STREAM_NAME")
    assert environment.pop("_X_AMZN_TRACE_ID").startswith("Root=1-")
    assert Path(environment.pop("LAMBDA_RUNTIME_DIR"), "bootstrap.py").is_file()
    assert environment.pop("LAMBDA_TASK_ROOT") == seen["folder"]
    assert len(environment.pop("LOCAL_CLOUD_EXECUTION_ENVIRONMENT")) == 32
    assert environment.pop("HOME") == environment.pop("TMPDIR") == seen["temporary"]
    environment.pop("LC_CTYPE", None)  # set by Python if the machine lacks the locale
    assert environment == {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{functions.localstack.port}",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "Text",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_REGION": REGION,
        "IRIS_GREETING": "hello",
        "LANG": "en_US.UTF-8",
        "PATH": os.defpath,
        "TZ": ":UTC",
        "_HANDLER": "app.handler",
    }


def test_a_function_runs_in_our_python_with_only_its_archive_and_the_standard_library(
    functions: Functions, deeds: str
) -> None:
    seen = functions.describe(deeds)

    assert seen["python"] == sys.version
    assert seen["arguments"] == []
    assert seen["path"][0] == seen["folder"]
    assert not [path for path in seen["path"] if "site-packages" in path or "scalable_models" in path]
    assert functions.call(deeds, {"do": "import", "module": "beside"}).payload == "imported"
    for module in ("psutil", "localstack", "scalable_models_localstack", "infra"):
        assert "No module named" in functions.call(deeds, {"do": "import", "module": module}).payload


def test_its_files_are_in_localstacks_folder_and_its_archive_is_unchanged(
    functions: Functions, deeds: str
) -> None:
    functions.call(deeds, {"do": "import", "module": "beside"})

    seen = functions.describe(deeds)

    assert Path(seen["folder"]).is_relative_to(functions.localstack.volume)
    assert Path(seen["temporary"]).is_relative_to(functions.localstack.volume)
    assert {path.name for path in Path(seen["folder"]).rglob("*")} == {"app.py", "beside.py"}


@pytest.mark.skipif(sys.platform != "linux", reason="limits are set with Linux's prlimit")
def test_a_process_has_the_limits_of_lambda_and_only_its_own_files(functions: Functions, deeds: str) -> None:
    seen = functions.call(deeds, {"do": "describe process"}).payload

    # Lambda quotas: 1,024 file descriptors. /tmp has 512 MB by default.
    assert seen["limits"] == {
        "RLIMIT_FSIZE": [512 * 2**20] * 2,
        "RLIMIT_NOFILE": [1024] * 2,
        "RLIMIT_CORE": [0, 0],
    }
    assert seen["umask"] == 0o022
    files = sorted(re.sub(r"\d+", "", each) for each in seen["descriptors"])
    # Input, both outputs, the channel and the end that shows that LocalStack has ended.
    assert files == sorted(["/dev/null", "pipe:[]", "pipe:[]", "pipe:[]", "socket:[]"])


@pytest.mark.skipif(sys.platform != "linux", reason="limits are set with Linux's prlimit")
def test_a_file_is_at_most_as_large_as_the_ephemeral_storage(functions: Functions, deeds: str) -> None:
    larger = functions.make("roomy", EphemeralStorage={"Size": 1024})
    event = {"do": "write file", "size": 512 * 2**20 + 1}

    assert functions.call(deeds, event).payload == os.strerror(errno.EFBIG)
    assert functions.call(larger, event).payload == "written"


@pytest.mark.parametrize(
    ("source", "handler", "kind", "message"),
    [
        ("import nowhere", "app.handler", "ImportModuleError", "Unable to import module 'app': No module"),
        ("", "elsewhere.handler", "ImportModuleError", "Unable to import module 'elsewhere': No module"),
        ("", "app.handler", "HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("", "handler", "MalformedHandlerName", "Bad handler 'handler'"),
        ("def handler(", "app.handler", "UserCodeSyntaxError", "Syntax error in module 'app'"),
    ],
)
def test_a_handler_that_cannot_be_imported_is_reported(
    functions: Functions, request: pytest.FixtureRequest, source: str, handler: str, kind: str, message: str
) -> None:
    name = functions.make(f"broken-{request.node.callspec.indices['source']}", source, Handler=handler)

    answer = functions.call(name, {})

    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == f"Runtime.{kind}"
    assert answer.payload["errorMessage"].startswith(message)
    assert [line.split("\t")[1:] for line in answer.log if line.startswith("INIT_REPORT")] == [
        ["Phase: init", "Status: error", f"Error Type: Runtime.{kind}"],
        ["Phase: invoke", "Status: error", f"Error Type: Runtime.{kind}"],
    ]


def test_a_module_that_fails_or_exits_is_tried_again_with_each_event(
    functions: Functions, tmp_path: Path
) -> None:
    source = f"""
import pathlib
tries = pathlib.Path({str(tmp_path / "tries")!r})
count = len(tries.read_text()) if tries.exists() else 0
tries.write_text("x" * (count + 1))
if count == 0: 1 / 0
if count == 1: raise SystemExit(7)
handler = lambda event, context: count
"""
    name = functions.make("third-time-lucky", source)

    first, second, third = [functions.call(name, {}) for _ in range(3)]

    assert first.payload["errorType"] == "Runtime.ExitError"
    assert first.payload["errorMessage"].endswith("Error: Runtime exited with error: exit status 7")
    assert (second.payload, third.payload) == (2, 2)
    assert (second.error, third.error) == (None, None)


def test_an_exception_is_reported_with_its_stack_trace_and_the_process_continues(
    functions: Functions, deeds: str
) -> None:
    before = functions.describe(deeds)

    answer = functions.call(deeds, {"do": "fail", "message": "no\nsuch thing"})

    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "LookupError"
    assert answer.payload["errorMessage"] == "no\nsuch thing"
    first, last = answer.payload["stackTrace"]
    assert "in handler" in first
    assert "in fail" in last
    after = functions.describe(deeds)
    assert (after["pid"], after["calls"]) == (before["pid"], before["calls"] + 2)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"do": "exit", "status": 0}, "Runtime exited without providing a reason"),
        ({"do": "exit", "status": 3}, "Runtime exited with error: exit status 3"),
        ({"do": "signal", "number": signal.SIGKILL}, "Runtime exited with error: signal: killed"),
        (
            {"do": "signal", "number": signal.SIGSEGV},
            "Runtime exited with error: signal: segmentation fault",
        ),
    ],
)
def test_a_process_that_exits_is_reported_and_replaced(
    functions: Functions, deeds: str, event: dict[str, object], reason: str
) -> None:
    before = functions.describe(deeds)

    answer = functions.call(deeds, event)

    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "Runtime.ExitError"
    request, _, text = answer.payload["errorMessage"].partition(" Error: ")
    assert text == reason
    assert request in answer.log[0]
    assert answer.log[-1].endswith("Status: error\tError Type: Runtime.ExitError")
    after = functions.describe(deeds)
    assert after["pid"] != before["pid"]
    assert after["calls"] == 1
    assert after["temporary"] == before["temporary"]


def test_a_process_that_exits_between_two_events_fails_neither(functions: Functions, deeds: str) -> None:
    pid = functions.describe(deeds)["pid"]

    os.kill(pid, signal.SIGKILL)

    assert surviving([pid]) == []
    assert functions.describe(deeds)["calls"] == 1


def test_a_response_that_is_not_json_serializable_is_reported(functions: Functions, deeds: str) -> None:
    answer = functions.call(deeds, {"do": "answer a set"})

    assert answer.error == "Unhandled"
    assert answer.payload["errorType"] == "Runtime.MarshalError"
    assert answer.payload["errorMessage"] == (
        "Unable to marshal response: Object of type set is not JSON serializable"
    )


def test_a_response_has_at_most_six_megabytes(functions: Functions, deeds: str) -> None:
    quotes = len(json.dumps(""))

    largest = functions.call(deeds, {"do": "answer at length", "length": MAXIMUM_RESPONSE_SIZE - quotes})
    larger = functions.call(deeds, {"do": "answer at length", "length": MAXIMUM_RESPONSE_SIZE - quotes + 1})

    assert len(largest.payload) == MAXIMUM_RESPONSE_SIZE - quotes
    assert larger.error == "Unhandled"
    assert larger.payload == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }


def test_a_response_of_any_size_takes_little_memory_of_localstack(functions: Functions, deeds: str) -> None:
    huge = 300 * 2**20

    with measured(functions.localstack) as growth:
        response = functions.call(deeds, {"do": "answer at length", "length": huge})

    assert response.payload["errorType"] == "Function.ResponseSizeTooLarge"
    assert growth.peak < huge / 2
    assert functions.describe(deeds)["calls"] > 1


def test_a_function_that_cannot_run_here_says_why_it_failed(functions: Functions) -> None:
    with pytest.raises(AssertionError, match="functions run in Python here, not in nodejs"):
        functions.make("foreign", Runtime="nodejs22.x")


def test_published_versions_share_the_unpacked_archive(functions: Functions) -> None:
    name = functions.make("published")
    version = functions.client.publish_version(FunctionName=name)["Version"]

    latest, published = functions.describe(name), functions.describe(name, version)

    assert published["folder"] == latest["folder"]
    assert published["pid"] != latest["pid"]
    assert published["environment"]["AWS_LAMBDA_FUNCTION_VERSION"] == version


def test_an_alias_distributes_requests_to_two_versions_by_weight(functions: Functions) -> None:
    name = functions.make("shifting", "handler = lambda event, context: 'old'", Publish=True)
    functions.client.update_function_configuration(FunctionName=name, Description="newer")
    functions.client.publish_version(FunctionName=name)
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    alias = functions.client.create_alias(
        FunctionName=name, Name="live", FunctionVersion="1", RoutingConfig=weights
    )
    assert alias["RoutingConfig"] == weights

    versions = {functions.call(name, {}, "live").version for _ in range(40)}

    assert versions == {"1", "2"}
    functions.client.update_alias(FunctionName=name, Name="live", FunctionVersion="2", RoutingConfig={})
    assert {functions.call(name, {}, "live").version for _ in range(5)} == {"2"}


def test_snap_start_is_accepted(functions: Functions) -> None:
    name = functions.make("snapped", SnapStart={"ApplyOn": "PublishedVersions"}, Publish=True)

    found = functions.client.get_function_configuration(FunctionName=name, Qualifier="1")

    assert found["SnapStart"]["ApplyOn"] == "PublishedVersions"
    assert functions.describe(name, "1")["environment"]["AWS_LAMBDA_FUNCTION_VERSION"] == "1"
