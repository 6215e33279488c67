"""Content negotiation by `Accept` and `Accept-Language`."""

from __future__ import annotations

import pytest

from service.http.accept import best_language, best_media_type

JSON, TEXT, HTML = "application/json", "text/csv", "text/html"


# RFC 9110, 12.5.1: the most specific range decides, `q` from 0 to 1 weighs it, 0 is "not acceptable".
@pytest.mark.parametrize(
    ("accept", "best"),
    [
        ("", JSON),
        (" , ,", JSON),
        ("*/*", JSON),
        ("text/csv", TEXT),
        ("TEXT/CSV", TEXT),
        ("text/*", TEXT),
        ("text/csv;charset=utf-8", TEXT),
        ("application/json;q=0.5, text/csv", TEXT),
        ("application/json;q=0.5, text/csv;q=0.4", JSON),
        ("text/csv;q=0.9, text/html;q=0.9", TEXT),
        ("text/csv, application/json;q=1", JSON),
        ("text/*;q=0.1, */*", JSON),
        ("*/*;q=0.1, text/*", TEXT),
        ("text/*, text/csv;q=0, application/json;q=0.2", HTML),
        ("text/csv;q=0, */*;q=0.1", JSON),
        ("*/*;q=0", None),
        ("image/png", None),
        ("text", None),
        ("application/*;q=1.1", None),
        ("application/*;q=-0.1", None),
        ("application/*;q=high", None),
        ("application/*;q=nan", None),
        ("application/*;q=1.0", JSON),
        ("application/* ; charset=x ; q = 0.3, text/html;q=0.2", JSON),
        ("application/json; Q=0.3, text/html", HTML),
        ("application/json;x=q;q=0, text/html;q=0.001", HTML),
        ("textual/*", None),
        (",".join(["image/png"] * 99 + ["text/csv"]), TEXT),
        (",".join(["image/png"] * 100 + ["text/csv"]), None),  # no header is read to any end
    ],
)
def test_the_best_offer_has_the_highest_weight_of_its_most_specific_range(accept: str, best: str | None):
    assert best_media_type(accept, (JSON, TEXT, HTML)) == best


# RFC 9110, 12.5.4, and lookup as in RFC 4647, 3.4: a request for `es-MX` is served `es`.
@pytest.mark.parametrize(
    ("accept", "best"),
    [
        ("", "en"),
        ("es", "es"),
        ("ES", "es"),
        ("es-MX", "es"),
        ("es-MX-x-y", "es"),
        ("est", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("fr, *;q=0.5", "en"),
        ("en;q=0.5, es;q=0.6", "es"),
        ("en;q=0.5, es-ES;q=0.5", "en"),
        ("es;q=0, *", "en"),
        ("en;q=0, *;q=0.1", "es"),
        ("en;q=0, es-MX;q=0.2, es;q=0", "en"),
        ("en;q=0.1, es-MX, es;q=0.2", "es"),
    ],
)
def test_the_language_is_the_preferred_one_or_the_first(accept: str, best: str):
    assert best_language(accept, ("en", "es")) == best
