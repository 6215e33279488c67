"""Runs the Pulumi program in-process and makes its resources on a control plane of this machine.

Pulumi's own mocks are the hook: for each resource they hand over the inputs, all known and in the order of
their dependencies, and take back its id and outputs. Ours answers with those of a resource it really made.
Only creation is played; a local cloud is thrown away, not updated.
"""

from __future__ import annotations

import asyncio
import logging
import runpy
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, cast

import pulumi
import pulumi.runtime
from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import Stack, run_pulumi_func
from typing_extensions import override

from localcloud.provisioning import registry
from localcloud.provisioning.data_sources import NotThereError
from localcloud.provisioning.parameters import UnknownInputError
from localcloud.provisioning.registry import UnknownTypeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from localcloud.aws.clients import Api
    from localcloud.provisioning.resource_type import Inputs

Outputs = dict[str, Any]


class ProvisionError(RuntimeError):
    """A resource can't be made here, or the program itself refuses."""


_EXPECTED: Final = (BotoCoreError, ClientError, NotThereError, UnknownInputError, UnknownTypeError)
"""Errors whose message says what is wrong with a resource."""


class _ControlPlane(pulumi.runtime.Mocks):
    """Stands where the Pulumi engine and the AWS plugin would."""

    def __init__(self, api: Api, made: Callable[[int, str], None]) -> None:
        self._api = api
        self._made = made
        self._count = 0
        self._failure: str | None = None

    @override
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:  # a component: it groups resources and is nothing in AWS
            return None, {}
        if self._failure is not None:  # what waited for its turn meanwhile is not made any more
            raise ProvisionError(self._failure)
        try:
            made = registry.create(self._api, args.typ, args.name, cast("Inputs", args.inputs))
        except _EXPECTED as error:
            self._failure = f"{args.typ} {args.name!r}: {error}"
            raise ProvisionError(self._failure) from error
        self._count += 1
        self._made(self._count, args.name)
        return made

    @override
    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        try:
            return registry.look_up(self._api, args.token, cast("Inputs", args.args)), []
        except _EXPECTED as error:
            raise ProvisionError(f"{args.token}: {error}") from error


def provision(
    program: Path,
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
    api: Api,
    made: Callable[[int, str], None] = lambda _count, _name: None,
) -> Outputs:
    """Run the program and make what it asks for.

    Args:
        program: the folder of the Pulumi program (its `main`).
        project: name of the Pulumi project.
        stack: name of the stack.
        config: every config value by its full key, such as `aws:region`, as the CLI would pass it.
        api: where the resources are made.
        made: told of each resource as soon as it exists: how many there are now, and its logical name.

    Returns:
        What the program exports, by name.

    Raises:
        ProvisionError: a resource can't be made here, or the program says that something is wrong.
    """

    async def run() -> Outputs:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(thread)
        # One failure is told, by raising it; those that come of it would be logged, each with its trace.
        loop.set_exception_handler(lambda _loop, _context: None)
        pulumi.runtime.set_all_config(dict(config))
        pulumi.runtime.set_mocks(
            _ControlPlane(api, made), project, stack, preview=False, logger=_program_log()
        )
        await run_pulumi_func(lambda: _run(program))
        root = cast("Stack", pulumi.runtime.get_root_resource())
        return {name: await _value(output) for name, output in root.outputs.items()}

    # One thread makes one resource after the other: moto, which keeps them, expects no more at a time. The
    # mocks want an event loop there, and would leave one of their own open.
    with closing(asyncio.new_event_loop()) as loop_of_thread:
        thread = ThreadPoolExecutor(1, initializer=asyncio.set_event_loop, initargs=(loop_of_thread,))
        try:
            return asyncio.run(run())
        except pulumi.RunError as error:
            raise ProvisionError(str(error)) from error
        finally:
            # A run that failed leaves its tasks behind, and the next one in this process would wait for them.
            pulumi_state = cast("Any", SETTINGS)  # a decorator makes its attributes, out of sight of types
            pulumi_state.rpc_manager.clear()
            pulumi_state.outputs.clear()


def _program_log() -> logging.Logger:
    """Keep the program's warnings to itself: they are about AWS, and nobody is there yet."""
    log = logging.getLogger(f"{__name__}.program")
    log.setLevel(logging.ERROR)
    return log


def _run(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


async def _value(output: object) -> object:
    return await pulumi.Output.from_input(output).future()
