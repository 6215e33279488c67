"""Build of an archive: install, copy, compile and compress, unless the same inputs were packed before.

An archive begins with the dependencies. They are kept as an archive of their own, to which the service and
other predictors are appended: packing after a training takes an eighth of the time, and gives the same bytes.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scripts.console.progress import stage_progress
from scripts.packaging import wheels, zip_archive
from scripts.packaging.archive_inputs import (
    ROOT,
    TARGETS,
    ArchiveTarget,
    compiler_for,
    hash_dependencies,
    hash_inputs,
    needs_onnx_runtime,
    predictor_files,
    requirements_of,
    service_files,
)
from scripts.packaging.receipts import PackedArchive, Receipts, sha256_of_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.progress import TaskID

    from scripts.console.progress import ReportedProgress
    from scripts.packaging.interpreters import Interpreter

MAXIMUM_FUNCTION_BYTES: Final = 262_144_000
"""Maximum size of a function's unzipped archive: 250 MiB (AWS Lambda developer guide, "Lambda quotas")."""


class FunctionTooLargeError(Exception):
    """The archive of a function is larger than Lambda allows."""

    def __init__(self, total: int) -> None:
        super().__init__(f"{total:,} bytes unzipped")
        self.total = total
        """Its size so far, in bytes."""


def pack_service(target: str, predictors: Path, output: Path) -> PackedArchive:
    """Pack for a target into `output`, unless the same content has been packed there already.

    Raises:
        wheels.InstallError: A dependency can't be installed.
        zip_archive.PackingError: A module can't be compiled.
        FunctionTooLargeError: Lambda would refuse the archive.
        OSError: The folder can't be written to.
    """
    # Before anything is installed.
    require_fit(TARGETS[target], (path.stat().st_size for path in predictor_files(predictors)))
    compiler = compiler_for(TARGETS[target])
    receipts = Receipts(output, target)
    inputs = hash_inputs(target, compiler, predictors)
    if earlier := receipts.archive_of(inputs):
        return earlier
    of_dependencies = hash_dependencies(target, compiler, predictors)
    output.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=output, prefix=".packing-") as folder,
        stage_progress() as progress,
    ):
        build = _Build(
            target=target,
            predictors=predictors,
            compiler=compiler,
            folder=Path(folder),
            progress=progress,
            task=progress.add_task(f"Packing for {target}", total=None),
        )
        build.copy_service()
        dependencies = receipts.archive_of(of_dependencies)
        if dependencies is None:
            build.install_dependencies()
            build.require_fit(0)
            dependencies = build.archive_dependencies(output)
        else:
            build.require_fit(dependencies.size.unzipped_bytes)
        packed = build.append_service(dependencies, output)
    receipts.add({of_dependencies: dependencies, inputs: packed})
    return packed


def packed_sha256(target: str, predictors: Path, output: Path) -> str | None:
    """Return the SHA-256 of the archive that the present content was packed into; None if it was not yet."""
    inputs = hash_inputs(target, compiler_for(TARGETS[target]), predictors)
    return Receipts(output, target).sha256_of(inputs)


def require_fit(target: ArchiveTarget, parts: Iterable[int]) -> None:
    """Require that an archive with parts of so many bytes, unzipped, can be deployed.

    Raises:
        FunctionTooLargeError: It is a function's, and larger than Lambda allows.
    """
    total = sum(parts)
    if target.is_function and total > MAXIMUM_FUNCTION_BYTES:
        raise FunctionTooLargeError(total)


@dataclass(frozen=True, kw_only=True)
class _Build:
    """Stages of packing for one target, in a temporary folder."""

    target: str
    predictors: Path
    compiler: Interpreter | None
    folder: Path
    progress: ReportedProgress
    task: TaskID

    @property
    def _service(self) -> Path:
        """Folder of the files that change from one archive to the next: the service and its predictors."""
        return self.folder / "service"

    @property
    def _dependencies(self) -> Path:
        return self.folder / "dependencies"

    def copy_service(self) -> None:
        root = self._service
        _copy(ROOT / "service", root / "service", service_files(TARGETS[self.target]))
        _copy(self.predictors, root / "predictors", predictor_files(self.predictors))
        self._compile(root)

    def install_dependencies(self) -> None:
        root, target = self._dependencies, TARGETS[self.target]
        self.progress.update(self.task, description=f"Installing dependencies for {self.target}")
        wheels.install(root, requirements_of(target, self.predictors), target.platform)
        zip_archive.remove_unused_files(root, _unused_folders(self.target, self.predictors))
        self._compile(root)

    def require_fit(self, packed_bytes: int) -> None:
        """Require that a function may be as large as the files in the temporary folder and what is packed."""
        require_fit(TARGETS[self.target], (packed_bytes, _bytes_below(self.folder)))

    def archive_dependencies(self, output: Path) -> PackedArchive:
        zipped = self.folder / "dependencies.zip"
        return self._append(self._dependencies, zipped, output, f".dependencies-{self.target}")

    def append_service(self, dependencies: PackedArchive, output: Path) -> PackedArchive:
        zipped = self.folder / "archive.zip"
        shutil.copyfile(dependencies.path, zipped)
        return self._append(self._service, zipped, output, f"iris-{self.target}")

    def _compile(self, root: Path) -> None:
        if self.compiler:
            self.progress.update(self.task, description=f"Compiling with Python {self.compiler.version}")
            zip_archive.compile_bytecode(root, self.compiler.path)

    def _append(self, root: Path, zipped: Path, output: Path, name: str) -> PackedArchive:
        """Append the files below a folder to an archive, and move it into the folder of the archives."""
        self.progress.update(self.task, description="Compressing", completed=0, total=_bytes_below(root))
        size = zip_archive.append_files(
            root, zipped, on_progress=lambda done: self.progress.advance(self.task, done)
        )
        sha256 = sha256_of_file(zipped)
        path = output / f"{name}-{sha256[:12]}.zip"
        zipped.chmod(0o644)
        zipped.replace(path)
        return PackedArchive(
            path=path,
            sha256=sha256,
            bytes=path.stat().st_size,
            bytecode=self.compiler.version if self.compiler else None,
            size=size,
            is_new=True,
        )


def _unused_folders(target: str, predictors: Path) -> list[str]:
    """Return the folders of the installed distributions that serving does not need."""
    folders: list[str] = []
    if TARGETS[target].is_function:
        folders += zip_archive.UNUSED_FOLDERS
    if needs_onnx_runtime(predictors):
        folders += zip_archive.UNUSED_ONNX_FOLDERS
    return folders


def _copy(source: Path, destination: Path, files: Iterable[Path]) -> None:
    for path in files:
        copied = destination / path.relative_to(source)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copied)


def _bytes_below(root: Path) -> int:
    return sum(path.stat().st_size for path in zip_archive.files_below(root))
