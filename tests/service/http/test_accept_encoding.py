"""Content coding chosen by `Accept-Encoding` (RFC 9110, 12.5.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http.accept_encoding import IDENTITY, PREFERRED, choose_content_coding


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("deflate", "identity"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, br", "br"),
        ("gzip;q=1.0, br;q=0.9, zstd;q=0.1", "gzip"),
        ("br ; q=0.5 , gzip;q=0.5", "br"),
        ("*", "zstd"),
        ("zstd;q=0, *;q=0.2", "br"),
        ("*;q=0", None),
        ("*;q=0, gzip", "gzip"),
        ("gzip;q=0", "identity"),
        ("gzip;Q=0.5, br;Q=0.4", "gzip"),  # names of parameters are case-insensitive (RFC 9110, 5.6.6)
        ("gzip;Q=0", "identity"),
        (", ".join(["deflate"] * 99 + ["gzip"]), "gzip"),
        (", ".join(["deflate"] * 100 + ["gzip"]), "identity"),  # no header is read to any end
        ("gzip;q=0.5, identity", "identity"),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("identity", "identity"),
        ("identity;q=0", None),
        ("identity;q=0, gzip;q=0.001", "gzip"),
        ("identity;q=0, deflate", None),
        ("identity;q=0.1, *;q=0", "identity"),
        ("gzip;q=2, br;q=-1, zstd;q=x, ;;,", "identity"),
        ("gzip;q=0.", "identity"),
        ("gzip;q=0.0001", "identity"),
    ],
)
def test_the_preferred_coding_is_chosen(accepted: str | None, chosen: str | None):
    assert choose_content_coding(accepted) == chosen


@given(st.dictionaries(st.sampled_from([*PREFERRED, IDENTITY, "*", "deflate"]), st.integers(0, 1000)))
def test_a_refused_coding_is_never_chosen(weights: dict[str, int]):
    accepted = ", ".join(f"{coding};q={weight / 1000:.3f}" for coding, weight in weights.items())
    chosen = choose_content_coding(accepted)
    if chosen is None:
        assert weights.get(IDENTITY, weights.get("*")) == 0
        assert all(not weights.get(coding, weights.get("*")) for coding in PREFERRED)
    elif chosen != IDENTITY:
        assert weights.get(chosen, weights.get("*", 0)) == max(
            weights.get(coding, weights.get("*", 0)) for coding in PREFERRED
        )
        assert weights.get(chosen, weights.get("*", 0)) > 0


@given(st.text())
def test_any_text_is_parsed_without_an_error(accepted: str):
    assert choose_content_coding(accepted) in {*PREFERRED, IDENTITY, None}
