"""AWS WAF's text transformations, by the meaning that its developer guide documents."""

from __future__ import annotations

from hashlib import md5
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.load_balancer.firewall.rules.text_transformations import (
    TRANSFORMATIONS,
    ordered_names,
    transform,
)

BYTES = st.text(st.characters(max_codepoint=255), max_size=40)

MEANINGS = [
    ("NONE", "A b", "A b"),
    ("LOWERCASE", "SeLeCt \xc4", "select \xc4"),
    ("UPPERCASE", "union", "UNION"),
    ("URL_DECODE", "%3Cscript%3e+%zz%", "<script> %zz%"),
    ("URL_DECODE_UNI", "%u003cb%u0062%uff1c%3E", "<bb<>"),
    ("HTML_ENTITY_DECODE", "&lt;a&gt;&quot;&amp;&nbsp;&#x61;&#98;&bogus;", '<a>"&\xa0ab&bogus;'),
    ("COMPRESS_WHITE_SPACE", "a \t\r\n\f\v\xa0b", "a b"),
    ("REMOVE_WHITESPACE", "a \t b", "ab"),
    ("TRIM", " a b\t", "a b"),
    ("TRIM_LEFT", " a ", "a "),
    ("TRIM_RIGHT", " a ", " a"),
    ("CMD_LINE", 'C^AT   "/etc" (x), y; z\\', "cat/etc(x) y z"),
    ("CMD_LINE", "a,/b ;(c", "a/b(c"),
    ("BASE64_DECODE", "PHNjcmlwdD4=", "<script>"),
    ("BASE64_DECODE", "no base64!", "no base64!"),
    ("BASE64_DECODE_EXT", "PHNj.cmlw dD4", "<script>"),
    ("HEX_DECODE", "3c62", "<b"),
    ("HEX_DECODE", "3c6", "3c6"),
    ("SQL_HEX_DECODE", "x=0x414243", "x=ABC"),
    ("REPLACE_COMMENTS", "un/**/ion /* a */ b */ /* open", "un ion   b */  "),
    ("ESCAPE_SEQ_DECODE", r"\x3c\74\n\\\q", "<<\n\\\\q"),
    ("CSS_DECODE", r"\3c script ja\vascript", "<script javascript"),
    ("JS_DECODE", r"\u003c\x62\74\uff1c\d", "<b<<d"),
    ("NORMALIZE_PATH", "/a//b/./c/../d", "/a/b/d"),
    ("NORMALIZE_PATH", "../a/../b", "../b"),
    ("NORMALIZE_PATH_WIN", r"\a\.\b\..\c", "/a/c"),
    ("REMOVE_NULLS", "a\0b", "ab"),
    ("REPLACE_NULLS", "a\0b", "a b"),
    ("UTF8_TO_UNICODE", "a\xc3\xa9\xff", "a%u00e9\xff"),
]


@pytest.mark.parametrize(("name", "text", "expected"), MEANINGS)
def test_each_transformation_means_what_aws_documents(name: str, text: str, expected: str):
    assert TRANSFORMATIONS[name](text) == expected


def test_every_transformation_is_checked_above():
    assert {name for name, _, _ in MEANINGS} | {"MD5", "SHA256"} == set(TRANSFORMATIONS)


def test_a_digest_is_raw():
    assert TRANSFORMATIONS["MD5"]("abc").encode("latin-1") == md5(b"abc", usedforsecurity=False).digest()
    assert len(TRANSFORMATIONS["SHA256"]("abc")) == 32


def test_transformations_run_by_priority():
    declared = [{"Priority": 2, "Type": "LOWERCASE"}, {"Priority": 1, "Type": "URL_DECODE"}]
    assert ordered_names(declared) == ("URL_DECODE", "LOWERCASE")
    assert transform("%41", ordered_names(declared)) == "a"
    assert ordered_names([{"Priority": 0, "Type": "NONE"}]) == ()


@pytest.mark.parametrize("name", list(TRANSFORMATIONS))
@given(text=BYTES)
def test_every_text_of_bytes_becomes_a_text_of_bytes(name: str, text: str):
    assert all(ord(char) < 256 for char in TRANSFORMATIONS[name](text))


@given(text=BYTES)
def test_a_text_survives_encoding_and_decoding(text: str):
    assert TRANSFORMATIONS["URL_DECODE"](quote(text.encode("latin-1"))) == text


@pytest.mark.parametrize("name", ["LOWERCASE", "COMPRESS_WHITE_SPACE", "CMD_LINE", "NORMALIZE_PATH"])
@given(text=BYTES)
def test_a_normal_form_is_its_own_normal_form(name: str, text: str):
    once = TRANSFORMATIONS[name](text)
    assert TRANSFORMATIONS[name](once) == once
