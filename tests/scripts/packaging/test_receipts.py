"""Receipts of archives, of which the latest are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.packaging.receipts import MAXIMUM_RECEIPTS, PackedArchive, Receipts
from scripts.packaging.zip_archive import ArchiveSize

if TYPE_CHECKING:
    from pathlib import Path


def test_beyond_the_maximum_the_oldest_receipt_goes(tmp_path: Path):
    receipts = Receipts(tmp_path, "local")
    for number in range(MAXIMUM_RECEIPTS + 1):
        size = ArchiveSize(files=1, unzipped_bytes=1, parts={})
        packed = PackedArchive(
            path=tmp_path / f"{number}.zip",
            sha256=f"{number:064x}",
            bytes=1,
            bytecode=None,
            size=size,
            is_new=True,
        )
        receipts.add({f"inputs {number}": packed})
    kept = [receipts.sha256_of(f"inputs {number}") is not None for number in range(MAXIMUM_RECEIPTS + 1)]
    assert kept == [False, *[True] * MAXIMUM_RECEIPTS]
