"""ONNX Runtime in archives: where a predictor needs it, and its refusal where it can't be served."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import struct
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scripts.packaging import archive_inputs, wheels
from scripts.packaging.archive_build import MAXIMUM_FUNCTION_BYTES, FunctionTooLargeError, pack_service
from scripts.packaging.refusals import size_refusal
from scripts.training.data import load_data
from scripts.training.export import CHECKED_POINTS, fit
from tests.scripts.packed import ELF_MACHINES, names, run
from tests.trained import NEURAL, train_into

if TYPE_CHECKING:
    from click.testing import Result

ANSWER_ALL = """
import json, sys
sys.path.insert(0, sys.argv[1])
from service.lambda_handler import handler
answers = [handler(event, None) for event in json.load(sys.stdin)]
print(json.dumps({"answers": answers, "modules": sorted(sys.modules)}))
"""
"""Program that loads an archive as Lambda's runtime does."""


@pytest.fixture(scope="module")
def neural(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an MLP only."""
    with pytest.MonkeyPatch.context() as patch:
        # Fewer points than usual: these tests are not about the agreement with scikit-learn.
        patch.setitem(CHECKED_POINTS, "onnx", 2_000)
        return train_into(tmp_path_factory.mktemp("neural"), [NEURAL])


@pytest.fixture(scope="module")
def with_neural(predictors: Path, neural: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project's own predictors and an MLP."""
    folder = Path(shutil.copytree(predictors, tmp_path_factory.mktemp("all"), dirs_exist_ok=True))
    shutil.copytree(neural / "iris-neural", folder / "iris-neural")
    return folder


@pytest.fixture(scope="module")
def packed(with_neural: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """The results of packing for each target."""
    output = tmp_path_factory.mktemp("archives")
    return {target: run(target, with_neural, output) for target in ("local", "lambda-local", "lambda-arm64")}


def archive_of(result: Result) -> Path:
    return Path(result.stdout.strip())


def labels_of_scikit_learn() -> list[str]:
    data = load_data()
    return [data.classes[index] for index in fit(NEURAL, data).predict(data.rows)]


def batch(predictor: str) -> dict[str, Any]:
    """Return the event of a batch with all 150 flowers."""
    rows = [list(map(float, row)) for row in load_data().rows]
    flowers = [dict(zip(("pl", "pw", "sl", "sw"), row, strict=True)) for row in rows]
    return {
        "httpMethod": "POST",
        "resource": "/{proxy+}",
        "requestContext": {},
        "path": "/api/v01/classify/batch",
        "headers": {"Content-Type": "application/json"},
        "multiValueQueryStringParameters": {"predictor": [predictor]},
        "body": json.dumps(flowers),
    }


def test_an_unpacked_archive_serves_the_mlp_with_the_labels_of_scikit_learn(
    packed: dict[str, Result], tmp_path: Path
):
    zipfile.ZipFile(archive_of(packed["lambda-local"])).extractall(tmp_path)
    events = [batch("iris-logistic"), batch("iris-neural")]
    ended = subprocess.run(
        [sys.executable, "-S", "-E", "-s", "-c", ANSWER_ALL, str(tmp_path)],
        input=json.dumps(events),
        cwd=tmp_path.parent,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    output = json.loads(ended.stdout)
    answer = output["answers"][1]
    assert answer["statusCode"] == 200
    assert [one["specie"] for one in json.loads(answer["body"])] == labels_of_scikit_learn()
    imported = {name.partition(".")[0] for name in output["modules"]}
    assert {"numpy", "onnxruntime"} <= imported
    assert not imported & {"sklearn", "flatbuffers", "google", "packaging"}


@pytest.mark.parametrize("target", ["local", "lambda-local", "lambda-arm64"])
def test_only_what_a_session_imports_is_packed(packed: dict[str, Result], target: str):
    contained = names(archive_of(packed[target]))
    assert "onnxruntime/capi/onnxruntime_inference_collection.py" in contained
    tops = {name.partition("/")[0] for name in contained}
    assert not tops & {"flatbuffers", "google", "packaging", "bin"}
    unused = (
        "onnxruntime/transformers/",
        "onnxruntime/tools/",
        "onnxruntime/capi/libonnxruntime.so",
        *(f"onnxruntime/{name}/" for name in ("backend", "datasets", "quantization")),
        *(f"numpy/{name}/" for name in ("f2py", "testing", "typing")),
    )
    assert [name for name in contained if name.startswith(unused) or "/tests/" in name] == []


def test_the_libraries_are_for_the_processor_and_the_python_of_the_target(packed: dict[str, Result]):
    archive = zipfile.ZipFile(archive_of(packed["lambda-arm64"]))
    libraries = [name for name in archive.namelist() if name.startswith("onnxruntime/") and ".so" in name]
    for name in libraries:
        assert struct.unpack_from("<H", archive.read(name), 18) == (ELF_MACHINES["arm64"],)
    assert [name for name in libraries if ".cpython-313-" in name]


def test_it_fits_into_a_function_with_its_size_and_its_start_printed(packed: dict[str, Result], neural: Path):
    assert MAXIMUM_FUNCTION_BYTES == 250 * 2**20
    archive = zipfile.ZipFile(archive_of(packed["lambda-arm64"]))
    assert sum(entry.file_size for entry in archive.infolist()) < MAXIMUM_FUNCTION_BYTES / 2
    of_onnx = [
        entry.file_size
        for entry in archive.infolist()
        if entry.filename.startswith(("numpy/", "numpy.libs/", "onnxruntime/"))
    ]
    line = packed["lambda-arm64"].stderr.splitlines()[-1]
    assert line == (
        f"Of these are {sum(of_onnx) / 1e6:.1f} MB unzipped ONNX Runtime and numpy, for iris-neural: the "
        "first request for iris-neural, and no other, takes about 0.2 s longer."
    )
    assert "every start of an instance's workers takes" in packed["local"].stderr.splitlines()[-1]
    alone = run("lambda-local", neural, archive_of(packed["lambda-local"]).parent)
    assert "for iris-neural: every cold start takes" in alone.stderr.splitlines()[-1]


def test_the_pins_are_part_of_the_hash_only_where_a_predictor_needs_them(
    predictors: Path, with_neural: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def hashes() -> list[str]:
        return [archive_inputs.hash_inputs("aws-arm64", None, folder) for folder in (predictors, with_neural)]

    copy = Path(shutil.copy(wheels.ONNX_REQUIREMENTS, tmp_path))
    monkeypatch.setattr(wheels, "ONNX_REQUIREMENTS", copy)
    before = hashes()
    copy.write_text(copy.read_text().replace("==", "===", 1))
    after = hashes()
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False]


def one_line(result: Result) -> str:
    assert (result.exit_code, result.stdout) == (1, "")
    # Lines of progress come before it where packing takes seconds.
    (line,) = (line for line in result.stderr.splitlines() if line.startswith("Error: "))
    assert result.stderr.endswith(f"{line}\n")
    return line


def removal_in(line: str) -> list[str]:
    """Return the paths that the command in a refusal removes."""
    command = shlex.split(line.split("`")[1])
    assert command[:2] == ["rm", "-r"]
    return command[2:]


def test_a_platform_without_onnx_runtime_is_refused_with_the_command_that_removes_the_predictor(
    with_neural: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # ONNX Runtime has no wheel for musl, the C library of Alpine; everything else has one.
    musl = wheels.WheelPlatform(name="x86_64-unknown-linux-musl", python=wheels.AWS_PYTHON)
    alpine = replace(archive_inputs.TARGETS["aws-x86_64"], platform=musl)
    monkeypatch.setitem(archive_inputs.TARGETS, "aws-x86_64", alpine)
    line = one_line(run("aws-x86_64", with_neural, tmp_path))
    assert line.startswith(
        "Error: iris-neural can't be served on aws-x86_64: ONNX Runtime can't be installed"
    )
    (removed,) = removal_in(line)
    copy = Path(shutil.copytree(with_neural, tmp_path / "copy"))
    shutil.rmtree(copy / Path(removed).relative_to(with_neural))
    assert run("aws-x86_64", copy, tmp_path).exit_code == 0


def large_predictors(folder: Path, *megabytes: int) -> Path:
    """Create predictors of a size, which need no space on the disk."""
    for number, size in enumerate(megabytes):
        predictor = folder / f"large-{number}"
        predictor.mkdir(parents=True)
        (predictor / "manifest.json").write_text('{"kind": "trees"}')
        (predictor / "predictor.json").touch()
        os.truncate(predictor / "predictor.json", size * 2**20)
    return folder


def test_predictors_beyond_the_limit_of_lambda_are_refused_before_anything_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("UV_OFFLINE", "1")
    folder = large_predictors(tmp_path / "predictors", 60, 64, 63, 62, 61)
    with pytest.raises(FunctionTooLargeError) as error:
        pack_service("lambda-arm64", folder, tmp_path / "archives")
    assert not (tmp_path / "archives").exists()
    line = size_refusal(error.value.total, "lambda-arm64", folder)
    assert "the archive has 325.1 MB unzipped, and Lambda allows 262.1 MB" in line
    # 310 MiB are 60 too many, which the largest one is.
    assert removal_in(line) == [str(folder / "large-1")]


def test_an_archive_that_only_its_dependencies_make_too_large_is_refused(
    with_neural: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("scripts.packaging.archive_build.MAXIMUM_FUNCTION_BYTES", 80_000_000)
    line = one_line(run("lambda-arm64", with_neural, tmp_path / "archives"))
    assert line.startswith("Error: The predictors can't be served on lambda-arm64: the archive has 8")
    assert list((tmp_path / "archives").iterdir()) == []
