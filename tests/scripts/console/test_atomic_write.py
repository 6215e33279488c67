from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from scripts.console.atomic_write import atomic_write

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType


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


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # interrupted just as it opened
def test_an_interruption_at_any_moment_leaves_the_whole_file_or_none(tmp_path: Path):
    def write_until(line: int) -> bool:
        """Write a file, interrupted at one of the lines that are run; return whether there are so many."""
        remaining = line

        def trace(_frame: FrameType, kind: str, _argument: object) -> Any:
            nonlocal remaining
            remaining -= kind == "line"
            if remaining == 0:
                raise KeyboardInterrupt  # which ends the tracing
            return trace

        try:
            sys.settrace(trace)
            with atomic_write(tmp_path / "file") as file:
                file.write(b"content")
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(None)
        return False

    line = 1
    while write_until(line):
        assert [path.read_bytes() for path in tmp_path.iterdir()] in ([], [b"content"])
        (tmp_path / "file").unlink(missing_ok=True)
        line += 1
    assert (tmp_path / "file").read_bytes() == b"content"
    assert line > 20
