"""Content of the archives for instances, and errors of `iris pack`."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
import stat
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scripts.packaging import wheels
from scripts.packaging.archive_build import packed_sha256
from tests.scripts.packed import ELF_MACHINES, names, run
from tests.service.model.corrupt import copy_predictor, edit_parameters

if TYPE_CHECKING:
    from click.testing import Result

ROOT = Path(__file__).resolve().parents[3]
IRIS = str(Path(sys.executable).with_name("iris"))
FLEETS = {f"aws-{architecture}": machine for architecture, machine in ELF_MACHINES.items()}


@pytest.fixture(scope="module")
def archives(predictors: Path, packed_archives: Path) -> dict[str, Path]:
    """One archive for each target."""
    results = {target: run(target, predictors, packed_archives) for target in ("local", *FLEETS)}
    return {target: Path(result.stdout.strip()) for target, result in results.items()}


def test_only_the_path_is_printed_and_the_name_includes_the_hash(archives: dict[str, Path]):
    for target, archive in archives.items():
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        assert archive.name == f"iris-{target}-{digest[:12]}.zip"


# The pipeline that packs an archive and the one that deploys it may be different users.
def test_every_user_may_read_an_archive(archives: dict[str, Path]):
    modes = {stat.S_IMODE(archive.stat().st_mode) for archive in archives.values()}
    assert {oct(mode) for mode in modes} == {"0o644"}


@pytest.mark.parametrize("target", ["local", *FLEETS])
def test_packing_the_same_again_gives_the_same_bytes(
    target: str, archives: dict[str, Path], predictors: Path, tmp_path: Path
):
    again = Path(run(target, predictors, tmp_path).stdout.strip())
    assert again.name == archives[target].name
    assert again.read_bytes() == archives[target].read_bytes()


def test_every_file_belongs_to_the_service_a_predictor_or_a_dependency(archives: dict[str, Path]):
    required = {
        line.partition("==")[0] for line in wheels.REQUIREMENTS.read_text().splitlines() if "==" in line
    }
    modules = {name.replace("-", "_") for name in required} | {"opentelemetry", "typing_extensions.py"}
    for target, archive in archives.items():
        for name in names(archive):
            top, _, rest = name.partition("/")
            if target == "local" and name.endswith(".pyc"):
                assert ".cpython-" in name
            elif top == "service":
                assert (ROOT / name).is_file()
            elif top == "predictors":
                assert rest.partition("/")[2] in {"predictor.json", "manifest.json"}
            elif top.endswith(".dist-info"):
                assert rest in {"METADATA", "entry_points.txt"}
                assert top.startswith("opentelemetry_api-")
            else:
                assert {top, top.partition(".")[0].removeprefix("_")} & modules
                assert name.endswith((".py", ".so"))


def test_it_contains_every_module_of_the_service(archives: dict[str, Path]):
    sources = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("service/**/*.py")}
    for archive in archives.values():
        assert sources <= set(names(archive))


def test_only_the_local_archive_contains_bytecode(archives: dict[str, Path]):
    tag = sys.implementation.cache_tag
    compiled = {name for name in names(archives["local"]) if name.endswith(".pyc")}
    modules = {name for name in names(archives["local"]) if name.endswith(".py")}
    assert len(compiled) == len(modules)
    assert all(name.endswith(f".{tag}.pyc") for name in compiled)
    for target in FLEETS:
        assert not [name for name in names(archives[target]) if name.endswith(".pyc")]


@pytest.mark.parametrize(("target", "machine"), FLEETS.items())
def test_binary_modules_are_for_the_processor_and_the_python_of_the_target(
    target: str, machine: int, archives: dict[str, Path]
):
    archive = zipfile.ZipFile(archives[target])
    libraries = [name for name in archive.namelist() if name.endswith(".so")]
    compiled = {name.partition("/")[0].partition(".")[0] for name in libraries}
    server = {"_brotli", "httptools", "uvloop", "zstandard"}
    assert compiled == server | {"markupsafe", "msgspec", "pydantic_core"}
    for name in libraries:
        header = archive.read(name)[:20]
        assert header[:5] == b"\x7fELF\x02"
        assert struct.unpack_from("<H", header, 18) == (machine,)
        assert ".cpython-313-" in name


def test_it_is_much_smaller_than_the_limits_of_lambda(archives: dict[str, Path]):
    for archive in archives.values():
        assert archive.stat().st_size < 50_000_000 / 2
        assert sum(entry.file_size for entry in zipfile.ZipFile(archive).infolist()) < 262_144_000 / 4


def test_an_existing_archive_is_not_packed_again(archives: dict[str, Path], predictors: Path):
    for target, archive in archives.items():
        written = archive.stat().st_mtime_ns
        assert run(target, predictors, archive.parent).stdout.strip() == str(archive)
        assert archive.stat().st_mtime_ns == written


def test_a_damaged_or_missing_archive_is_packed_again(
    archives: dict[str, Path], predictors: Path, output: Path
):
    archive = output / archives["aws-arm64"].name
    content = archive.read_bytes()

    archive.write_bytes(content[:-1])
    assert run("aws-arm64", predictors, output).stdout.strip() == str(archive)
    assert archive.read_bytes() == content

    archive.unlink()
    assert run("aws-arm64", predictors, output).stdout.strip() == str(archive)
    assert archive.read_bytes() == content


@pytest.fixture
def others(predictors: Path, tmp_path: Path) -> Path:
    """The predictors of `archives`, one of which was trained on another day."""
    changed = Path(shutil.copytree(predictors, tmp_path / "predictors"))
    manifest = changed / "iris-logistic" / "manifest.json"
    content: dict[str, Any] = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(content | {"trained_at": "2000-01-01T00:00:00Z"}))
    return changed


@pytest.fixture
def output(archives: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of the folder of `archives` that a test may change, with one target."""
    folder = tmp_path / "archives"
    folder.mkdir()
    for path in archives["aws-arm64"].parent.glob("*aws-arm64*"):
        shutil.copy(path, folder)
    return folder


