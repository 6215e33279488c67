from __future__ import annotations

from typing import Any

from tests.policy.clauses.case import Case, resource
from tests.policy.test_texts import ANY_TYPE, EXAMPLES, ONE_OF_FEW, RULE_OF_LISTENER, nested, row

CONTENT_TYPE = "actions[].fixedResponse.contentType"
RDS = "aws:rds/subnetGroup:SubnetGroup"


def conditions(*patterns: list[str], expressions: list[str] | None = None) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = [{"pathPattern": {"values": list(values)}} for values in patterns]
    more = [{"pathPattern": {"regexValues": expressions}}] if expressions else []
    return {"conditions": [*blocks, *more]}


CASES = (
    *(
        Case("texts-taken", f"{kind}.{path} is {text!r}", (resource(kind, **nested(path, text)),))
        for (kind, path), example in EXAMPLES.items()
        for text in example.good
    ),
    *(
        Case(
            "texts-taken",
            f"{kind}.{path} is {text!r}",
            (resource(kind, **nested(path, text)),),
            (f"it: {path} is {text!r}, which AWS does not take there ({row((kind, path)).source})",),
        )
        for (kind, path), example in EXAMPLES.items()
        for text in example.bad
    ),
    *(
        Case("texts-taken", f"{kind}.{path}, {shows}", (resource(kind, **nested(path, text)),), says)
        for (kind, path), example in EXAMPLES.items()
        if (kind, path) not in ONE_OF_FEW
        for one in (row((kind, path)),)
        for shows, text, says in (
            ("the longest", example.long(one.longest), ()),
            (
                "longer",
                example.long(one.longest + 1),
                (
                    (
                        f"it: {path} has {one.longest + 1} characters, of {one.longest} that AWS takes "
                        f"({one.source})"
                    ),
                ),
            ),
        )
    ),
    *(
        Case(
            "texts-taken",
            f"a {key} of which nothing is known",
            (resource(kind),),
            (f"it: nobody has written down what the {key} of a {kind} may be",),
        )
        for kind, key in (
            (RDS, "description"),
            ("aws:cloudwatch/compositeAlarm:CompositeAlarm", "alarmDescription"),
            ("aws:cloudfront/distribution:Distribution", "comment"),
        )
    ),
    *(
        Case("texts-taken", shows, (resource(RULE_OF_LISTENER, **given),), says)
        for shows, given, says in (
            ("as many patterns as AWS takes", conditions(["/1", "/2", "/3"], ["/4", "/5"]), ()),
            (
                "a condition with one more",
                conditions(["/1", "/2", "/3", "/4"]),
                ("it: a condition has more than 3 patterns",),
            ),
            (
                "a second condition with one more, of expressions",
                conditions(["/1"], expressions=["^/2$", "^/3$", "^/4$", "^/5$"]),
                ("it: a condition has more than 3 patterns",),
            ),
            (
                "one pattern more in two conditions",
                conditions(["/1", "/2", "/3"], expressions=["^/4$", "^/5$", "^/6$"]),
                ("it: it has 6 patterns, of 5 that AWS takes",),
            ),
            ("as many wildcards as AWS takes", conditions(["/*/?/*", "/?/*"]), ()),
            (
                "one more",
                conditions(["/*/?/*", "/?/*"], expressions=["^/a*$"]),
                ("it: it has 6 wildcards, of 5 that AWS takes",),
            ),
            ("no conditions", {}, ()),
        )
    ),
    Case("texts-taken", "no rule of a listener", (resource(ANY_TYPE, **conditions(["/1"] * 4)),)),
    # A list where a text or a block would be, and the other way round.
    Case(
        "texts-taken",
        "what is no text",
        (
            resource(ANY_TYPE, tags="a*b"),
            resource(ANY_TYPE, tags={"team": ["a*b"]}),
            resource(RULE_OF_LISTENER, conditions=[{"pathPattern": {"values": "/é"}}]),
        ),
    ),
    # Of these AWS knows all, and still says how long they may be.
    *(
        Case(
            "texts-taken",
            f"a type of content of {len(text)} characters",
            (resource(RULE_OF_LISTENER, **nested(CONTENT_TYPE, text)),),
            (f"it: {CONTENT_TYPE} {says} ({row((RULE_OF_LISTENER, CONTENT_TYPE)).source})",),
        )
        for text, says in (
            ("a" * 32, f"is '{'a' * 32}', which AWS does not take there"),
            ("a" * 33, "has 33 characters, of 32 that AWS takes"),
        )
    ),
)
