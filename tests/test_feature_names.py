"""Names of iris's features: only iris's own definition has them, and everything else reads a definition."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]

FOLDERS: Final = ("client", "service", "scripts", "localcloud", "infra", "policy")

OWN: Final = "service/iris/"
"""Folder of everything that is particular to iris."""

FEATURE_NAME: Final = re.compile(rb"\b(?:petals?|sepals?|pl|pw|sl|sw)\b(?!-[0-9x])")
"""Name of a feature as a word. `pl-1` is a prefix list of a VPC, and capitals are codes of countries."""

REMAINING: Final = frozenset(
    {
        # The benchmarks' other servers, each written as its documentation shows, for the features of iris.
        "scripts/bench/coldstart/handlers/tutorial_handler.py",
        "scripts/bench/serving/apps/stock.py",
        "scripts/bench/serving/apps/tutorial.py",
        "scripts/bench/serving/apps/with_bentoml.py",
        "scripts/bench/serving/apps/with_litserve.py",
        "scripts/bench/serving/apps/with_ray.py",
    }
)
"""Files that still name a feature. The list may only become shorter."""


def _naming() -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *FOLDERS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    files = {file for file in listed if not file.startswith(OWN) and (ROOT / file).is_file()}
    return {file for file in files if FEATURE_NAME.search((ROOT / file).read_bytes())}


def test_only_the_definition_of_iris_names_its_features():
    assert _naming() == REMAINING


@pytest.mark.parametrize("text", [b"pl", b"{pl}", b"a petal", b"Sepals: sl=1", b"petals and sepals"])
def test_a_feature_is_recognized(text: bytes):
    assert FEATURE_NAME.search(text)


@pytest.mark.parametrize("text", [b"pl-0123abcd", b"plain", b"PL", b"sleep", b"x.pls"])
def test_other_words_are_no_features(text: bytes):
    assert not FEATURE_NAME.search(text)
