"""Mutants of a module: copies that each differ from it in one clause, as a careless edit might."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from functools import singledispatch
from itertools import islice
from typing import Any, Final, NamedTuple, TypeAlias

from tests.suite.syntax import parse

REPLACEMENTS: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
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
"""Operators that replace each comparison: its negation, and its neighbour at the boundary."""

BEST_PRACTICE: Final = re.compile(r"[A-Z]+\d\d-BP\d\d ")
"""Id of a best practice, at the beginning of its name. Such texts are documentation."""

PROSE_ARGUMENTS: Final = frozenset({"best_practice", "description"})
"""Arguments of a rule that are documentation."""


class Mutant(NamedTuple):
    """Module with one changed clause."""

    description: str
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """Yield a copy of the module for each change of each clause."""
    tree = parse(source)
    excluded = set(_documentation(tree))
    for place, statement in enumerate(tree.body):
        # Only the statement is copied; the mutants share the others, which nothing changes.
        text = ast.unparse(statement)
        for index, node in enumerate(ast.walk(statement)):
            if node in excluded:
                continue
            for number in range(len(_mutations(node))):
                (copy,) = parse(text).body
                changed = next(islice(ast.walk(copy), index, None))
                before = ast.unparse(changed)
                _mutations(changed)[number]()
                body = [*tree.body[:place], ast.fix_missing_locations(copy), *tree.body[place + 1 :]]
                yield Mutant(f"{before} -> {ast.unparse(changed)}", ast.Module(body, type_ignores=[]))


def _documentation(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes without effect: documentation, types and recorded reasons."""
    for node in ast.walk(tree):
        for part in _without_effect(node):
            yield from ast.walk(part)


def _without_effect(node: ast.AST) -> Sequence[ast.AST]:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return [node]
        case ast.AnnAssign(annotation=ast.AST() as kind) | ast.arg(annotation=ast.AST() as kind):
            return [kind]
        case ast.FunctionDef(returns=ast.AST() as kind) | ast.Call(func=ast.Name(id="cast"), args=[kind, *_]):
            return [kind]
        case ast.keyword(arg=name) if name in PROSE_ARGUMENTS:
            return [node]
        case ast.Constant(value=str(text)) if BEST_PRACTICE.match(text):
            return [node]
        case _:
            return _reasons(node)


def _reasons(node: ast.AST) -> Sequence[ast.AST]:
    values = node.values if isinstance(node, ast.Dict) else ()
    return [value for value in values if isinstance(value, ast.Constant | ast.JoinedStr)]


Mutations: TypeAlias = list[Callable[[], None]]
"""Functions that each change a node in place."""


@singledispatch
def _mutations(_: ast.AST) -> Mutations:
    return []


@_mutations.register
def _(node: ast.Compare) -> Mutations:
    return [_put(node.ops, at, other()) for at, op in enumerate(node.ops) for other in REPLACEMENTS[type(op)]]


@_mutations.register
def _(node: ast.BoolOp) -> Mutations:
    neutral = ast.Constant(value=isinstance(node.op, ast.And))
    return [_put(node.values, at, neutral) for at in range(len(node.values))]


@_mutations.register
def _(node: ast.IfExp) -> Mutations:
    return [_set(node, "test", _not(node.test))]


@_mutations.register
def _(node: ast.If) -> Mutations:
    ends = [at for at, step in enumerate(node.body) if isinstance(step, ast.Return | ast.Continue)]
    return [_set(node, "test", _not(node.test)), *(_put(node.body, at, ast.Pass()) for at in ends)]


@_mutations.register
def _(node: ast.comprehension) -> Mutations:
    return [_put(node.ifs, at, ast.Constant(value=True)) for at in range(len(node.ifs))]


@_mutations.register
def _(node: ast.UnaryOp) -> Mutations:
    return [_set(node, "operand", _not(node.operand))] if isinstance(node.op, ast.Not) else []


@_mutations.register
def _(node: ast.Expr) -> Mutations:
    nothing = ast.YieldFrom(ast.Tuple(elts=[], ctx=ast.Load()))
    return [_set(node, "value", nothing)] if isinstance(node.value, ast.Yield | ast.YieldFrom) else []


@_mutations.register(ast.Set)
@_mutations.register(ast.List)
@_mutations.register(ast.Tuple)
def _(node: ast.Set | ast.List | ast.Tuple) -> Mutations:
    is_target = not isinstance(node, ast.Set) and isinstance(node.ctx, ast.Store)
    return [] if is_target else [_without(at, node.elts) for at in range(len(node.elts))]


@_mutations.register
def _(node: ast.Dict) -> Mutations:
    return [_without(at, node.keys, node.values) for at in range(len(node.keys))]


@_mutations.register
def _(node: ast.Name) -> Mutations:
    replacement = {"any": "all", "all": "any"}.get(node.id)
    return [_set(node, "id", replacement)] if replacement else []


@_mutations.register
def _(node: ast.Constant) -> Mutations:
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
    def remove() -> None:
        for items in lists:
            del items[at]

    return remove
