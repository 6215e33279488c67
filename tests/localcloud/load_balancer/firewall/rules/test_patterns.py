"""Expressions of attacks: each line of each file, and each word, finds a text that no other one finds."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from localcloud.load_balancer.firewall.rules import detectors
from localcloud.load_balancer.firewall.rules.detectors import PATTERNS, decoded_forms
from tests.localcloud.load_balancer.firewall.attacks import CORPUS

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS: dict[str, list[str]] = json.loads((CORPUS / "of_expressions.json").read_text(encoding="utf-8"))
"""Name of a file -> a text for each of its lines, in their order."""

DETECTORS = {
    "bad_bot": detectors.is_bad_bot,
    "cross_site_scripting": detectors.is_cross_site_scripting,
    "log4j_lookup": detectors.is_log4j_lookup,
    "metadata_service": detectors.names_metadata_service,
    "path_traversal": detectors.is_path_traversal,
    "remote_code": detectors.is_remote_code,
    "remote_inclusion": detectors.is_remote_inclusion,
    "shell_command": detectors.is_shell_command,
    "sql_injection": detectors.is_sql_injection,
}


def lines(name: str) -> list[str]:
    return (PATTERNS / f"{name}.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", DETECTORS)
def test_each_expression_finds_a_text_that_no_other_one_finds(name: str):
    expressions = [re.compile(line, re.DOTALL) for line in lines(name)]
    for number, text in enumerate(TEXTS[name]):
        forms = (text.lower(),) if name == "bad_bot" else decoded_forms(text)
        finders = [
            other
            for other, expression in enumerate(expressions)
            if any(expression.search(form) for form in forms)
        ]
        assert finders == [number], text
        assert DETECTORS[name](text), text
    assert len(TEXTS[name]) == len(expressions)


def test_each_word_keeps_an_attack_of_plain_characters_from_being_skipped():
    words = lines("words")
    assert len(TEXTS["words"]) == len(words)
    for word, text in zip(words, TEXTS["words"], strict=True):
        assert {*re.findall(r"[a-z_]{2,}", text.lower())} & {*words} == {word}
        found = [name for name, detect in DETECTORS.items() if detect(text)]
        assert found, text


# Known extensions and paths, each of which is one alternative of its file's only line.
EXTENSIONS = """
log ini conf cfg config bak backup old orig swp sql mdb dat inc pem key pfx p12 sh dll exe bat cmd lnk sys reg
pol asa asax vb vbs cs csproj resx licx webinfo xsd dbf rdb printer htr htw ida idq idc
"""
ADMIN_PATHS = """
admin administrator administration sysadmin adminpanel admincp cpanel wp-admin phpmyadmin webadmin useradmin
manager console
"""


@pytest.mark.parametrize("extension", EXTENSIONS.split())
def test_a_restricted_extension_is_one_at_the_end_of_a_path_or_an_argument(extension: str):
    for text in (f"/a.{extension}", f"/a.{extension}/b", f"/a.{extension}?b", f"a=b.{extension}&c"):
        assert detectors.has_restricted_extension(text)
    assert not detectors.has_restricted_extension(f"/a.{extension}.html")


@pytest.mark.parametrize("name", ADMIN_PATHS.split())
def test_an_admin_path_has_the_whole_name_of_an_administration_page(name: str):
    for path in (f"/{name}", f"/a/{name}/", f"/{name}.php"):
        assert detectors.is_admin_path(path)
    assert not detectors.is_admin_path(f"/my{name}")


def percent(text: str) -> str:
    return "".join(f"%{ord(char):02x}" for char in text)


def entities(text: str) -> str:
    return "".join(f"&#{ord(char)};" for char in text)


def escapes(text: str) -> str:
    return "".join(f"\\x{ord(char):02x}" for char in text)


# Each is decoded by one transformation of the chain, the last one first; five percent-encodings are left.
@pytest.mark.parametrize(
    "encodings",
    [
        (percent,),
        (percent, percent),
        (percent, percent, percent),
        (percent, percent, percent, percent),
        (entities,),
        (escapes,),
        (entities, percent),
        (escapes, percent),
        (escapes, entities, percent),
        (entities, escapes),
        (escapes, entities, escapes),
        (percent, entities, escapes, entities),
        (entities, escapes, entities),
    ],
)
def test_an_attack_is_found_in_nested_encodings(encodings: tuple[Callable[[str], str], ...]):
    text = "<script>"
    for encode in encodings:
        text = encode(text)
    assert detectors.is_cross_site_scripting(text)
