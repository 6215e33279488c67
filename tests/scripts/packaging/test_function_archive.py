"""Archive for Lambda: small, compiled, and sufficient to answer."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scripts.packaging import archive_build, interpreters, wheels
from scripts.packaging.archive_build import FunctionTooLargeError, pack_service
from scripts.packaging.function_modules import function_modules
from tests.scripts.packed import ELF_MACHINES, names, run

ROOT = Path(__file__).resolve().parents[3]
ON_AWS = {f"lambda-{architecture}": machine for architecture, machine in ELF_MACHINES.items()}
PYTHON_OF_LAMBDA = interpreters.find_interpreter(wheels.AWS_PYTHON)

needs_python_of_lambda = pytest.mark.skipif(
    PYTHON_OF_LAMBDA is None, reason=f"there is no Python {wheels.AWS_PYTHON} here"
)

START = """
import json, sys
sys.path.insert(0, sys.argv[1])
from service.lambda_handler import handler
answers = [handler(event, None) for event in json.load(sys.stdin)]
print(json.dumps({"answers": answers, "modules": sorted(sys.modules)}))
"""
"""Program that loads an archive as Lambda's runtime does."""


@pytest.fixture(scope="module")
def archives(predictors: Path, packed_archives: Path) -> dict[str, Path]:
    """One archive for each target."""
    results = {target: run(target, predictors, packed_archives) for target in ("lambda-local", *ON_AWS)}
    return {target: Path(result.stdout.strip()) for target, result in results.items()}


