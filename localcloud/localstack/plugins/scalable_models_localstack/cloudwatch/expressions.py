"""Metric math of alarms: arithmetic, comparisons and the functions `IF` and `FILL`.

Source: CloudWatch user guide, "Using math expressions with CloudWatch metrics".
"""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Value = float | None
"""Value of one period; None without data."""


class UnsupportedExpressionError(ValueError):
    """Expression with a part that is not evaluated here."""


_OPERATORS: Final[Mapping[type[ast.AST], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: left / right,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def evaluate(expression: str, values: Mapping[str, Value]) -> Value:
    """Return the value of an expression in one period.

    Args:
        expression: the expression, whose syntax is a part of Python's.
        values: value of each metric and expression, by its id.

    Raises:
        UnsupportedExpressionError: it has other parts.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except SyntaxError as error:
        raise UnsupportedExpressionError(expression) from error
    return _value(tree.body, values)


def _value(node: ast.expr, values: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _applied(ast.Sub(), 0.0, _value(operand, values))
        case ast.BinOp(left=left, op=kind, right=right):
            return _applied(kind, _value(left, values), _value(right, values))
        case ast.Compare(left=left, ops=[kind], comparators=[right]):
            return _applied(kind, _value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _called(name, arguments, values)
        case _:
            raise UnsupportedExpressionError(ast.unparse(node))


def _called(name: str, arguments: list[ast.expr], values: Mapping[str, Value]) -> Value:
    match name, arguments:
        case "FILL", [inner, filling]:
            found = _value(inner, values)
            return _value(filling, values) if found is None else found
        case "IF", [condition, then, otherwise]:
            found = _value(condition, values)
            return None if found is None else _value(then if found else otherwise, values)
        case _:
            raise UnsupportedExpressionError(f"{name} with {len(arguments)} arguments")


def _applied(kind: ast.AST, left: Value, right: Value) -> Value:
    if type(kind) not in _OPERATORS:
        raise UnsupportedExpressionError(type(kind).__name__)
    if left is None or right is None or (isinstance(kind, ast.Div) and not right):
        return None
    return float(_OPERATORS[type(kind)](left, right))
