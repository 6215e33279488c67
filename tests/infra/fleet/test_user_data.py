from __future__ import annotations

import subprocess
from dataclasses import asdict, replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.fleet.user_data import MAXIMUM_BYTES, BootSettings, parse_boot_settings, render_boot_script
from tests.infra.fleet.new_instance import SETTINGS

# All characters of a setting: control characters are refused, and half a surrogate pair is no character.
TEXTS: Final = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=200)


def as_text(boot: BootSettings) -> dict[str, str]:
    return {name.upper(): str(value) for name, value in asdict(boot).items()}


@given(TEXTS, TEXTS, st.integers(0, 65_535))
def test_the_settings_come_back_as_they_were(uri: str, version: str, port: int):
    boot = replace(SETTINGS, archive_uri=uri, archive_version=version, service_port=port)
    assert parse_boot_settings(render_boot_script(boot)) == as_text(boot)


@settings(max_examples=25)  # a shell for each
@given(TEXTS)
def test_the_shell_reads_the_same_settings(uri: str):
    script = render_boot_script(replace(SETTINGS, archive_uri=uri))
    assignments, _ = script.split("\nset -euo pipefail\n", maxsplit=1)
    shown = subprocess.run(
        ["/bin/bash", "-c", f'{assignments}\nprintf %s "$ARCHIVE_URI"'], capture_output=True, check=True
    )
    assert shown.stdout.decode() == uri


def test_the_settings_are_the_first_thing_in_the_script():
    head = render_boot_script(SETTINGS).splitlines()[: 1 + len(as_text(SETTINGS))]
    assert head[0] == "#!/bin/bash"
    assert [line.split("=")[0] for line in head[1:]] == list(as_text(SETTINGS))


@pytest.mark.parametrize("text", ["two\nlines", "\x00", "bell\x07", "\x7f"])
def test_a_control_character_is_refused(text: str):
    with pytest.raises(ValueError, match="archive_uri has a control character"):
        replace(SETTINGS, archive_uri=text)


def test_a_script_that_ec2_would_not_take_is_refused():
    room = MAXIMUM_BYTES - len(render_boot_script(replace(SETTINGS, archive_uri="x")).encode())
    render_boot_script(replace(SETTINGS, archive_uri="x" * (1 + room)))
    with pytest.raises(ValueError, match="EC2 accepts 16,384"):
        render_boot_script(replace(SETTINGS, archive_uri="x" * (2 + room)))
    # Bytes count, and not characters: two of these have four, and quotes around them.
    with pytest.raises(ValueError, match="EC2 accepts 16,384"):
        render_boot_script(replace(SETTINGS, archive_uri="ß" * (room // 2 + 1)))


def test_the_script_is_well_formed_bash():
    checked = subprocess.run(
        ["/bin/bash", "-n"], input=render_boot_script(SETTINGS), text=True, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")
