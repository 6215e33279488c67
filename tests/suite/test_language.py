from __future__ import annotations

import pytest

from tests.suite.language import check_prose, check_python


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ('"""Who answers next."""', 1),
        ('def f():\n    """Ask the balancer."""', 2),
        ('class Fleet:\n    """What serves."""', 2),
        ('LIMIT = 3\n"""How many there may be."""', 2),
        ("x = 1  # what it is", 0),
        ("x = 1  # What it is", 1),
        ("# What follows is long,\n# What comes second is the same sentence.", 1),
        ("def f():\n    # It is read by nobody.\n    return 1", 2),
        ('print("The table is parted in two.")', 1),
        ('def f():\n    """Return one.\n\n    Nobody reads this.\n    """', 4),
    ],
)
def test_python_is_checked_at_openings_and_by_words(source: str, line: int):
    assert [finding.line for finding in check_python(source)] == ([line] if line else [])


@pytest.mark.parametrize(
    "source",
    [
        '"""Application Load Balancer and its listeners."""',
        'def f():\n    """Return the answer."""',
        'class Answer:\n    """Take-home value of a class."""',
        'names = {"nobody": 1}',
        "# A stand-alone process.",
    ],
)
def test_plain_sentences_and_names_pass(source: str):
    assert check_python(source) == []


def test_a_document_is_checked_by_words_line_by_line():
    found = check_prose("# Service\n\nIt stands alone.\nUser=nobody.\nAsk whoever\nanswers.\n")
    assert [(line, message.split(":")[0]) for line, message in found] == [
        (3, "'alone'"),
        (4, "'nobody'"),
        (5, "'whoever'"),
    ]
