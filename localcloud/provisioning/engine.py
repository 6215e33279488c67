"""In-process deployment of the Pulumi program to a control plane on this machine.

It uses Pulumi's mocks: they receive each resource's inputs, resolved and in dependency order, and return its
id and outputs. These mocks create a real resource and return its id and outputs. Only creation is supported:
a local cloud is deleted, not updated.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import runpy
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import pulumi
import pulumi.runtime
from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import Stack, run_pulumi_func
from typing_extensions import override

from localcloud.provisioning import registry
from localcloud.provisioning.data_sources import NotFoundError
from localcloud.provisioning.interruption import run_interruptible
from localcloud.provisioning.parameters import UnknownInputError
from localcloud.provisioning.provision_error import ProvisionError
from localcloud.provisioning.registry import UnknownTypeError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from pathlib import Path

    from localcloud.aws.clients import Api
    from localcloud.provisioning.resource_type import Inputs

Outputs = dict[str, Any]


_EXPECTED_ERRORS: Final = (BotoCoreError, ClientError, NotFoundError, UnknownInputError, UnknownTypeError)
"""Errors whose message names the problem with a resource."""


class _CreatingMocks(pulumi.runtime.Mocks):
    """Replacement of the Pulumi engine and its AWS provider, which creates the resources."""

    def __init__(self, api: Api, on_created: Callable[[int, str], None]) -> None:
        self._api = api
        self._on_created = on_created
        self._count = 0
        self._failure: str | None = None

    @override
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:  # a component, which has no counterpart in AWS
            return None, {}
        if self._failure is not None:  # skip the resources that were waiting when another one failed
            raise ProvisionError(self._failure)
        try:
            created = registry.create(self._api, args.typ, args.name, cast("Inputs", args.inputs))
        except _EXPECTED_ERRORS as error:
            self._failure = f"{args.typ} {args.name!r}: {error}"
            raise ProvisionError(self._failure) from error
        self._count += 1
        self._on_created(self._count, args.name)
        return created

    @override
    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        try:
            return registry.read_data_source(self._api, args.token, cast("Inputs", args.args)), []
        except _EXPECTED_ERRORS as error:
            raise ProvisionError(f"{args.token}: {error}") from error


def provision(
    program: Path,
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
    api: Api,
    on_created: Callable[[int, str], None] = lambda _count, _name: None,
) -> Outputs:
    """Run the program and create its resources.

    Args:
        program: folder of the Pulumi program (its `main`).
        project: name of the Pulumi project.
        stack: name of the stack.
        config: all config values by full key, such as `aws:region`, as the CLI passes them.
        api: AWS API that creates the resources.
        on_created: called after each creation with the number of resources so far and the logical name.

    Returns:
        The program's outputs, by name.

    Raises:
        ProvisionError: a resource cannot be created, or the program raises an error.
    """

    async def run() -> Outputs:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(thread)
        # The first failure is raised; its consequences would each be logged with a traceback.
        loop.set_exception_handler(lambda _loop, _context: None)
        pulumi.runtime.set_all_config(dict(config))
        pulumi.runtime.set_mocks(
            _CreatingMocks(api, on_created), project, stack, preview=False, logger=_program_log()
        )
        with _ended_by_cancellation(thread):
            await run_pulumi_func(lambda: _run(program, thread))
        root = cast("Stack", pulumi.runtime.get_root_resource())
        return {name: await _value(output) for name, output in root.outputs.items()}

    # One thread creates one resource at a time, because moto is not thread-safe. The mocks need an event loop
    # in that thread and would leave their own open.
    with closing(asyncio.new_event_loop()) as loop_of_thread:
        thread = ThreadPoolExecutor(1, initializer=asyncio.set_event_loop, initargs=(loop_of_thread,))
        try:
            with _seldom_garbage():
                return run_interruptible(run())
        except pulumi.RunError as error:
            raise ProvisionError(str(error)) from error
        finally:
            # A failed run leaves tasks behind, for which the next run in this process would wait.
            pulumi_state = cast(
                "Any", SETTINGS
            )  # a decorator adds its attributes, which the type checker cannot see
            pulumi_state.rpc_manager.clear()
            pulumi_state.outputs.clear()


def _program_log() -> logging.Logger:
    """Return a logger that hides the program's warnings, which concern deployments to AWS."""
    log = logging.getLogger(f"{__name__}.program")
    log.setLevel(logging.ERROR)
    return log


@contextmanager
def _seldom_garbage() -> Generator[None]:
    """Look for garbage seldom: the program imports modules of the provider, which never become any."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


async def _run(program: Path, creating: ThreadPoolExecutor) -> None:
    """Run the program, and wait until its resources and outputs are made, or until one fails.

    Pulumi waits for them one by one, and looks at all of them each time; after a cancellation, it goes on.
    """
    runpy.run_path(str(program), run_name="__main__")
    if tasks := asyncio.all_tasks() - {asyncio.current_task()}:
        with _ended_by_cancellation(creating):
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)


@contextmanager
def _ended_by_cancellation(creating: ThreadPoolExecutor) -> Generator[None]:
    """Create no resource that still waits for its turn after a cancellation within the block."""
    try:
        yield
    except asyncio.CancelledError:
        creating.shutdown(wait=False, cancel_futures=True)
        raise


async def _value(output: object) -> object:
    return await pulumi.Output.from_input(output).future()