@pytest.fixture(scope="module")
def started(archives: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Answers of the unpacked archive to requests of every kind, with nothing else installed."""
    root = tmp_path_factory.mktemp("unpacked")
    zipfile.ZipFile(archives["lambda-local"]).extractall(root)
    request: dict[str, Any] = {"httpMethod": "GET", "resource": "/{proxy+}", "requestContext": {}}
    by_path = request | {"path": "/api/v01/classify/1.4/0.2/5.1/3.5"}
    query = {"pl": ["5.1"], "pw": ["3.5"], "sw": ["0.4"], "sl": ["1.4"]}
    by_query = request | {"path": "/api/v01/classify", "multiValueQueryStringParameters": query}
    batch = request | {
        "httpMethod": "POST",
        "path": "/api/v01/classify/batch",
        "headers": {"Content-Type": "application/json"},
        "body": '[{"pl":1.4,"pw":0.2,"sl":5.1,"sw":3.5}]',
    }
    rest = [request | {"path": path} for path in ("/readyz", "/", "/docs", "/openapi.json")]
    ended = subprocess.run(
        [sys.executable, "-S", "-E", "-s", "-c", START, str(root)],
        input=json.dumps([by_path, by_query, batch, *rest]),
        cwd=root.parent,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    output: dict[str, Any] = json.loads(ended.stdout)
    return output


def test_the_unpacked_archive_answers_without_anything_else_installed(started: dict[str, Any]):
    by_path, by_query, batch, *rest = started["answers"]
    assert [answer["statusCode"] for answer in started["answers"]] == [200] * 7
    assert batch["body"] == '[{"specie":"Iris Setosa"}]'
    assert len(rest) == 4
    assert by_path["body"] == by_query["body"] == '{"specie":"Iris Setosa"}'
    assert "x-flower-swapped" not in by_path["headers"]
    assert by_query["headers"]["x-flower-swapped"] == "true"


def test_nothing_heavy_and_no_server_is_imported(started: dict[str, Any]):
    imported = {name.partition(".")[0] for name in started["modules"]}
    assert {"fastapi", "mangum", "service"} <= imported
    heavy = {"sklearn", "joblib", "numpy", "scipy", "pandas"}
    servers = {"uvicorn", "uvloop", "httptools", "h11", "click", "watchfiles", "websockets"}
    clients = {"httpx", "requests", "boto3", "botocore", "idna"}
    assert not imported & (heavy | servers | clients)


def test_it_contains_only_what_a_function_needs(archives: dict[str, Path]):
    pins = wheels.FUNCTION_REQUIREMENTS.read_text().splitlines()
    required = {line.partition("==")[0].replace("-", "_") for line in pins if "==" in line}
    expected = required - {"idna", "typing_extensions", "opentelemetry_api"}
    expected |= {"typing_extensions.py", "opentelemetry", "__pycache__", "service", "predictors"}
    for archive in archives.values():
        tops = {name.partition("/")[0] for name in names(archive)}
        assert {top for top in tops if not top.endswith(".dist-info")} == expected


def test_it_contains_exactly_the_modules_of_the_service_that_a_function_imports(
    archives: dict[str, Path], started: dict[str, Any]
):
    expected = {path.relative_to(ROOT).as_posix() for path in function_modules(ROOT)}
    for archive in archives.values():
        packed = {name for name in names(archive) if name.startswith("service/") and name.endswith(".py")}
        assert packed == expected
    modules = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in expected}
    imported = {name for name in started["modules"] if name.partition(".")[0] == "service"}
    # The models of these requests have forms of their own and prepare no columns; packing has checked their
    # definitions.
    assert modules - imported == {
        "service.model.definition_reader",
        "service.model.generated.prepared",
        "service.model.onnx_model",
    }
    assert imported <= modules


def test_modules_that_are_imported_only_to_find_them_are_left_out(
    archives: dict[str, Path], started: dict[str, Any]
):
    for archive in archives.values():
        assert not [name for name in names(archive) if name.startswith("pydantic/v1/")]
    assert "pydantic.v1" not in started["modules"]


def test_functions_and_instances_run_the_same_versions():
    def pins(path: Path) -> set[str]:
        return set(re.findall(r"^\S+==\S+", path.read_text(), re.MULTILINE))

    assert pins(wheels.FUNCTION_REQUIREMENTS) < pins(wheels.REQUIREMENTS)


@pytest.mark.parametrize(("target", "machine"), ON_AWS.items())
def test_binary_modules_are_for_the_processor_and_the_python_of_lambda(
    target: str, machine: int, archives: dict[str, Path]
):
    archive = zipfile.ZipFile(archives[target])
    libraries = [name for name in archive.namelist() if name.endswith(".so")]
    assert {name.split("/")[0] for name in libraries} == {"markupsafe", "msgspec", "pydantic_core"}
    for name in libraries:
        header = archive.read(name)[:20]
        assert header[:5] == b"\x7fELF\x02"
        assert struct.unpack_from("<H", header, 18) == (machine,)
        assert ".cpython-313-" in name


def test_it_is_small_with_all_its_bytecode(archives: dict[str, Path]):
    for archive in archives.values():
        assert sum(entry.file_size for entry in zipfile.ZipFile(archive).infolist()) <= 15 * 2**20


def bytecode(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist() if name.endswith(".pyc")}


@needs_python_of_lambda
@pytest.mark.parametrize("target", ON_AWS)
def test_every_module_is_compiled_for_the_python_of_lambda_and_never_checked(
    target: str, archives: dict[str, Path]
):
    compiled = bytecode(archives[target])
    modules = [name for name in names(archives[target]) if name.endswith(".py")]
    assert len(compiled) == len(modules) > 0
    for name, content in compiled.items():
        assert name.endswith(".cpython-313.pyc")
        assert content[:2] == (3571).to_bytes(2, "little")  # the magic number of CPython 3.13
        assert content[4:8] == (1).to_bytes(4, "little")  # PEP 552: unchecked hash


@pytest.mark.parametrize("target", ["lambda-local", *ON_AWS])
def test_packing_the_same_again_gives_the_same_bytes(
    target: str, archives: dict[str, Path], predictors: Path, tmp_path: Path
):
    again = Path(run(target, predictors, tmp_path).stdout.strip())
    assert again.name == archives[target].name
    assert again.read_bytes() == archives[target].read_bytes()


def test_dependencies_that_were_packed_before_count_as_well(
    archives: dict[str, Path], predictors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with zipfile.ZipFile(archives["lambda-local"]) as archive:
        total = sum(entry.file_size for entry in archive.infolist())
    changed = Path(shutil.copytree(predictors, tmp_path / "predictors"))
    for file in changed.glob("*/predictor.json"):
        file.write_text(file.read_text() + " ")
    added = len(list(changed.glob("*/predictor.json")))
    monkeypatch.setattr(archive_build, "MAXIMUM_FUNCTION_BYTES", total + added - 1)
    with pytest.raises(FunctionTooLargeError):
        pack_service("lambda-local", changed, archives["lambda-local"].parent)
    monkeypatch.setattr(archive_build, "MAXIMUM_FUNCTION_BYTES", total + added)
    assert pack_service("lambda-local", changed, archives["lambda-local"].parent).is_new


def pack_as_json(target: str, predictors: Path, output: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run(target, predictors, output, "--format", "json").stdout)
    return answer


@needs_python_of_lambda
def test_the_output_names_the_python_that_compiled(archives: dict[str, Path], predictors: Path):
    output = archives["lambda-arm64"].parent
    assert PYTHON_OF_LAMBDA is not None
    assert pack_as_json("lambda-arm64", predictors, output)["bytecode"] == PYTHON_OF_LAMBDA.version
    assert f"bytecode of Python {PYTHON_OF_LAMBDA.version}" in run("lambda-arm64", predictors, output).stderr


def test_without_the_python_of_lambda_a_warning_says_that_nothing_is_compiled(
    archives: dict[str, Path], predictors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def find_none(_: str) -> None:
        """Return None, as on a machine without that Python."""

    monkeypatch.setattr(interpreters, "find_interpreter", find_none)
    packed = run("lambda-arm64", predictors, tmp_path)
    assert "without bytecode" in packed.stderr
    assert "No Python 3.13 was found" in packed.stderr
    archive = Path(packed.stdout.strip())
    assert bytecode(archive) == {}
    assert pack_as_json("lambda-arm64", predictors, tmp_path)["bytecode"] is None
    if PYTHON_OF_LAMBDA:
        assert archive.name != archives["lambda-arm64"].name


@needs_python_of_lambda
@pytest.mark.skipif(sys.platform != "linux", reason="the archive is for Linux")
def test_the_archive_for_this_processor_answers_on_the_python_of_lambda(
    archives: dict[str, Path], tmp_path: Path
):
    assert PYTHON_OF_LAMBDA is not None
    target = {"x86_64": "lambda-x86_64", "aarch64": "lambda-arm64"}[machine_of(PYTHON_OF_LAMBDA.path)]
    zipfile.ZipFile(archives[target]).extractall(tmp_path)
    event: dict[str, Any] = {"httpMethod": "GET", "resource": "/", "requestContext": {}, "path": "/readyz"}
    ended = subprocess.run(
        [PYTHON_OF_LAMBDA.path, "-S", "-E", "-s", "-v", "-c", START, str(tmp_path)],
        input=json.dumps([event]),
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["answers"][0]["statusCode"] == 200
    # With -v, Python prints the bytecode files that it reads and writes.
    compiled = tmp_path / "service" / "__pycache__" / "lambda_handler.cpython-313.pyc"
    assert f"# code object from '{compiled}'" in ended.stderr
    assert "# wrote " not in ended.stderr


def machine_of(python: Path) -> str:
    command = [python, "-c", "import platform; print(platform.machine())"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
