"""Texts of a body, by its format."""

from __future__ import annotations

import pytest

from localcloud.load_balancer.firewall.rules.body_texts import body_texts
from tests.localcloud.load_balancer.firewall.acls import groups, request


@pytest.mark.parametrize(
    ("body", "content_type", "texts"),
    [
        ('{"a": ["x\\u0027 or 1", 2], "b": null}', "", {"a", "b", "x' or 1"}),
        ('{"a": "x"}\n{"a": "y"}\n', "application/x-ndjson", {"a", "x", "y"}),
        ('{"a": "x"}\n\n \n{"a": "y"}', "application/x-ndjson", {"a", "x", "y"}),
        ("a=1%27+or&b=", "", {"a", "1' or", "b", ""}),
        ('a,b\n"say ""yes""",2\n', "text/csv; charset=utf-8", {"a", "b", 'say "yes"', "2"}),
        ('{"a": "cut off', "application/json", {'{"a": "cut off'}),
        ("just a text", "text/plain", {"just a text"}),
        ("[" * 8_000, "", {"[" * 8_000}),
    ],
)
def test_the_texts_of_a_body_are_those_that_an_application_reads(
    body: str, content_type: str, texts: set[str]
):
    assert set(body_texts(body, content_type)) == texts


def test_a_part_of_a_form_is_a_text():
    body = '--b\r\nContent-Disposition: form-data; name="pl"\r\n\r\n1 or 1=1\r\n--b--\r\n'
    assert "1 or 1=1" in body_texts(body, "multipart/form-data; boundary=b")


@pytest.mark.parametrize("text", ["is null", "order by 3 pm", 'like "this"', "in (1, 2)", "or 'so'"])
def test_the_quotation_marks_of_json_and_csv_are_not_those_of_an_attack(text: str):
    firewall = groups("AWSManagedRulesSQLiRuleSet")
    quoted = text.replace('"', '""')
    escaped = text.replace('"', '\\"')
    csv = request("/", "POST", body=f'note\n"{quoted}"\n', headers=(("content-type", "text/csv"),))
    json = request("/", "POST", body=f'[{{"note": "{escaped}"}}]')
    assert firewall.evaluate(csv, 0).is_allowed
    assert firewall.evaluate(json, 0).is_allowed
