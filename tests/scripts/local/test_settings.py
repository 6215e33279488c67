"""Settings in one text, as `make up CONFIG="..."` hands them over."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.stack_config import DEFAULTS
from scripts.local.settings import SettingsError, split_settings

ROOT = Path(__file__).resolve().parents[3]

SCHEDULE = "30 7 * * 1-5 min=4; 0 19 * * 1-5 min=2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("minInstances=2", [("minInstances", "2")]),
        (" minInstances=2   maxInstances=4 ", [("minInstances", "2"), ("maxInstances", "4")]),
        ("owner=Ana Diaz", [("owner", "Ana Diaz")]),
        (f"schedule={SCHEDULE} owner=Ana Diaz", [("schedule", SCHEDULE), ("owner", "Ana Diaz")]),
        ("publicPaths=", [("publicPaths", "")]),
        ("minInstancs=2 maxInstances=4", [("minInstancs", "2"), ("maxInstances", "4")]),
        ("owner=a=b", [("owner", "a=b")]),
    ],
)
def test_a_value_ends_where_a_known_key_begins(text: str, expected: list[tuple[str, str]]):
    assert split_settings(text, DEFAULTS) == expected


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(DEFAULTS)), st.text(" abc*;$'\"()1-5").map(str.strip)), max_size=5
    )
)
def test_what_is_joined_is_split_again(pairs: list[tuple[str, str]]):
    assert split_settings(" ".join(f"{key}={value}" for key, value in pairs), DEFAULTS) == pairs


@pytest.mark.parametrize("text", ["minInstances", "2 minInstances=2", "=2"])
def test_a_text_that_begins_with_no_key_is_refused(text: str):
    with pytest.raises(SettingsError, match="is not of the form key=value"):
        split_settings(text, DEFAULTS)


@pytest.mark.parametrize(
    "value", [SCHEDULE, "Ana Diaz", "a'b", "$(touch pwned)", "$HOME", "* %s", 'x"; touch pwned; "']
)
def test_make_hands_a_value_over_as_it_was_typed(tmp_path: Path, value: str):
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    iris = tmp_path / ".venv" / "bin" / "iris"
    iris.write_text('#!/bin/sh\nprintf %s "$IRIS_LOCAL_CONFIG"\n')
    iris.chmod(0o755)
    installed = (".venv/workstation", ".venv-localstack/installed")
    make = ["make", "-s", "-f", str(ROOT / "Makefile"), *(f"--old-file={it}" for it in installed)]
    make += ["up", "COMPUTE=both", f"CONFIG=owner={value}"]
    ended = subprocess.run(make, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, f"compute=both owner={value}"), ended.stderr
    assert not (tmp_path / "pwned").exists()