def test_another_predictor_gives_another_archive(archives: dict[str, Path], others: Path, output: Path):
    archive = Path(run("aws-arm64", others, output).stdout.strip())
    assert archive.name != archives["aws-arm64"].name
    assert b"2000-01-01" in zipfile.ZipFile(archive).read("predictors/iris-logistic/manifest.json")


def test_another_predictor_needs_no_network_and_gives_the_bytes_of_packing_from_scratch(
    others: Path, output: Path, tmp_path: Path
):
    (dependencies,) = output.glob(".dependencies-aws-arm64-*.zip")
    kept = dependencies.read_bytes()
    with pytest.MonkeyPatch.context() as offline:
        offline.setenv("UV_OFFLINE", "1")
        offline.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        archive = Path(run("aws-arm64", others, output).stdout.strip())
    appended = archive.read_bytes()

    archive.unlink()
    dependencies.write_bytes(kept[:-1])  # damaged, so that everything is packed again
    assert run("aws-arm64", others, output).stdout.strip() == str(archive)
    assert archive.read_bytes() == appended
    assert dependencies.read_bytes() == kept


def test_content_that_was_packed_before_is_recognised_until_it_changes(others: Path, output: Path):
    assert packed_sha256("aws-arm64", others, output) is None
    first = json.loads(run("aws-arm64", others, output, "--format", "json").stdout)["sha256"]
    assert packed_sha256("aws-arm64", others, output) == first
    manifest = others / "iris-bayes" / "manifest.json"
    original = manifest.read_text()
    manifest.write_text(original + " ")
    assert packed_sha256("aws-arm64", others, output) is None
    second = json.loads(run("aws-arm64", others, output, "--format", "json").stdout)["sha256"]
    assert packed_sha256("aws-arm64", others, output) == second != first
    manifest.write_text(original)
    assert packed_sha256("aws-arm64", others, output) == first


