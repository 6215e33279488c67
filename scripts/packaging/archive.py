"""What an archive of the service holds, and how it is written so that the same content is the same bytes."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

DISTRIBUTIONS_NEVER_SERVED: Final = {
    "h11": "uvicorn's HTTP parser for those who have no httptools",
    "idna": "encodes names of hosts to connect to, and the service connects to none",
}
"""Installed by requirement of others, but never imported by the service -> what it would be for."""

FOLDERS_NEVER_CALLED: Final = {
    "pydantic/v1": "the old pydantic, of which FastAPI only asks whether it is there, and so would import it",
}
"""Left out where every file that is read delays the first answer -> what it would be for."""

_NEVER_SERVED: Final = (
    "bin/*",
    "*/testclient.py",
    "*/testing.py",
    "*/_testbase.py",
    "*/pytest_plugin.py",
    "*/mypy.py",
    "_hypothesis_plugin.py",
)
"""Tools for those who develop with the distributions."""

_SERVED_SUFFIXES: Final = (".py", ".so")
"""Not: headers, type stubs, Cython sources, licences, markers for type checkers."""

_DEVELOPMENT_ENTRY_POINTS: Final = {"console_scripts", "gui_scripts", "pytest11", "hypothesis"}
"""Groups of entry points that no serving process looks up."""

_COMPRESSION_LEVEL: Final = 5
"""Level 9 takes six times as long and saves 1.5 %."""

_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The first that a zip archive can tell. The true one would change the bytes, and nobody reads it."""

_MODE: Final = 0o100644
"""A regular file that everybody may read, as whoever runs the service is not who unpacked it."""


class PackingError(Exception):
    """The archive cannot be made."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """How large an archive is."""

    files: int
    unzipped_bytes: int
    parts: dict[str, int]
    """Top folder or file -> bytes unzipped, largest first."""


def remove_unserved(root: Path, folders: Collection[str] = ()) -> None:
    """Delete from installed distributions whatever serving does not need, and these folders.

    Raises:
        PackingError: a folder to delete is not there, and whoever listed it should look why.
    """
    for folder in folders:
        if not (root / folder).is_dir():
            raise PackingError(f"there is no {folder} that could be left out")
        shutil.rmtree(root / folder)
    for path in files_of(root):
        if not _is_served(root, path):
            path.unlink()
    for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def compile_bytecode(root: Path, python: Path) -> None:
    """Compile every module with an interpreter for its like, so that none has to do it at start.

    Bytecode is not checked against its source (PEP 552): nobody edits an unpacked archive, and unpacking
    changes the dates by which Python would check. A process of its own compiles, because what else a process
    holds in memory shows in the bytes that it writes.

    Raises:
        PackingError: a module has a syntax error.
    """
    compiled = subprocess.run(  # noqa: S603 (an interpreter that was chosen, our own folder)
        [
            *(str(python), "-I", "-m", "compileall"),
            *("-q", "-j", "0", "--invalidation-mode", "unchecked-hash", "-s", str(root), str(root)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if compiled.returncode:
        raise PackingError(f"cannot compile the service: {' '.join(compiled.stdout.split())}")


def files_of(root: Path) -> Iterator[Path]:
    """Yield every file below a folder, in the order in which they are archived."""
    files = (path for path in root.rglob("*") if path.is_file())
    return iter(sorted(files, key=lambda path: path.relative_to(root).as_posix()))


def write_zip(root: Path, archive: IO[bytes], *, advance: Callable[[int], object]) -> Report:
    """Write every file below `root` into `archive`; tell `advance` how many bytes each one had."""
    sizes: dict[str, int] = {}
    files = 0
    with zipfile.ZipFile(archive, "w") as writer:
        for path in files_of(root):
            name = path.relative_to(root).as_posix()
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system = 3  # Unix, whatever system packs
            entry.external_attr = _MODE << 16
            content = path.read_bytes()
            writer.writestr(entry, content, zipfile.ZIP_DEFLATED, _COMPRESSION_LEVEL)
            part = name.partition("/")[0]
            sizes[part] = sizes.get(part, 0) + len(content)
            files += 1
            advance(len(content))
    parts = dict(sorted(sizes.items(), key=lambda part: (-part[1], part[0])))
    return Report(files=files, unzipped_bytes=sum(parts.values()), parts=parts)


def _is_served(root: Path, path: Path) -> bool:
    name = PurePosixPath(path.relative_to(root).as_posix())
    top = name.parts[0]
    if top.endswith(".dist-info"):
        return name.name in {"METADATA", "entry_points.txt"} and _is_looked_up(root / top)
    return (
        name.suffix in _SERVED_SUFFIXES
        and top not in DISTRIBUTIONS_NEVER_SERVED
        and not any(name.match(pattern) for pattern in _NEVER_SERVED)
    )


def _is_looked_up(dist_info: Path) -> bool:
    """Say whether a distribution has entry points that are looked up (importlib.metadata) while serving."""
    declared = dist_info / "entry_points.txt"
    if not declared.is_file():
        return False
    parser = ConfigParser(delimiters="=")
    parser.read_string(declared.read_text())
    return not set(parser.sections()) <= _DEVELOPMENT_ENTRY_POINTS
