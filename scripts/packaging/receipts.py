"""Receipts of archives: what each was packed from, so that the same inputs are not packed again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from scripts.console.atomic_write import atomic_write
from scripts.packaging.zip_archive import ArchiveSize

if TYPE_CHECKING:
    from pathlib import Path

MAXIMUM_RECEIPTS: Final = 16
"""Number of archives of one target that are recognised, those of dependencies among them, so that a return to
earlier content packs nothing."""

ONNX_DISTRIBUTIONS: Final = ("numpy", "onnxruntime")
"""Distributions that predictors of kind onnx need."""


@dataclass(frozen=True, kw_only=True)
class PackedArchive:
    """Archive on the disk."""

    path: Path
    sha256: str
    bytes: int
    bytecode: str | None
    """Python version of its bytecode, such as 3.13.1; None if it has none."""
    size: ArchiveSize
    is_new: bool
    """False if the same content had been packed before."""

    @property
    def onnx_bytes(self) -> int:
        """Unzipped size of ONNX Runtime and numpy; 0 if no predictor needs them."""
        return sum(
            size for part, size in self.size.parts.items() if part.partition(".")[0] in ONNX_DISTRIBUTIONS
        )


@dataclass(frozen=True)
class Receipts:
    """File of the receipts of one target, in the folder of its archives."""

    folder: Path
    target: str

    @property
    def path(self) -> Path:
        """Path of the file, which is hidden."""
        return self.folder / f".iris-{self.target}.json"

    def sha256_of(self, inputs: str) -> str | None:
        """Return the SHA-256 of the archive that inputs were packed into; None if they were not yet."""
        receipt = self._entries().get(inputs, {})
        return str(receipt["sha256"]) if "sha256" in receipt else None

    def archive_of(self, inputs: str) -> PackedArchive | None:
        """Return the archive of the same inputs, if it still exists and is unchanged."""
        try:
            earlier = self._entries()[inputs]
            path = self.folder / earlier["archive"]
            if sha256_of_file(path) != earlier["sha256"]:
                return None
            return PackedArchive(
                path=path,
                sha256=earlier["sha256"],
                bytes=path.stat().st_size,
                bytecode=earlier["bytecode"],
                size=ArchiveSize(**earlier["size"]),
                is_new=False,
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None  # packing again repairs any defect of it

    def add(self, archives: dict[str, PackedArchive]) -> None:
        """Write a receipt for each of these archives, by the hash of its inputs, as the newest ones."""
        added = {
            inputs: {
                "archive": packed.path.name,
                "sha256": packed.sha256,
                "bytecode": packed.bytecode,
                "size": asdict(packed.size),
            }
            for inputs, packed in archives.items()
        }
        earlier = [entry for entry in self._entries().items() if entry[0] not in added]
        kept = [*earlier, *added.items()][-MAXIMUM_RECEIPTS:]
        with atomic_write(self.path) as file:
            file.write(json.dumps(dict(kept)).encode())

    def _entries(self) -> dict[str, dict[str, Any]]:
        """Return what was packed before, oldest first: hash of the inputs -> archive."""
        try:
            content = json.loads(self.path.read_bytes())
        except (OSError, ValueError):
            return {}  # packing again repairs it
        entries = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
        return {key: value for key, value in entries.items() if isinstance(value, dict)}


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