def test_the_json_output_describes_the_archive(archives: dict[str, Path], predictors: Path):
    archive = archives["local"]
    output_json = json.loads(run("local", predictors, archive.parent, "--format", "json").stdout)
    entries = zipfile.ZipFile(archive).infolist()
    assert output_json["path"] == str(archive)
    assert output_json["sha256"].startswith(archive.stem.rpartition("-")[2])
    assert output_json["bytes"] == archive.stat().st_size
    assert output_json["unzipped_bytes"] == sum(entry.file_size for entry in entries)
    assert output_json["files"] == len(entries)


def test_the_size_is_printed_on_standard_error(archives: dict[str, Path], predictors: Path):
    result = run("local", predictors, archives["local"].parent)
    assert result.stdout == f"{archives['local']}\n"
    for part in ("uvloop", "pydantic", "Unzipped", archives["local"].name):
        assert part in result.stderr


def test_quietly_only_a_new_archive_is_named(others: Path, output: Path):
    first = run("aws-arm64", others, output, "--quiet")
    path = Path(first.stdout.strip())
    *progress, line = first.stderr.splitlines()
    assert all(re.fullmatch(r"[A-Z][^.]*, \d+ s", it) for it in progress), progress  # after two seconds
    assert line.startswith(f"{path.name}: ")
    again = run("aws-arm64", others, output, "--quiet")
    assert (again.stdout, again.stderr) == (f"{path}\n", "")


def one_line(result: Result) -> str:
    assert result.exit_code == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


def test_without_a_predictor_the_error_advises_to_train_first(tmp_path: Path):
    line = one_line(run("local", tmp_path / "none", tmp_path / "archives"))
    assert line.endswith("Run `iris train` first.")
    assert not (tmp_path / "archives").exists()


def test_a_tampered_predictor_is_not_packed(predictors: Path, tmp_path: Path):
    folder = tmp_path / "predictors" / "iris-logistic"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_bytes((predictors / "iris-logistic" / "manifest.json").read_bytes())
    (folder / "predictor.json").write_text("{}")
    assert "SHA-256 differs" in one_line(run("local", folder.parent, tmp_path / "archives"))


def test_a_corrupt_predictor_with_the_right_hash_is_not_packed(predictors: Path, tmp_path: Path):
    folder = copy_predictor(predictors, tmp_path / "predictors")
    edit_parameters(folder / "iris-forest", lambda packed: packed["cuts"][0].append(10**400))
    line = one_line(run("local", folder, tmp_path / "archives"))
    assert "iris-forest does not hold a predictor: a parameter is not finite" in line


def test_a_predictor_with_a_wrong_answer_is_not_packed(predictors: Path, tmp_path: Path):
    folder = Path(shutil.copytree(predictors, tmp_path / "predictors"))
    manifest = folder / "iris-forest" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"specie": "Iris Setosa"', '"specie": "Iris Virginica"'))
    line = one_line(run("local", folder, tmp_path / "archives"))
    assert "iris-forest does not give its known answers" in line


def test_an_unreachable_network_is_reported_in_one_line(
    predictors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    line = one_line(run("aws-arm64", predictors, tmp_path / "archives"))
    assert line.startswith("Error: Cannot install the dependencies of the service: ")
    assert list((tmp_path / "archives").iterdir()) == []


def test_an_unwritable_folder_is_reported_in_one_line(predictors: Path, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    assert "Cannot write to " in one_line(run("local", predictors, tmp_path / "file" / "archives"))


def test_the_error_for_an_unknown_target_lists_the_known_ones(predictors: Path, tmp_path: Path):
    result = run("toaster", predictors, tmp_path)
    assert result.exit_code == 2
    for target in ("local", *FLEETS):
        assert target in result.stderr


def test_an_interrupt_leaves_no_partial_files(predictors: Path, tmp_path: Path):
    process = subprocess.Popen(
        [IRIS, "pack", "--predictors", str(predictors), "--output", str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob(".packing-*/dependencies/*")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert list(tmp_path.iterdir()) == []
