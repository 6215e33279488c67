"""Build of an archive: install, copy, compile and compress, unless the same inputs were packed before."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from scripts.console.atomic_write import atomic_write
from scripts.console.progress import stage_progress
from scripts.packaging import wheels, zip_archive
from scripts.packaging.archive_inputs import (
    ROOT,
    TARGETS,
    compiler_for,
    hash_inputs,
    needs_onnx_runtime,
    predictor_files,
    requirements_of,
    service_files,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


MAXIMUM_FUNCTION_BYTES: Final = 262_144_000
"""Maximum size of a function's unzipped archive: 250 MiB (AWS Lambda developer guide, "Lambda quotas")."""


MAXIMUM_RECEIPTS: Final = 16
"""Number of archives of one target that are recognised, so that a return to earlier content packs nothing."""

ONNX_DISTRIBUTIONS: Final = ("numpy", "onnxruntime")
"""Distributions that predictors of kind onnx need."""


class FunctionTooLargeError(Exception):
    """The archive of a function is larger than Lambda allows."""

    def __init__(self, total: int) -> None:
        super().__init__(f"{total:,} bytes unzipped")
        self.total = total
        """Its size so far, in bytes."""


@dataclass(frozen=True, kw_only=True)
class PackedArchive:
    """Archive on the disk."""

    path: Path
    sha256: str
    bytes: int
    bytecode: str | None
    """Python version of its bytecode, such as 3.13.1; None if it has none."""
    size: zip_archive.ArchiveSize
    is_new: bool
    """False if the same content had been packed before."""

    @property
    def onnx_bytes(self) -> int:
        """Unzipped size of ONNX Runtime and numpy; 0 if no predictor needs them."""
        return sum(
            size for part, size in self.size.parts.items() if part.partition(".")[0] in ONNX_DISTRIBUTIONS
        )


def pack_service(target: str, predictors: Path, output: Path) -> PackedArchive:
    """Pack for a target into `output`, unless the same content has been packed there already.

    Raises:
        wheels.InstallError: A dependency can't be installed.
        zip_archive.PackingError: A module can't be compiled.
        FunctionTooLargeError: Lambda would refuse the archive.
        OSError: The folder can't be written to.
    """
    total = sum(path.stat().st_size for path in predictor_files(predictors))
    if TARGETS[target].is_function and total > MAXIMUM_FUNCTION_BYTES:
        raise FunctionTooLargeError(total)  # before anything is installed
    compiler = compiler_for(TARGETS[target])
    inputs = hash_inputs(target, compiler, predictors)
    receipt = output / f".iris-{target}.json"
    if earlier := _read_receipt(receipt, inputs, output):
        return earlier
    output.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=output, prefix=".packing-") as folder,
        stage_progress() as progress,
    ):
        task = progress.add_task(f"Installing dependencies for {target}", total=None)
        root = Path(folder) / "root"
        wheels.install(root, requirements_of(TARGETS[target], predictors), TARGETS[target].platform)
        zip_archive.remove_unused_files(root, _unused_folders(target, predictors))
        _copy(ROOT / "service", root / "service", service_files(TARGETS[target]))
        _copy(predictors, root / "predictors", predictor_files(predictors))
        if compiler:
            progress.update(task, description=f"Compiling with Python {compiler.version}")
            zip_archive.compile_bytecode(root, compiler.path)
        total = sum(path.stat().st_size for path in zip_archive.files_below(root))
        if TARGETS[target].is_function and total > MAXIMUM_FUNCTION_BYTES:
            raise FunctionTooLargeError(total)
        progress.update(task, description="Compressing", total=total)
        zipped = Path(folder) / "archive.zip"
        with zipped.open("wb") as archive:
            size = zip_archive.write_archive(
                root, archive, on_progress=lambda done: progress.advance(task, done)
            )
        sha256 = _sha256(zipped)
        path = output / f"iris-{target}-{sha256[:12]}.zip"
        zipped.chmod(0o644)
        zipped.replace(path)
    bytecode = compiler.version if compiler else None
    added = {"archive": path.name, "sha256": sha256, "bytecode": bytecode, "size": asdict(size)}
    earlier_receipts = {key: value for key, value in _receipts(receipt).items() if key != inputs}
    kept = list(earlier_receipts.items())[-MAXIMUM_RECEIPTS + 1 :]
    with atomic_write(receipt) as file:
        file.write(json.dumps(dict([*kept, (inputs, added)])).encode())
    return PackedArchive(
        path=path, sha256=sha256, bytes=path.stat().st_size, bytecode=bytecode, size=size, is_new=True
    )


def packed_sha256(target: str, predictors: Path, output: Path) -> str | None:
    """Return the SHA-256 of the archive that the present content was packed into; None if it was not yet."""
    inputs = hash_inputs(target, compiler_for(TARGETS[target]), predictors)
    receipt = _receipts(output / f".iris-{target}.json").get(inputs, {})
    return str(receipt["sha256"]) if "sha256" in receipt else None


def _receipts(receipt: Path) -> dict[str, dict[str, Any]]:
    """Return what was packed before, oldest first: hash of the inputs -> archive."""
    try:
        content = json.loads(receipt.read_bytes())
    except (OSError, ValueError):
        return {}  # packing again repairs it
    entries = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    return {key: value for key, value in entries.items() if isinstance(value, dict)}


def _read_receipt(receipt: Path, inputs: str, output: Path) -> PackedArchive | None:
    """Return the archive of the same inputs, if it still exists and is unchanged."""
    try:
        earlier = _receipts(receipt)[inputs]
        path = output / earlier["archive"]
        if _sha256(path) != earlier["sha256"]:
            return None
        size = zip_archive.ArchiveSize(**earlier["size"])
        return PackedArchive(
            path=path,
            sha256=earlier["sha256"],
            bytes=path.stat().st_size,
            bytecode=earlier["bytecode"],
            size=size,
            is_new=False,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None  # packing again repairs any defect of it


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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
