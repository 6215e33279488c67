"""Input that the service accepts beyond its OpenAPI document, so that schemathesis can send it.

The document has one type for each value, as generated clients need it, and no form for the rows of NDJSON and
CSV. The service also accepts text of a number, and reads the rows.
"""

from __future__ import annotations

from typing import Any, Final, cast

LENGTH_PATTERN: Final = r"^(100(\.0*)?|[0-9]{1,2}(\.[0-9]*)?|\.[0-9]+)([eE]-[0-9]+)?$"
"""Regular expression of texts that are lengths. Numbers from 1 with exponents (1e1) are accepted too, but no
pattern could tell 1e1 from 1e9."""


_MAXIMUM_LENGTH: Final = 100
"""Maximum of the numbers that the pattern describes."""


def widen(document: dict[str, Any]) -> list[str]:
    """Change an OpenAPI document so that it describes everything that the service accepts.

    Returns:
        Names of the features of the default model.
    """
    request = document["paths"]["/api/v01/classify"]["post"]["requestBody"]["content"]["application/json"]
    row: dict[str, Any] = {"$ref": request["schema"]["$ref"]}
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _or_text(parameter["schema"])
            for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
                if content["schema"].get("format") == "binary":
                    # An NDJSON batch without a line is an empty body, which is more likely a mistake than a
                    # batch of nothing.
                    few = {"minItems": 1} if media_type != "text/csv" else {}
                    content["schema"] = {"type": "array", "items": row} | few
    schemas = document["components"]["schemas"]
    properties: dict[str, Any] = schemas[row["$ref"].rpartition("/")[2]]["properties"]
    for name, schema in properties.items():
        properties[name] = _or_text(schema)
    return list(properties)


def _or_text(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("type") != "number" or schema.get("maximum") != _MAXIMUM_LENGTH:
        return schema
    number = {name: value for name, value in schema.items() if name in {"type", "minimum", "maximum"}}
    rest = {name: value for name, value in schema.items() if name not in number}
    return cast("dict[str, Any]", rest | {"anyOf": [number, {"type": "string", "pattern": LENGTH_PATTERN}]})
