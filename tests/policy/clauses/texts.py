from __future__ import annotations

from typing import Any

from tests.policy.clauses.case import Case, resource
from tests.policy.test_texts import ANY_TYPE, ENUMERATED, EXAMPLES, LISTENER_RULE, nested, row

CONTENT_TYPE = "actions[].fixedResponse.contentType"
RDS = "aws:rds/subnetGroup:SubnetGroup"


def conditions(*patterns: list[str], expressions: list[str] | None = None) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = [{"pathPattern": {"values": list(values)}} for values in patterns]
    more = [{"pathPattern": {"regexValues": expressions}}] if expressions else []
    return {"conditions": [*blocks, *more]}


CASES = (
    *(
        Case("valid-texts", f"{kind}.{path} is {text!r}", (resource(kind, **nested(path, text)),))
        for (kind, path), example in EXAMPLES.items()
        for text in example.good
    ),
    *(
        Case(
            "valid-texts",
            f"{kind}.{path} is {text!r}",
            (resource(kind, **nested(path, text)),),
            (f"it: {path} is {text!r}, which AWS does not accept there ({row((kind, path)).source})",),
        )
        for (kind, path), example in EXAMPLES.items()
        for text in example.bad
    ),
    *(
        Case(
            "valid-texts", f"{kind}.{path}, {description}", (resource(kind, **nested(path, text)),), findings
        )
        for (kind, path), example in EXAMPLES.items()
        if (kind, path) not in ENUMERATED
        for limit in (row((kind, path)),)
        for description, text, findings in (
            ("the maximum length", example.long(limit.maximum_length), ()),
            (
                "one character more",
                example.long(limit.maximum_length + 1),
                (
                    (
                        f"it: {path} has {limit.maximum_length + 1} characters, "
                        f"of {limit.maximum_length} that AWS accepts ({limit.source})"
                    ),
                ),
            ),
        )
    ),
    *(
        Case(
            "valid-texts",
            f"a {key} without a limit",
            (resource(kind),),
            (f"it: the policy pack has no limit for the {key} of {kind}",),
        )
        for kind, key in (
            (RDS, "description"),
            ("aws:cloudwatch/compositeAlarm:CompositeAlarm", "alarmDescription"),
            ("aws:cloudfront/distribution:Distribution", "comment"),
        )
    ),
    *(
        Case("valid-texts", description, (resource(LISTENER_RULE, **given),), findings)
        for description, given, findings in (
            ("the maximum of patterns", conditions(["/1", "/2", "/3"], ["/4", "/5"]), ()),
            (
                "a condition with one pattern more",
                conditions(["/1", "/2", "/3", "/4"]),
                ("it: a condition has more than 3 patterns",),
            ),
            (
                "a second condition with one expression more",
                conditions(["/1"], expressions=["^/2$", "^/3$", "^/4$", "^/5$"]),
                ("it: a condition has more than 3 patterns",),
            ),
            (
                "one pattern more in two conditions",
                conditions(["/1", "/2", "/3"], expressions=["^/4$", "^/5$", "^/6$"]),
                ("it: it has 6 patterns, of 5 that AWS accepts",),
            ),
            ("the maximum of wildcards", conditions(["/*/?/*", "/?/*"]), ()),
            (
                "one wildcard more",
                conditions(["/*/?/*", "/?/*"], expressions=["^/a*$"]),
                ("it: it has 6 wildcards, of 5 that AWS accepts",),
            ),
            ("no conditions", {}, ()),
        )
    ),
    Case("valid-texts", "another resource type", (resource(ANY_TYPE, **conditions(["/1"] * 4)),)),
    # A list in place of a text or a block, and the reverse.
    Case(
        "valid-texts",
        "values that are not texts",
        (
            resource(ANY_TYPE, tags="a*b"),
            resource(ANY_TYPE, tags={"team": ["a*b"]}),
            resource(LISTENER_RULE, conditions=[{"pathPattern": {"values": "/é"}}]),
        ),
    ),
    # An enumeration, for which AWS also documents a maximum length.
    *(
        Case(
            "valid-texts",
            f"a content type of {len(text)} characters",
            (resource(LISTENER_RULE, **nested(CONTENT_TYPE, text)),),
            (f"it: {CONTENT_TYPE} {message} ({row((LISTENER_RULE, CONTENT_TYPE)).source})",),
        )
        for text, message in (
            ("a" * 32, f"is '{'a' * 32}', which AWS does not accept there"),
            ("a" * 33, "has 33 characters, of 32 that AWS accepts"),
        )
    ),
)
