"""JSON files of a local cloud, parsed once for each version, and its locks."""

from __future__ import annotations

import json
import os
import threading
import time
from typing import TYPE_CHECKING

from localcloud.state_dir import locked_folder, read_json, replace_text, try_lock

if TYPE_CHECKING:
    from pathlib import Path


def test_each_version_is_read_also_those_that_follow_one_another_at_once(tmp_path: Path):
    file = tmp_path / "file.json"
    assert read_json(file) is None
    for number in range(1_000):
        # One digit, so that all have the same size; the file system gives them two inodes in turn.
        replace_text(file, json.dumps(number % 10))
        assert read_json(file) == number % 10
    file.unlink()
    assert read_json(file) is None


def test_a_version_is_parsed_once(tmp_path: Path):
    file = tmp_path / "file.json"
    replace_text(file, "[1]")
    a_minute_ago = time.time() - 60
    os.utime(file, (a_minute_ago, a_minute_ago))
    assert read_json(file) == [1]
    assert read_json(file) is read_json(file)
    replace_text(file, "[2]")
    assert read_json(file) == [2]


def test_a_file_that_has_just_been_written_is_read_again_even_if_it_looks_the_same(tmp_path: Path):
    # Within a tick of the kernel's clock, another version has the same time, size and inode.
    file = tmp_path / "file.json"
    in_a_minute = time.time() + 60  # which is recent, however slow this machine is
    for number in (1, 2):
        file.write_text(json.dumps(number))
        os.utime(file, (in_a_minute, in_a_minute))
        assert read_json(file) == number


def test_a_reader_of_a_file_that_is_replaced_goes_on_with_the_old_one(tmp_path: Path):
    file = tmp_path / "file"
    replace_text(file, "old")
    with file.open(encoding="utf-8") as reader:
        replace_text(file, "a new one")
        assert reader.read() == "old"
    assert file.read_text() == "a new one"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_lock_is_held_by_one_until_it_is_given_back(tmp_path: Path):
    file = tmp_path / "lock"
    with try_lock(file) as is_first:
        with try_lock(file) as is_second:
            assert (is_first, is_second) == (True, False)
        with try_lock(file) as is_third:
            assert not is_third
    with try_lock(file) as is_first:
        assert is_first


def test_the_lock_of_a_folder_is_waited_for_and_leaves_no_file(tmp_path: Path):
    order: list[str] = []

    def lock() -> None:
        with locked_folder(tmp_path):
            order.append("second")

    waiting = threading.Thread(target=lock)
    with locked_folder(tmp_path):
        waiting.start()
        waiting.join(0.2)
        order.append("first")
    waiting.join(20)
    assert order == ["first", "second"]
    assert not list(tmp_path.iterdir())
