"""Vocabulary of attacks: each word of a list makes a text an attack."""

from __future__ import annotations

import tomllib

import pytest

from localcloud.load_balancer.firewall.rules import detectors
from tests.localcloud.load_balancer.firewall.attacks import CORPUS

VOCABULARY = tomllib.loads((CORPUS / "vocabulary.toml").read_text(encoding="utf-8"))
"""Kind -> detector, text, and the words that make it an attack."""


@pytest.mark.parametrize("kind", list(VOCABULARY))
def test_each_word_of_a_kind_makes_a_text_an_attack(kind: str):
    each = VOCABULARY[kind]
    detect, text, words = getattr(detectors, each["detector"]), each["text"], each["words"]
    listed = words.split() if isinstance(words, str) else words
    assert [word for word in listed if not detect(text.format(word))] == []
    assert not detect(text.format("zzz"))
