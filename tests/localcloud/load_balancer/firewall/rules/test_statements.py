"""Rule statements of AWS WAF as functions of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from localcloud.load_balancer.firewall.rules.request_components import UnsupportedError
from localcloud.load_balancer.firewall.rules.statements import Evaluation, Scope, Sources, compile_statement
from tests.localcloud.load_balancer.firewall.acls import Json, contains, field_match, request

if TYPE_CHECKING:
    from localcloud.load_balancer.firewall.rules.web_request import WebRequest


def matches(statement: Json, given: WebRequest, sources: Sources | None = None) -> bool:
    scope = Scope(sources or Sources(), "awswaf:webacl:acl:", "rule")
    return compile_statement(statement, scope)(Evaluation(given, 0))


def times(statement: Json, *given: WebRequest, seconds: float = 0) -> list[bool]:
    compiled = compile_statement(statement, Scope(Sources(), "awswaf:webacl:acl:", "rule"))
    return [compiled(Evaluation(each, number * seconds)) for number, each in enumerate(given)]


@pytest.mark.parametrize(
    ("position", "sought", "expected"),
    [
        ("EXACTLY", "/api/admin.php", True),
        ("EXACTLY", "/api", False),
        ("STARTS_WITH", "/api", True),
        ("STARTS_WITH", "api", False),
        ("ENDS_WITH", ".php", True),
        ("ENDS_WITH", "/api", False),
        ("CONTAINS", "min", True),
        ("CONTAINS", "max", False),
        ("CONTAINS_WORD", "admin", True),
        ("CONTAINS_WORD", "min", False),
        ("CONTAINS_WORD", "adm", False),
        ("CONTAINS_WORD", "dmin", False),
        ("CONTAINS_WORD", "php", True),
        ("CONTAINS_WORD", "api/admin", True),
    ],
)
def test_bytes_are_sought_in_a_position(position: str, sought: str, *, expected: bool):
    statement = field_match(
        "ByteMatchStatement", "UriPath", SearchString=sought, PositionalConstraint=position
    )
    assert matches(statement, request("/api/admin.php?x=1")) is expected


@pytest.mark.parametrize(
    ("field", "settings", "expected"),
    [
        ("UriPath", {}, "/p%20q"),
        ("QueryString", {}, "a=needle&b=2"),
        ("Method", {}, "POST"),
        ("SingleHeader", {"Name": "X-Key"}, "value"),
        ("SingleQueryArgument", {"Name": "A"}, "needle"),
        ("AllQueryArguments", {}, "needle"),
        ("Body", {"OversizeHandling": "CONTINUE"}, '{"k": [1, "text"]}'),
        (
            "Headers",
            {"MatchPattern": {"All": {}}, "MatchScope": "ALL", "OversizeHandling": "CONTINUE"},
            "x-key",
        ),
        (
            "Headers",
            {
                "MatchPattern": {"IncludedHeaders": ["X-Key"]},
                "MatchScope": "VALUE",
                "OversizeHandling": "CONTINUE",
            },
            "value",
        ),
        (
            "Cookies",
            {"MatchPattern": {"All": {}}, "MatchScope": "KEY", "OversizeHandling": "CONTINUE"},
            "session",
        ),
        ("JsonBody", {"MatchPattern": {"All": {}}, "MatchScope": "VALUE"}, "text"),
        ("JsonBody", {"MatchPattern": {"All": {}}, "MatchScope": "KEY"}, "k"),
        ("JsonBody", {"MatchPattern": {"IncludedPaths": ["/k/0"]}, "MatchScope": "VALUE"}, "1"),
    ],
)
def test_a_component_is_found_and_another_text_is_not(field: str, settings: Json, expected: str):
    given = request(
        "/p%20q?a=needle&b=2",
        "POST",
        headers=(("x-key", "value"), ("cookie", "session=1; theme=dark")),
        body='{"k": [1, "text"]}',
    )

    def exactly(text: str) -> Json:
        return field_match(
            "ByteMatchStatement", field, settings=settings, SearchString=text, PositionalConstraint="EXACTLY"
        )

    assert matches(exactly(expected), given)
    assert not matches(exactly(expected + "x"), given)


def test_excluded_headers_and_other_paths_are_not_inspected():
    settings: Json = {
        "MatchPattern": {"ExcludedHeaders": ["x-key"]},
        "MatchScope": "VALUE",
        "OversizeHandling": "CONTINUE",
    }
    given = request(headers=(("x-key", "value"), ("x-other", "other")), body='{"a": "value"}')
    assert not matches(contains("value", "Headers", **settings), given)
    assert matches(contains("other", "Headers", **settings), given)
    elsewhere = {"MatchPattern": {"IncludedPaths": ["/b"]}, "MatchScope": "ALL"}
    assert not matches(contains("value", "JsonBody", **elsewhere), given)


@pytest.mark.parametrize(("fallback", "expected"), [("MATCH", True), ("NO_MATCH", False), (None, True)])
def test_a_body_that_is_no_json_falls_back(fallback: str | None, *, expected: bool):
    settings: Json = {"MatchPattern": {"All": {}}, "MatchScope": "ALL"}
    if fallback:
        settings["InvalidFallbackBehavior"] = fallback
    assert matches(contains("text", "JsonBody", **settings), request(body="text {")) is expected


@pytest.mark.parametrize("handling", ["CONTINUE", "MATCH", "NO_MATCH"])
@pytest.mark.parametrize("has_needle", [True, False])
def test_a_body_above_8_kb_is_handled_as_the_rule_says(handling: str, *, has_needle: bool):
    statement = contains("needle", "Body", OversizeHandling=handling)
    given = request(body=("needle" if has_needle else "") + "x" * 8_186, has_larger_body=True)
    expected = {"CONTINUE": has_needle, "MATCH": True, "NO_MATCH": False}[handling]
    assert matches(statement, given) is expected
    assert matches(statement, request(body="needle")) is True


def test_headers_above_8_kb_or_200_are_handled_as_the_rule_says():
    def statement(handling: str) -> Json:
        settings: Json = {"MatchPattern": {"All": {}}, "MatchScope": "VALUE", "OversizeHandling": handling}
        return contains("needle", "Headers", **settings)

    many = request(headers=(*((f"h{number}", "x") for number in range(200)), ("last", "needle")))
    large = request(headers=(("first", "x" * 8_192), ("last", "needle")))
    for given in (many, large):
        assert [matches(statement(each), given) for each in ("CONTINUE", "MATCH", "NO_MATCH")] == [
            False,
            True,
            False,
        ]


@pytest.mark.parametrize(
    ("operator", "expected"),
    [("EQ", False), ("NE", True), ("LE", False), ("LT", False), ("GE", True), ("GT", True)],
)
def test_a_size_is_compared_after_the_transformations(operator: str, *, expected: bool):
    statement = field_match(
        "SizeConstraintStatement", "QueryString", ("URL_DECODE",), ComparisonOperator=operator, Size=4
    )
    assert matches(statement, request("/?%61bcde")) is expected
    assert matches(statement, request("/?%61bcd")) is (operator in {"EQ", "LE", "GE"})


def test_a_regular_expression_is_searched_after_the_transformations():
    statement = field_match(
        "RegexMatchStatement", "UriPath", ("URL_DECODE", "LOWERCASE"), RegexString=r"/classify/batch$"
    )
    assert matches(statement, request("/api/v01/CLASSIFY%2fbatch?x"))
    assert not matches(statement, request("/api/v01/classify/batch/1"))


def test_a_set_of_expressions_matches_if_one_does():
    sources = Sources(regex_sets={"arn": ["^/a", "b$"]})
    statement = field_match("RegexPatternSetReferenceStatement", "UriPath", ARN="arn")
    assert [matches(statement, request(path), sources) for path in ("/a", "/b", "/c")] == [True, True, False]


def test_conditions_are_combined():
    both = {"AndStatement": {"Statements": [contains("a"), contains("b")]}}
    one = {"OrStatement": {"Statements": [contains("a"), contains("b")]}}
    neither = {"NotStatement": {"Statement": one}}
    found = [[matches(each, request(path)) for path in ("/ab", "/a", "/c")] for each in (both, one, neither)]
    assert found == [[True, False, False], [True, True, False], [False, False, True]]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", True),
        ("192.0.3.7", False),
        ("198.51.100.1", True),
        ("198.51.100.2", False),
        ("2001:db8::5", True),
        ("2001:db9::5", False),
        ("no address", False),
    ],
)
def test_an_address_is_in_a_set_by_its_longest_or_any_prefix(address: str, *, expected: bool):
    sources = Sources(ip_sets={"arn": ["192.0.2.0/24", "198.51.100.1/32", "2001:db8::/32"]})
    assert matches({"IPSetReferenceStatement": {"ARN": "arn"}}, request(source=address), sources) is expected


def test_a_range_may_be_written_with_any_of_its_addresses():
    sources = Sources(ip_sets={"arn": ["192.0.2.7/24"]})
    statement = {"IPSetReferenceStatement": {"ARN": "arn"}}
    assert matches(statement, request(source="192.0.2.200"), sources)
    assert not matches(statement, request(source="192.0.3.7"), sources)


@pytest.mark.parametrize(
    ("position", "header", "expected"),
    [
        ("FIRST", "192.0.2.7, 10.0.0.1", True),
        ("FIRST", "10.0.0.1, 192.0.2.7", False),
        ("LAST", "10.0.0.1, 192.0.2.7", True),
        ("ANY", "10.0.0.1, 192.0.2.7, 10.0.0.2", True),
        ("ANY", "10.0.0.1, junk", True),
        ("ANY", None, False),
    ],
)
def test_a_forwarded_address_is_taken_from_its_position(position: str, header: str | None, *, expected: bool):
    config = {"HeaderName": "X-Forwarded-For", "Position": position, "FallbackBehavior": "MATCH"}
    statement = {"IPSetReferenceStatement": {"ARN": "arn", "IPSetForwardedIPConfig": config}}
    headers = (("x-forwarded-for", header),) if header else ()
    sources = Sources(ip_sets={"arn": ["192.0.2.0/24"]})
    assert matches(statement, request(headers=headers), sources) is expected


def test_requests_above_the_rate_match_until_the_rate_falls():
    statement = {"RateBasedStatement": {"Limit": 3, "EvaluationWindowSec": 60, "AggregateKeyType": "IP"}}
    flood = times(statement, *[request()] * 10, seconds=1)
    assert flood == [False] * 3 + [True] * 7
    assert times(statement, *[request()] * 10, seconds=30) == [False] * 10
    others = [request(source=f"192.0.2.{number}") for number in range(10)]
    assert times(statement, *others) == [False] * 10


def test_a_rate_without_a_window_is_one_of_five_minutes():
    # WAFV2 API reference, RateBasedStatement: EvaluationWindowSec is 300 by default.
    statement = {"RateBasedStatement": {"Limit": 1, "AggregateKeyType": "IP"}}
    assert times(statement, request(), request(), seconds=290) == [False, True]
    assert times(statement, request(), request(), seconds=310) == [False, False]


def test_a_scoped_rate_counts_only_what_is_in_its_scope():
    statement = {
        "RateBasedStatement": {"Limit": 1, "AggregateKeyType": "IP", "ScopeDownStatement": contains("batch")}
    }
    found = times(statement, *(request(path) for path in ("/a", "/a", "/batch", "/a", "/batch", "/a")))
    assert found == [False, False, False, False, True, False]


def test_a_forwarded_rate_counts_by_the_first_address_of_the_header():
    config = {"HeaderName": "X-Forwarded-For", "FallbackBehavior": "NO_MATCH"}
    statement = {
        "RateBasedStatement": {"Limit": 1, "AggregateKeyType": "FORWARDED_IP", "ForwardedIPConfig": config}
    }
    values = ("192.0.2.1", "192.0.2.2", "192.0.2.1, 10.0.0.1", "junk", "junk", None)
    given = [request(headers=(("x-forwarded-for", value),) if value else ()) for value in values]
    assert times(statement, *given) == [False, False, True, False, False, False]


def test_a_rate_by_custom_keys_counts_each_combination():
    none: Json = {"TextTransformations": [{"Priority": 0, "Type": "LOWERCASE"}]}
    keys: list[Json] = [{"Header": {"Name": "X-Key", **none}}, {"HTTPMethod": {}}]
    statement = {"RateBasedStatement": {"Limit": 1, "AggregateKeyType": "CUSTOM_KEYS", "CustomKeys": keys}}
    given = [
        request(method=method, headers=(("x-key", key),) if key else ())
        for method, key in [("GET", "a"), ("POST", "a"), ("GET", "A"), ("GET", ""), ("GET", "")]
    ]
    assert times(statement, *given) == [False, False, True, False, False]


def test_the_parts_of_a_key_are_kept_apart():
    keys: list[Json] = [{"UriPath": PLAIN}, {"QueryString": PLAIN}]
    statement = {"RateBasedStatement": {"Limit": 1, "AggregateKeyType": "CUSTOM_KEYS", "CustomKeys": keys}}
    assert times(statement, request("/a?bc"), request("/ab?c"), request("/a?bc")) == [False, False, True]


def test_a_constant_key_counts_all_requests_of_its_scope_together():
    # "Count all" in the AWS WAF developer guide, which needs a scope-down statement.
    scoped = {"Limit": 2, "AggregateKeyType": "CONSTANT", "ScopeDownStatement": contains("/a")}
    given = [
        request(path, source=f"192.0.2.{number}") for number, path in enumerate(("/a", "/b", "/a", "/a"))
    ]
    assert times({"RateBasedStatement": scoped}, *given) == [False, False, False, True]


PLAIN: Json = {"TextTransformations": [{"Priority": 0, "Type": "NONE"}]}


# WAFV2 API reference, RateBasedStatementCustomKey: a request without a part of the key is not counted.
@pytest.mark.parametrize(
    ("key", "one", "other", "none"),
    [
        ({"IP": {}}, request(source="192.0.2.1"), request(source="192.0.2.2"), None),
        ({"HTTPMethod": {}}, request(method="GET"), request(method="POST"), None),
        ({"UriPath": PLAIN}, request("/a?1"), request("/b?1"), None),
        ({"QueryString": PLAIN}, request("/?a"), request("/?b"), None),
        ({"QueryArgument": {"Name": "Q", **PLAIN}}, request("/?q=a"), request("/?q=b"), request("/?r=a")),
        (
            {"Cookie": {"Name": "s", **PLAIN}},
            request(headers=(("cookie", "t=1; s=a"),)),
            request(headers=(("cookie", "s=b"),)),
            request(headers=(("cookie", "t=1"),)),
        ),
        (
            {"Header": {"Name": "X-Key", **PLAIN}},
            request(headers=(("x-key", "a"),)),
            request(headers=(("x-key", "b"),)),
            request(headers=(("x-keys", "a"),)),
        ),
    ],
)
def test_a_rate_counts_each_value_of_a_key_by_itself(
    key: Json, one: WebRequest, other: WebRequest, none: WebRequest | None
):
    statement = {"RateBasedStatement": {"Limit": 1, "AggregateKeyType": "CUSTOM_KEYS", "CustomKeys": [key]}}
    assert times(statement, one, other, one, other) == [False, False, True, True]
    if none:
        assert times(statement, none, none) == [False, False]


def test_a_rate_by_labels_counts_each_set_of_them_and_no_request_without():
    keys: list[Json] = [{"LabelNamespace": {"Namespace": "bot:"}}]
    statement = {"RateBasedStatement": {"Limit": 1, "AggregateKeyType": "CUSTOM_KEYS", "CustomKeys": keys}}
    compiled = compile_statement(statement, Scope(Sources(), "awswaf:webacl:acl:", "rule"))
    labels = ("bot:a", "bot:b", "bot:a", "other:a", "other:a")
    found = [compiled(Evaluation(request(), 0, {f"awswaf:managed:{label}"})) for label in labels]
    assert found == [False, False, True, False, False]


# RFC 6901, section 5: pointers and what they name, in this document.
POINTED = '{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "m~n": 8, "~1": 9}'


@pytest.mark.parametrize(
    ("pointer", "named"),
    [
        ("/foo/0", "bar"),
        ("/foo/1", "baz"),
        ("/foo/2", None),
        ("/", "0"),
        ("/a~1b", "1"),
        ("/c%d", "2"),
        ("/m~0n", "8"),
        ("/~01", "9"),
    ],
)
def test_a_json_pointer_names_a_value(pointer: str, named: str | None):
    settings: Json = {"MatchPattern": {"IncludedPaths": [pointer]}, "MatchScope": "VALUE"}
    found = [
        text
        for text in ("bar", "baz", "0", "1", "2", "8", "9")
        if matches(contains(text, "JsonBody", **settings), request(body=POINTED))
    ]
    assert found == ([named] if named else [])


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ({"GeoMatchStatement": {"CountryCodes": ["DE"]}}, "GeoMatchStatement"),
        ({"NotStatement": {"Statement": {"GeoMatchStatement": {}}}}, "GeoMatchStatement"),
        (contains("a", "JA3Fingerprint"), "JA3Fingerprint"),
        (contains("a", "UriPath", "ROT13"), "ROT13"),
        ({"IPSetReferenceStatement": {"ARN": "gone"}}, "gone"),
        (field_match("RegexMatchStatement", "UriPath", RegexString="("), "expression"),
    ],
)
def test_a_statement_that_is_not_evaluated_is_named(statement: Json, named: str):
    with pytest.raises(UnsupportedError, match=named):
        matches(statement, request())


@pytest.mark.parametrize("field", ["Body", "JsonBody"])
@pytest.mark.parametrize("handling", ["MATCH", "NO_MATCH", "CONTINUE"])
def test_the_handling_of_oversize_is_not_about_bodies_that_fit(field: str, handling: str):
    settings: Json = {"OversizeHandling": handling}
    if field == "JsonBody":
        settings |= {"MatchPattern": {"All": {}}, "MatchScope": "ALL"}
    assert matches(contains("text", field, **settings), request(body='{"a": "text"}'))
    assert not matches(contains("other", field, **settings), request(body='{"a": "text"}'))


def test_a_document_that_is_nested_too_deep_is_no_json():
    settings: Json = {"MatchPattern": {"All": {}}, "MatchScope": "ALL", "InvalidFallbackBehavior": "MATCH"}
    assert matches(contains("text", "JsonBody", **settings), request(body="[" * 8_000))
