from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.console.atomic_write import atomic_write

if TYPE_CHECKING:
    from pathlib import Path


def test_the_file_exists_after_the_block_and_all_users_may_read_it(tmp_path: Path):
    path = tmp_path / "new" / "file"
    with atomic_write(path) as file:
        file.write(b"content")
        assert not path.exists()
    assert path.read_bytes() == b"content"
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ValueError])
def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, interruption: type[BaseException]
):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def interrupted() -> None:
        with atomic_write(path) as file:
            file.write(b"half of the n")
            raise interruption

    with pytest.raises(interruption):
        interrupted()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
