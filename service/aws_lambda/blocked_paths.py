"""Paths that the function answers as paths that do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.http.problem_details import problem_response

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Receive, Scope, Send


def block_paths(app: ASGIApp, paths: Collection[str]) -> ASGIApp:
    """Return an application that answers 404 on these paths.

    Routes match the decoded path exactly, and so does this: no spelling of a path gets by. A path that ends
    with `*` stands for all that begin with it.
    """
    exact = frozenset(paths)
    prefixes = tuple(path.removesuffix("*") for path in paths if path.endswith("*"))

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in exact or scope["path"].startswith(prefixes):
            response = problem_response(404, "There is nothing at this path.", path=scope["path"])
            await response(scope, receive, send)
        else:
            await app(scope, receive, send)

    return answer
