"""Zip archive of the service: only the files that serving needs, and the same bytes for the same content."""

from __future__ import annotations

import re
import shutil
import zipfile
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from scripts.console.commands import run_command

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

UNUSED_DISTRIBUTIONS: Final = {
    "h11": "uvicorn's HTTP parser where httptools is not installed",
    "idna": "encodes host names for outgoing connections, of which the service makes none",
}
"""Installed as a dependency, but never imported by the service -> its purpose."""

UNUSED_FOLDERS: Final = {
    "pydantic/v1": "the old pydantic, which FastAPI would import only to find out that it is installed",
}
"""Left out for functions, where every file that is read delays the first answer -> its purpose."""

UNUSED_ONNX_FOLDERS: Final = {
    "numpy/f2py": "compiles Fortran",
    "numpy/testing": "assertions for tests",
    "numpy/typing": "type hints",
    "onnxruntime/backend": "runs the conformance tests of ONNX",
    "onnxruntime/datasets": "example graphs",
    "onnxruntime/quantization": "makes graphs smaller before they are served",
    "onnxruntime/tools": "converts graphs",
    "onnxruntime/transformers": "optimises graphs of language models",
}
"""Left out of the libraries that predictors of kind onnx need -> its purpose."""

_UNUSED_FILES: Final = (
    "bin/*",
    "onnxruntime/capi/libonnxruntime.so.*",  # the same library once more, for programs in C
    "zstandard/_cffi.*",  # the same library once more, for PyPy
    "*/testclient.py",
    "*/testing.py",
    "*/_testbase.py",
    "*/pytest_plugin.py",
    "*/mypy.py",
    "_hypothesis_plugin.py",
)
"""Development tools of the distributions."""

_NEEDED_NAME: Final = re.compile(r".*\.(py|dylib|so(\.[0-9]+)*)")
"""Name of a needed file; headers, type stubs, Cython sources, licences and `py.typed` are left out."""

_DEVELOPMENT_ENTRY_POINTS: Final = {
    "babel.extractors",
    "console_scripts",
    "gui_scripts",
    "hypothesis",
    "pytest11",
}
"""Groups of entry points that are never looked up while serving."""

_COMPRESSION_LEVEL: Final = 5
"""zlib level; level 9 takes six times as long and saves 1.5 %."""

_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""Date of every entry, the earliest that a zip archive allows. Real dates would change the bytes."""

_MODE: Final = 0o100644
"""Mode of a regular file that all users may read, as the service runs as another user than unpacks it."""


class PackingError(Exception):
    """The archive can't be packed."""


@dataclass(frozen=True, kw_only=True)
class ArchiveSize:
    """Size of an archive and of its parts."""

    files: int
    unzipped_bytes: int
    parts: dict[str, int]
    """Top-level folder or file -> unzipped bytes, largest first."""


def remove_unused_files(root: Path, folders: Collection[str] = ()) -> None:
    """Delete from installed distributions all files that serving does not need, and these folders.

    Raises:
        PackingError: A folder does not exist, so that its entry in the tables above is outdated.
    """
    for folder in folders:
        if not (root / folder).is_dir():
            raise PackingError(f"there is no folder {folder} to leave out")
        shutil.rmtree(root / folder)
    for path in files_below(root):
        if not _is_needed(root, path):
            path.unlink()
    for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def compile_bytecode(root: Path, python: Path) -> None:
    """Compile every module, so that no process has to do it at its start.

    Bytecode is not checked against its source (PEP 552): unpacked archives are not edited, and unpacking
    changes the dates by which Python would check. A separate process compiles, because the other objects in a
    process affect the bytes that it writes. It is only one: on two processors, `-j 0` takes 1.7 s for the 500
    modules of the dependencies, and this 1.1 s.

    Args:
        root: Folder of the modules.
        python: Interpreter of the version that will run them.

    Raises:
        PackingError: A module has a syntax error.
    """
    compiled = run_command(
        *(python, "-I", "-m", "compileall", "-q"),
        *("--invalidation-mode", "unchecked-hash", "-s", root, root),
    )
    if compiled.returncode:
        raise PackingError(f"cannot compile the service: {' '.join(compiled.stdout.split())}")


def files_below(root: Path) -> Iterator[Path]:
    """Yield every file below a folder, in the order of the archive."""
    files = (path for path in root.rglob("*") if path.is_file())
    return iter(sorted(files, key=lambda path: path.relative_to(root).as_posix()))


def append_files(
    root: Path, archive: Path | IO[bytes], *, on_progress: Callable[[int], object]
) -> ArchiveSize:
    """Append every file below `root` to an archive, which is created if it does not exist yet.

    Args:
        root: Folder of the files.
        archive: Path, or open file for reading and writing.
        on_progress: Function that is called with the size of each file in bytes.
    """
    with zipfile.ZipFile(archive, "a") as writer:
        for path in files_below(root):
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), _DATE)
            entry.create_system = 3  # Unix, on every system
            entry.external_attr = _MODE << 16
            content = path.read_bytes()
            writer.writestr(entry, content, zipfile.ZIP_DEFLATED, _COMPRESSION_LEVEL)
            on_progress(len(content))
        entries = writer.infolist()
    sizes: dict[str, int] = {}
    for entry in entries:
        part = entry.filename.partition("/")[0]
        sizes[part] = sizes.get(part, 0) + entry.file_size
    parts = dict(sorted(sizes.items(), key=lambda part: (-part[1], part[0])))
    return ArchiveSize(files=len(entries), unzipped_bytes=sum(parts.values()), parts=parts)


def _is_needed(root: Path, path: Path) -> bool:
    name = PurePosixPath(path.relative_to(root).as_posix())
    top = name.parts[0]
    if top.endswith(".dist-info"):
        return name.name in {"METADATA", "entry_points.txt"} and _has_runtime_entry_points(root / top)
    return (
        bool(_NEEDED_NAME.fullmatch(name.name))
        and "tests" not in name.parts
        and top not in UNUSED_DISTRIBUTIONS
        and not any(name.match(pattern) for pattern in _UNUSED_FILES)
    )


def _has_runtime_entry_points(dist_info: Path) -> bool:
    """Return whether a distribution has entry points that importlib.metadata looks up while serving."""
    declared = dist_info / "entry_points.txt"
    if not declared.is_file():
        return False
    parser = ConfigParser(delimiters="=")
    parser.read_string(declared.read_text())
    return not set(parser.sections()) <= _DEVELOPMENT_ENTRY_POINTS
