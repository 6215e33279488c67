"""Changes of one clause of a module each: what a slip of whoever edits a rule could look like."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from functools import singledispatch
from itertools import islice
from typing import Any, Final, NamedTuple, TypeAlias

OTHER: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
}
"""What a comparison is taken for: its contrary, and its neighbour at the bound."""

PRACTICE: Final = re.compile(r"[A-Z]+\d\d-BP\d\d ")
"""How the name of a best practice begins, which is for people to read."""

FOR_PEOPLE: Final = frozenset({"serves", "says"})
"""Arguments of a rule that are for people to read."""


class Change(NamedTuple):
    """A module with one clause changed."""

    says: str
    tree: ast.Module


def changes(source: str) -> Iterator[Change]:
    """Change each clause of a module, one at a time."""
    tree = ast.parse(source)
    left_out = set(_for_people(tree))
    for index, node in enumerate(ast.walk(tree)):
        if node in left_out:
            continue
        for number in range(len(_ways(node))):
            copy = ast.parse(source)
            changed = next(islice(ast.walk(copy), index, None))
            before = ast.unparse(changed)
            _ways(changed)[number]()
            yield Change(f"{before} -> {ast.unparse(changed)}", ast.fix_missing_locations(copy))


def _for_people(tree: ast.Module) -> Iterator[ast.AST]:
    """Find what no program looks at: documentation, types, and reasons that are written down."""
    for node in ast.walk(tree):
        for part in _silent(node):
            yield from ast.walk(part)


def _silent(node: ast.AST) -> Sequence[ast.AST]:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return [node]
        case ast.AnnAssign(annotation=ast.AST() as kind) | ast.arg(annotation=ast.AST() as kind):
            return [kind]
        case ast.FunctionDef(returns=ast.AST() as kind) | ast.Call(func=ast.Name(id="cast"), args=[kind, *_]):
            return [kind]
        case ast.keyword(arg=name) if name in FOR_PEOPLE:
            return [node]
        case ast.Constant(value=str(text)) if PRACTICE.match(text):
            return [node]
        case _:
            return _reasons(node)


def _reasons(node: ast.AST) -> Sequence[ast.AST]:
    values = node.values if isinstance(node, ast.Dict) else ()
    return [value for value in values if isinstance(value, ast.Constant | ast.JoinedStr)]


Ways: TypeAlias = list[Callable[[], None]]
"""To change a node, each in place."""


@singledispatch
def _ways(_: ast.AST) -> Ways:
    return []


@_ways.register
def _(node: ast.Compare) -> Ways:
    return [_put(node.ops, at, other()) for at, op in enumerate(node.ops) for other in OTHER[type(op)]]


@_ways.register
def _(node: ast.BoolOp) -> Ways:
    neutral = ast.Constant(value=isinstance(node.op, ast.And))
    return [_put(node.values, at, neutral) for at in range(len(node.values))]


@_ways.register
def _(node: ast.IfExp) -> Ways:
    return [_set(node, "test", _not(node.test))]


@_ways.register
def _(node: ast.If) -> Ways:
    ends = [at for at, step in enumerate(node.body) if isinstance(step, ast.Return | ast.Continue)]
    return [_set(node, "test", _not(node.test)), *(_put(node.body, at, ast.Pass()) for at in ends)]


@_ways.register
def _(node: ast.comprehension) -> Ways:
    return [_put(node.ifs, at, ast.Constant(value=True)) for at in range(len(node.ifs))]


@_ways.register
def _(node: ast.UnaryOp) -> Ways:
    return [_set(node, "operand", _not(node.operand))] if isinstance(node.op, ast.Not) else []


@_ways.register
def _(node: ast.Expr) -> Ways:
    nothing = ast.YieldFrom(ast.Tuple(elts=[], ctx=ast.Load()))
    return [_set(node, "value", nothing)] if isinstance(node.value, ast.Yield | ast.YieldFrom) else []


@_ways.register(ast.Set)
@_ways.register(ast.List)
@_ways.register(ast.Tuple)
def _(node: ast.Set | ast.List | ast.Tuple) -> Ways:
    is_target = not isinstance(node, ast.Set) and isinstance(node.ctx, ast.Store)
    return [] if is_target else [_without(at, node.elts) for at in range(len(node.elts))]


@_ways.register
def _(node: ast.Dict) -> Ways:
    return [_without(at, node.keys, node.values) for at in range(len(node.keys))]


@_ways.register
def _(node: ast.Name) -> Ways:
    other = {"any": "all", "all": "any"}.get(node.id)
    return [_set(node, "id", other)] if other else []


@_ways.register
def _(node: ast.Constant) -> Ways:
    match node.value:
        case bool(value):
            return [_set(node, "value", not value)]
        case int(value):
            return [_set(node, "value", value + 1), _set(node, "value", value - 1)]
        case str(value):
            return [_set(node, "value", f"{value}x")]
        case _:
            return []


def _not(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _put(items: list[Any], at: int, new: ast.AST) -> Callable[[], None]:
    return lambda: items.__setitem__(at, new)


def _set(node: ast.AST, name: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, name, value)


def _without(at: int, *lists: list[Any]) -> Callable[[], None]:
    def leave_out() -> None:
        for items in lists:
            del items[at]

    return leave_out
