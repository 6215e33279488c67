"""Receipts of archives, of which the latest are kept."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scripts.packaging.receipts import MAXIMUM_RECEIPTS, PackedArchive, Receipts
from scripts.packaging.zip_archive import ArchiveSize

if TYPE_CHECKING:
    from pathlib import Path


def packed(folder: Path, number: int) -> PackedArchive:
    return PackedArchive(
        path=folder / f"{number}.zip",
        sha256=f"{number:064x}",
        bytes=1,
        bytecode=None,
        size=ArchiveSize(files=1, unzipped_bytes=1, parts={}),
        is_new=True,
    )


def test_beyond_the_maximum_the_oldest_receipt_goes(tmp_path: Path):
    receipts = Receipts(tmp_path, "local")
    for number in range(MAXIMUM_RECEIPTS + 1):
        receipts.add({f"inputs {number}": packed(tmp_path, number)})
    kept = [receipts.sha256_of(f"inputs {number}") is not None for number in range(MAXIMUM_RECEIPTS + 1)]
    assert kept == [False, *[True] * MAXIMUM_RECEIPTS]


# Dependencies are packed once, and used by every archive after that.
def test_a_receipt_that_is_written_again_is_the_newest(tmp_path: Path):
    receipts = Receipts(tmp_path, "local")
    for number in range(MAXIMUM_RECEIPTS):
        receipts.add({"dependencies": packed(tmp_path, 99), f"inputs {number}": packed(tmp_path, number)})
    assert receipts.sha256_of("dependencies") == f"{99:064x}"
    assert receipts.sha256_of("inputs 0") is None
    assert receipts.sha256_of("inputs 1") == f"{1:064x}"


@pytest.mark.parametrize("text", ["", "not JSON", "[]", '{"inputs": "text"}', '{"inputs": {}}'])
def test_a_damaged_file_of_receipts_recognises_nothing_and_is_repaired(tmp_path: Path, text: str):
    receipts = Receipts(tmp_path, "local")
    receipts.path.write_text(text)
    assert (receipts.sha256_of("inputs"), receipts.archive_of("inputs")) == (None, None)
    receipts.add({"inputs": packed(tmp_path, 1)})
    assert receipts.sha256_of("inputs") == f"{1:064x}"


def test_an_archive_is_recognised_while_its_bytes_are_those_of_the_receipt(tmp_path: Path):
    receipts = Receipts(tmp_path, "local")
    file = tmp_path / "1.zip"
    file.write_bytes(b"packed")
    sha256 = hashlib.sha256(b"packed").hexdigest()
    archive = replace(packed(tmp_path, 1), sha256=sha256, bytes=6, bytecode="3.13.1")
    receipts.add({"inputs": archive})
    assert receipts.archive_of("inputs") == replace(archive, is_new=False)
    assert receipts.archive_of("others") is None
    file.write_bytes(b"Packed")
    assert receipts.archive_of("inputs") is None
    file.unlink()
    assert receipts.archive_of("inputs") is None


def test_the_targets_have_receipts_of_their_own(tmp_path: Path):
    Receipts(tmp_path, "local").add({"inputs": packed(tmp_path, 1)})
    assert Receipts(tmp_path, "aws-arm64").sha256_of("inputs") is None


def test_onnx_runtime_takes_what_its_distributions_take(tmp_path: Path):
    parts = {"onnxruntime": 100, "numpy": 20, "numpy.libs": 3, "numpydoc": 1_000, "service": 10_000}
    size = ArchiveSize(files=1, unzipped_bytes=1, parts=parts)
    assert replace(packed(tmp_path, 1), size=size).onnx_bytes == 123
