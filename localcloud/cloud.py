"""Starts and stops the local cloud: the order of things."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from infra.stack_config import ConfigError, load_config
from localcloud import processes
from localcloud.aws.clients import Api, NotLocalError
from localcloud.aws.credentials import CredentialsError, credentials_in, make_credentials, write_credentials
from localcloud.controller import aws_queries
from localcloud.environment import Identity
from localcloud.event_log import Events
from localcloud.load_balancer import envoy, envoy_config
from localcloud.load_balancer.envoy import SocketPathError
from localcloud.load_balancer.envoy_routes import UnplayedRuleError
from localcloud.localstack import server
from localcloud.private_folder import FolderError, make_private_folder
from localcloud.provisioning.engine import ProvisionError, provision
from localcloud.provisioning.pulumi_project import StackConfigError, read_project
from localcloud.state_dir import Layout, replace_text
from localcloud.status import look

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from pathlib import Path

    import psutil

    from localcloud.provisioning.pulumi_project import Project
    from localcloud.status import Status

READY_WITHIN: Final = 90.0
"""Seconds that each part may take until it answers."""

SLOW_ANSWER: Final = 15.0
"""Seconds that a control plane that runs may take to answer before it is given up."""

DEFAULT_PORT: Final = 8080
DEFAULT_CONTROL_PLANE_PORT: Final = 4566
"""LocalStack's well-known port."""


class CloudError(RuntimeError):
    """The local cloud can't do what was asked; the message says what is wrong and what to do."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What `up` is asked for."""

    project: Path
    """Folder of the Pulumi project."""
    pack: Callable[[str], Path]
    """Makes the archive for one of `iris pack`'s targets, and returns it."""
    stack: str = "dev"
    """Whose config is used."""
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    """Values that take the place of the stack's, by key."""
    port: int = DEFAULT_PORT
    """Of the URL; 0 takes a free one."""
    control_plane_port: int = DEFAULT_CONTROL_PLANE_PORT
    """Of LocalStack; 0 takes a free one."""
    endpoint: str | None = None
    """A LocalStack that runs already, to use in place of one of our own."""


