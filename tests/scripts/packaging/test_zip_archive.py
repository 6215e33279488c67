from __future__ import annotations

import io
import os
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from scripts.packaging.zip_archive import (
    ArchiveSize,
    PackingError,
    append_files,
    compile_bytecode,
    files_below,
    remove_unused_files,
)

INSTALLED = {
    "bin/uvicorn": False,
    "bin/tool.py": False,
    "click/core.py": True,
    "click/testing.py": False,
    "click/py.typed": False,
    "h11/_connection.py": False,
    "idna/core.py": False,
    "uvloop/_testbase.py": False,
    "anyio/pytest_plugin.py": False,
    "pydantic/mypy.py": False,
    "_hypothesis_plugin.py": False,
    "numpy/core/tests/test_core.py": False,
    "numpy/tests.py": True,
    "numpy.libs/libgfortran.so.5.0.0": True,
    "numpy/core/library.dylib": True,
    "numpy/core/library.so.debug": False,
    "onnxruntime/capi/libonnxruntime.so.1.23.0": False,
    "onnxruntime/capi/libonnxruntime_providers_shared.so": True,
    "zstandard/_cffi.cpython-313.so": False,
    "zstandard/backend_c.cpython-313.so": True,
    "web/page.html": False,
    "h11-0.16.0.dist-info/METADATA": False,
    "starlette/testclient.py": False,
    "typing_extensions.py": True,
    "uvloop/loop.cpython-313-aarch64-linux-gnu.so": True,
    "uvloop/loop.pyx": False,
    "uvloop/includes/debug.h": False,
    "uvloop-1.0.dist-info/METADATA": False,
    "uvloop-1.0.dist-info/licenses/LICENSE": False,
    "uvicorn-1.0.dist-info/METADATA": False,
    "uvicorn-1.0.dist-info/entry_points.txt": False,
    "plugins-1.0.dist-info/METADATA": False,
    "plugins-1.0.dist-info/entry_points.txt": False,
    "telemetry-1.0.dist-info/METADATA": True,
    "telemetry-1.0.dist-info/entry_points.txt": True,
    "telemetry-1.0.dist-info/RECORD": False,
}
"""Installed file -> True if serving needs it."""

ENTRY_POINTS = {
    "uvicorn-1.0.dist-info/entry_points.txt": "[console_scripts]\nuvicorn = uvicorn.main:main\n",
    "plugins-1.0.dist-info/entry_points.txt": (
        "[babel.extractors]\na = b:c\n[gui_scripts]\na = b:c\n[hypothesis]\na = b:c\n[pytest11]\na = b:c\n"
    ),
    "telemetry-1.0.dist-info/entry_points.txt": "[console_scripts]\na = b:c\n\n[telemetry]\nd = e:f\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in INSTALLED:
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ENTRY_POINTS.get(name, f"'{name}'"))
    return tmp_path / "root"


def names(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def zipped(root: Path) -> tuple[bytes, ArchiveSize]:
    archive = io.BytesIO()
    size = append_files(root, archive, on_progress=lambda _: None)
    return archive.getvalue(), size


def test_only_files_that_serving_needs_are_kept(root: Path):
    remove_unused_files(root)
    assert names(root) == {name for name, served in INSTALLED.items() if served}
    assert all(any(folder.iterdir()) for folder in root.rglob("*") if folder.is_dir())


def test_the_same_files_give_the_same_bytes_with_any_dates_and_modes(root: Path, tmp_path: Path):
    again = tmp_path / "again"
    for name in sorted(names(root), reverse=True):
        path = again / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((root / name).read_bytes())
        path.chmod(0o600)
        os.utime(path, (1, 1))
    assert zipped(root)[0] == zipped(again)[0]


def test_one_changed_byte_changes_the_archive(root: Path):
    before = zipped(root)[0]
    (root / "click/core.py").write_text("'other'")
    assert zipped(root)[0] != before


def test_entries_are_sorted_dated_1980_and_readable_by_all(root: Path):
    archive = zipfile.ZipFile(io.BytesIO(zipped(root)[0]))
    assert archive.testzip() is None
    assert archive.namelist() == sorted(INSTALLED)
    for entry in archive.infolist():
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        assert stat.S_IMODE(entry.external_attr >> 16) == 0o644
        # Unix: elsewhere the mode would mean nothing (APPNOTE.TXT of the zip format, 4.4.2).
        assert entry.create_system == 3
        assert archive.read(entry) == (root / entry.filename).read_bytes()


def test_the_size_counts_every_file_once(root: Path):
    progress: list[int] = []
    size = append_files(root, io.BytesIO(), on_progress=progress.append)
    file_sizes = [path.stat().st_size for path in files_below(root)]
    assert size.files == len(file_sizes) == len(progress)
    assert size.unzipped_bytes == sum(file_sizes) == sum(progress) == sum(size.parts.values())
    assert list(size.parts.values()) == sorted(size.parts.values(), reverse=True)


def test_folders_can_be_left_out(root: Path):
    remove_unused_files(root, ["click"])
    left = names(root)
    assert left == {
        name for name, is_served in INSTALLED.items() if is_served and not name.startswith("click/")
    }


def test_a_missing_folder_to_leave_out_is_an_error(root: Path):
    with pytest.raises(PackingError, match="there is no folder nothing to leave out"):
        remove_unused_files(root, ["nothing"])


def test_bytecode_is_compiled_to_the_same_bytes_in_every_folder(tmp_path: Path):
    compiled: list[dict[str, bytes]] = []
    for folder in ("one", "two"):
        root = tmp_path / folder
        (root / "package").mkdir(parents=True)
        (root / "package" / "module.py").write_text("def f(x): return x in {'d', 'e'}\n")
        compile_bytecode(root, Path(sys.executable))
        compiled.append({path.name: path.read_bytes() for path in root.rglob("*.pyc")})
    assert compiled[0] == compiled[1]
    ((name, content),) = compiled[0].items()
    assert name.startswith("module.cpython-")
    assert content[4:8] == (1).to_bytes(4, "little")  # PEP 552: unchecked hash


def test_a_module_that_does_not_compile_is_named_in_one_line(tmp_path: Path):
    (tmp_path / "broken.py").write_text("def f(:\n")
    with pytest.raises(PackingError, match=r"cannot compile the service: .*broken\.py") as caught:
        compile_bytecode(tmp_path, Path(sys.executable))
    assert "\n" not in str(caught.value)
