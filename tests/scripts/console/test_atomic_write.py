from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.console.atomic_write import atomic_write

ROOT = Path(__file__).resolve().parents[3]


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


INTERRUPTED = """
import sys
from pathlib import Path

from scripts.console.atomic_write import atomic_write

folder = Path(sys.argv[1])

def write_until(line):
    # Write a file, interrupted at one of the lines that are run; return whether there are so many.
    remaining = line

    def trace(_frame, kind, _argument):
        nonlocal remaining
        remaining -= kind == "line"
        if remaining == 0:
            raise KeyboardInterrupt  # which ends the tracing
        return trace

    try:
        sys.settrace(trace)
        with atomic_write(folder / "file") as file:
            file.write(b"content")
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False

line = 1
while write_until(line):
    left = [path.read_bytes() for path in folder.iterdir()]
    assert left in ([], [b"content"]), (line, left)
    (folder / "file").unlink(missing_ok=True)
    line += 1
print(line)
"""
"""Program of its own: an exception of a tracer may leave Python with one that counts as being handled."""


def test_an_interruption_at_any_moment_leaves_the_whole_file_or_none(tmp_path: Path):
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.stderr == ""
    assert int(ended.stdout) > 20
    assert (tmp_path / "file").read_bytes() == b"content"