class Cloud:
    """The local cloud that lives in one folder."""

    def __init__(self, home: Path) -> None:
        """Take the cloud in `home`; nothing is started or written yet."""
        self.layout = Layout(home.resolve())
        self._files = envoy_config.Files(self.layout.balancer)

    def up(self, wishes: Wishes, tell: Callable[[str], None]) -> bool:
        """Start what does not run; return once the URL answers.

        Args:
            wishes: what to start, and how. Parts that run already stay as they are.
            tell: hears about each step as it begins.

        Returns:
            False if everything ran already.

        Raises:
            CloudError: something failed; what this call started has been stopped again.
        """
        with self._alone():
            project = _read(wishes)
            status = self._look_patiently()
            if status.identity and status.outputs:
                _refuse_other_wishes(status.identity, project, wishes)
            if status.is_up:
                return False
            before = {member.process for member in processes.members(self.layout.home)}
            try:
                if status.identity and status.outputs:
                    self._repair(status, tell)
                else:
                    self._start_afresh(project, wishes, tell)
            except BaseException as error:
                tell("Cleaning up")
                self._stop_all_but(before)
                if not before:
                    self.layout.key_file.unlink(missing_ok=True)
                if isinstance(error, _EXPECTED):
                    raise CloudError(f"{error} (logs: {self.layout.logs})") from error
                raise
            return True

    def down(self) -> bool:
        """Stop every process of this cloud and drop its state; return False if there was none.

        The logs stay until the next start.
        """
        with self._alone():
            found = self._stop_all_but(set())
            for state in (self.layout.balancer, self.layout.archives, self.layout.control_plane):
                shutil.rmtree(state, ignore_errors=True)
            for file in (self.layout.target_health, self.layout.key_file):
                file.unlink(missing_ok=True)
            return found

    def _start_afresh(self, project: Project, wishes: Wishes, tell: Callable[[str], None]) -> None:
        self._stop_all_but(set())
        shutil.rmtree(self.layout.logs, ignore_errors=True)
        self.layout.events.unlink(missing_ok=True)
        if wishes.endpoint is not None and _compute(project) == "lambda":
            # Whatever runs would be that LocalStack's, and nothing of it could be asked or stopped from here.
            raise CloudError("compute=lambda needs a LocalStack of its own: it can't go with --endpoint")
        identity = _choose_addresses(project, wishes, self.layout)
        key = make_credentials() if wishes.endpoint is None else credentials_in(os.environ)
        write_credentials(self.layout.key_file, key)
        api = Api(identity.endpoint, identity.region, key)
        tell("Packing the service")
        archives = _pack(project, wishes)
        if wishes.endpoint is None:
            tell("Starting LocalStack")
            self._start_control_plane(api, identity)
        elif not server.is_ready(api):
            raise CloudError(
                f"no LocalStack answers at {wishes.endpoint}, which --endpoint or AWS_ENDPOINT_URL names"
            )
        tell("Running the Pulumi program")
        outputs = provision(
            project.program,
            project=project.name,
            stack=wishes.stack,
            config={**project.config, **archives},
            api=api,
            made=lambda count, name: tell(f"Running the Pulumi program: {count} resources, {name}"),
        )
        aws_queries.remember(api, wishes.stack, outputs, project.config)
        if "loadBalancerArn" in outputs:
            self._start_balancer(identity, outputs)
            self._start_controller(identity)
        self._wait_until_it_serves(tell)

    def _repair(self, status: Status, tell: Callable[[str], None]) -> None:
        """Start again what is missing of a stack that stands; its instances are the controller's to start."""
        if status.identity is None:
            return
        missing = {part.role for part in status.parts if part.pid is None}
        if "balancer" in missing:
            tell("Starting the load balancer again")
            self._start_balancer(status.identity, status.outputs)
        if "controller" in missing:
            tell("Starting the controller again")
            self._start_controller(status.identity)
        self._wait_until_it_serves(tell)

    def _start_control_plane(self, api: Api, identity: Identity) -> None:
        port = urlsplit(identity.endpoint).port or DEFAULT_CONTROL_PLANE_PORT
        log = self.layout.logs / "localstack.log"
        process = processes.start(
            server.command(),
            home=self.layout.home,
            role="control-plane",
            log=log,
            environment=identity.environment()
            | server.environment(
                port=port,
                volume=self.layout.control_plane,
                key_file=self.layout.key_file,
                target_health=self.layout.target_health,
            ),
        )
        _wait(lambda: server.is_ready(api), "LocalStack", process, log)

    def _start_balancer(self, identity: Identity, outputs: Mapping[str, str]) -> None:
        """Configure Envoy from what the AWS API says of the load balancer, and start it."""
        self.layout.balancer.mkdir(parents=True, exist_ok=True)
        port = urlsplit(identity.balancer_url).port or DEFAULT_PORT
        described = aws_queries.balancing(identity.api, outputs["loadBalancerArn"])
        bootstrap = envoy_config.bootstrap(
            self._files,
            port,
            described.load_balancer_attributes,
            described.target_group,
            described.target_group_attributes,
            described.rules,
        )
        replace_text(self._files.bootstrap, json.dumps(bootstrap, indent=2))
        if not self._files.endpoints.exists():
            replace_text(self._files.endpoints, json.dumps(envoy_config.endpoints([])))
        log = self.layout.logs / "envoy.log"
        process = processes.start(
            envoy.command(self._files),
            home=self.layout.home,
            role="balancer",
            log=log,
            environment=identity.environment(),
        )
        _wait(lambda: processes.is_taken(port), "Envoy", process, log)

    def _start_controller(self, identity: Identity) -> None:
        processes.start(
            [sys.executable, "-m", "localcloud.controller.reconcile_loop"],
            home=self.layout.home,
            role="controller",
            log=self.layout.logs / "controller.log",
            environment=identity.environment(),
        )

    def _wait_until_it_serves(self, tell: Callable[[str], None]) -> None:
        tell("Waiting until it serves")
        deadline = time.monotonic() + READY_WITHIN
        while not look(self.layout).is_up:
            if time.monotonic() > deadline:
                story = "; ".join(event.what for event in Events(self.layout.events).last(3))
                raise CloudError(f"it does not serve after {READY_WITHIN:.0f} s: {story or 'see the logs'}")
            time.sleep(0.2)

    def _look_patiently(self) -> Status:
        """Look, and give a control plane that runs but is slow to answer time: its stack still stands."""
        deadline = time.monotonic() + SLOW_ANSWER
        while True:
            status = look(self.layout)
            slow = any(
                part.role == "control-plane" and part.pid and not part.answers for part in status.parts
            )
            if not slow or time.monotonic() > deadline:
                return status
            time.sleep(0.5)

    def _stop_all_but(self, spared: set[psutil.Process]) -> bool:
        """Stop our processes, the controller first: it would replace what we stop. Tell if there was one."""
        found = False
        while members := [
            member for member in processes.members(self.layout.home) if member.process not in spared
        ]:
            found = True
            controllers = [member.process for member in members if member.role == "controller"]
            # Functions run as children of the control plane, with nothing of ours in their environment.
            functions = processes.children(members, "control-plane")
            processes.stop(controllers or [member.process for member in members])
            processes.stop([] if controllers else functions)
        return found

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Keep a second `up` or `down` out meanwhile."""
        try:
            make_private_folder(self.layout.home)
        except FolderError as error:
            raise CloudError(str(error)) from None
        with self.layout.lock.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CloudError(f"another command starts or stops the cloud in {self.layout.home}") from None
            yield


_EXPECTED: Final = (
    BotoCoreError,
    ClientError,
    CloudError,
    CredentialsError,
    NotLocalError,
    ProvisionError,
    SocketPathError,
    UnplayedRuleError,
    httpx.HTTPError,
    server.NotInstalledError,
)
"""Errors whose message says enough; any other is a defect and keeps its trace."""


def _read(wishes: Wishes) -> Project:
    """Read and check the config before anything is started."""
    try:
        project = read_project(wishes.project, wishes.stack, wishes.config)
        own = f"{project.name}:"
        load_config(
            {key.removeprefix(own): text for key, text in project.config.items() if key.startswith(own)}
        )
    except (StackConfigError, ConfigError) as error:
        raise CloudError(str(error)) from None
    if "aws:region" not in project.config:
        raise CloudError(f"Pulumi.{wishes.stack}.yaml sets no aws:region")
    return project


def _choose_addresses(project: Project, wishes: Wishes, layout: Layout) -> Identity:
    # Without a load balancer nobody listens there.
    port = wishes.port if _compute(project) == "lambda" else _port(wishes.port, "--port")
    endpoint = wishes.endpoint
    if endpoint is None:
        endpoint = f"http://127.0.0.1:{_port(wishes.control_plane_port, '--localstack-port')}"
    return Identity(
        stack=wishes.stack,
        region=project.config["aws:region"],
        endpoint=endpoint,
        balancer_url=f"http://127.0.0.1:{port}",
        key_file=str(layout.key_file),
    )


def _compute(project: Project) -> str:
    return project.config[f"{project.name}:compute"]


def _refuse_other_wishes(identity: Identity, project: Project, wishes: Wishes) -> None:
    """Hold what is asked for by name against what runs: to say that it is up would be half the truth."""
    running = aws_queries.recall_config(identity.api, identity.stack)
    asked = {key if ":" in key else f"{project.name}:{key}": value for key, value in wishes.config.items()}
    other = [
        f"{key.rpartition(':')[2]}={running.get(key)}" for key in asked if running.get(key) != asked[key]
    ]
    if identity.stack != wishes.stack:
        other.append(f"stack {identity.stack}")
    if other:
        raise CloudError(f"it runs with {', '.join(other)}; run `make down` first to change that")


def _pack(project: Project, wishes: Wishes) -> dict[str, str]:
    """Make the archives that the stack needs; return them as the config that names them."""
    compute = _compute(project)
    archives: dict[str, str] = {}
    if compute in {"fleet", "both"}:
        archives[f"{project.name}:archive"] = str(wishes.pack("local"))
    if compute in {"lambda", "both"}:
        archives[f"{project.name}:functionArchive"] = str(wishes.pack("lambda-local"))
    return archives


def _port(wanted: int, option: str) -> int:
    if wanted == 0:
        return processes.free_port()
    if processes.is_taken(wanted):
        raise CloudError(f"port {wanted} is taken; choose another with {option}, or `{option} free`")
    return wanted


def _wait(ready: Callable[[], bool], what: str, process: psutil.Process, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not ready():
        if not processes.is_alive(process):
            raise CloudError(f"{what} ended while it started; its log is {log}")
        if time.monotonic() > deadline:
            raise CloudError(f"{what} is not ready after {READY_WITHIN:.0f} s; its log is {log}")
        time.sleep(0.1)
