"""Truth of the documents: what they name exists."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from localcloud.provisioning.registry import RESOURCE_TYPES

PROJECT = Path(__file__).parents[2]
DOCUMENTS = {
    path.relative_to(PROJECT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")])
}
README, SPANISH = DOCUMENTS["README.md"], DOCUMENTS["README.es.md"]

TYPES_LIKE_PATHS = {token.split(":")[1] for token in RESOURCE_TYPES}
"""Types of resources, such as `lb/loadBalancer`."""

CURRENT = [name for name in DOCUMENTS if name != "CHANGELOG.md"]
"""All documents but the one about the past."""


def commands(document: str) -> list[str]:
    """Return the lines of a document's shell blocks, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", document, re.DOTALL | re.MULTILINE)
    return [re.split(r"\s+# ", line)[0].strip() for block in blocks for line in block.splitlines()]


def test_the_readme_is_read_in_one_go():
    assert README.count("\n") < 150


@pytest.mark.parametrize("name", CURRENT)
def test_every_make_target_that_is_named_exists(name: str):
    named = set(re.findall(r"(?:`|^|\()make (?:-s )?([a-z-]+)", DOCUMENTS[name], re.MULTILINE))
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("readme", [README, SPANISH], ids=["english", "spanish"])
def test_a_readme_names_the_first_commands(readme: str):
    assert {"make up", "make test", "make down"} <= set(re.findall(r"make [a-z]+", readme))


@pytest.mark.parametrize("name", CURRENT)
def test_every_folder_and_file_that_is_named_exists(name: str):
    named = set(re.findall(r"`(\.?[a-z][\w.]*/[\w./-]*)`", DOCUMENTS[name])) - TYPES_LIKE_PATHS
    made_later = {path for path in named if path.startswith((".local/", ".venv/", "build/"))}
    assert [path for path in sorted(named - made_later) if not (PROJECT / path).exists()] == []


@pytest.mark.parametrize("name", CURRENT)
def test_every_link_leads_to_a_file(name: str):
    links = re.findall(r"\]\((?!https?:)([^)\s]+)\)", DOCUMENTS[name])
    assert [link for link in links if not ((PROJECT / name).parent / link).is_file()] == []


def test_every_document_can_be_reached_from_the_readme():
    linked = set(re.findall(r"\]\((?!https?:)([\w./-]+\.md)", README))
    assert linked == set(DOCUMENTS) - {"README.md", "CHANGELOG.md"}


def test_every_command_in_spanish_is_one_of_the_english_ones():
    assert len(commands(SPANISH)) > 10
    assert [command for command in commands(SPANISH) if command not in commands(README)] == []


def test_make_help_explains_every_command_that_it_lists():
    helped = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert "make up" in helped
    assert "make test" in helped
