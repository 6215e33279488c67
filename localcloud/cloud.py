"""Start, repair and stop of the local cloud, in the right order."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from infra.stack_config import ConfigError, load_config
from localcloud import processes
from localcloud.aws.clients import Api, NotLocalError
from localcloud.aws.credentials import (
    CredentialsError,
    credentials_from_environment,
    generate_credentials,
    write_credentials,
)
from localcloud.controller import aws_queries
from localcloud.controller.stack_record import StackRecord
from localcloud.controller.start import start_controller
from localcloud.environment import Identity
from localcloud.event_log import EventLog
from localcloud.incompatible_state import IncompatibleStateError
from localcloud.load_balancer import envoy
from localcloud.load_balancer.balancer import LoadBalancer
from localcloud.load_balancer.envoy import SocketPathError
from localcloud.load_balancer.envoy_config import EnvoyFiles
from localcloud.load_balancer.firewall.process import Firewall
from localcloud.load_balancer.routing.unsupported_rule import UnsupportedRuleError
from localcloud.localstack import changes, control_plane, server
from localcloud.localstack.control_plane import READY_TIMEOUT
from localcloud.private_folder import FolderError, create_private_folder
from localcloud.provisioning import archives
from localcloud.provisioning.provision_error import ProvisionError
from localcloud.provisioning.pulumi_project import StackConfigError, changed_settings, read_project
from localcloud.state_dir import StateDir, locked_folder, try_lock
from localcloud.status import Status, read_status

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    import psutil

    from localcloud.provisioning.pulumi_project import Project

RECOVERY_TIMEOUT: Final = 3 * READY_TIMEOUT
"""Maximum seconds until a lost LocalStack is started, provisioned again, and followed by its fleet."""

CONTROL_PLANE_TIMEOUT: Final = 15.0
"""Maximum seconds to wait for an answer of a control plane that is already running."""

DEFAULT_PORT: Final = 8080
DEFAULT_CONTROL_PLANE_PORT: Final = 4566
"""LocalStack's well-known port."""


class CloudError(RuntimeError):
    """Failure of a local cloud command; the message names the problem and its remedy."""


@dataclass(frozen=True, kw_only=True)
class UpOptions:
    """Options of `up`."""

    project: Path
    """Folder of the Pulumi project."""
    build_archive: Callable[[str], Path]
    """Builds the archive for one of `iris pack`'s targets and returns its path."""
    stack: str = "dev"
    """Name of the Pulumi stack, which provides the config."""
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    """Config values that override the stack's, by key."""
    port: int = DEFAULT_PORT
    """Port of the service's URL; 0 chooses a free one."""
    control_plane_port: int = DEFAULT_CONTROL_PLANE_PORT
    """Port of LocalStack; 0 chooses a free one."""
    endpoint: str | None = None
    """URL of a running LocalStack to use instead of starting one."""


class Cloud:
    """Local cloud whose state is in one folder."""

    def __init__(self, home: Path) -> None:
        """Create a handle for the cloud in `home`; nothing is started or written yet."""
        self.state_dir = StateDir(home.resolve())

    def up(self, options: UpOptions, on_progress: Callable[[str], None]) -> bool:
        """Start the components that are not running; return when the URL answers.

        Args:
            options: what to start. Running components are left unchanged, unless the config has changed since
                they were started: then all are started anew, at the same addresses. A fleet that has lost its
                LocalStack gets another one, which adopts it.
            on_progress: called with a description of each step when it begins.

        Returns:
            False if everything was already running.

        Raises:
            CloudError: a step failed; the processes that this call started have been stopped again.
        """
        project = _read_project(options)
        self._check_options(project, options)
        with self._locked():
            try:
                status = self._read_settled_status()
            except IncompatibleStateError as error:
                raise CloudError(str(error)) from None
            recovered = self._recover(status, on_progress)
            if recovered:
                status = read_status(self.state_dir)
            changes = _changes(status.identity, project, options) if status.outputs else []
            if status.identity and changes:
                on_progress(f"Restarting the local cloud for {', '.join(changes)}")
                options = _with_addresses_of(status.identity, options)
                self._stop_all_except(set())
                self._remove_state()
                status = Status()
            elif status.is_up:
                return recovered
            before = {cloud_process.process for cloud_process in processes.find(self.state_dir.home)}
            try:
                if status.identity and status.outputs:
                    self._repair(status, on_progress)
                else:
                    self._start_new(project, options, on_progress)
            except BaseException as error:
                on_progress("Cleaning up")
                self._stop_all_except(before)
                if not before:
                    self._remove_state()
                if isinstance(error, _EXPECTED_ERRORS):
                    raise CloudError(f"{error} (logs: {self.state_dir.logs})") from error
                raise
            return True

    def down(self) -> bool:
        """Stop all processes of this cloud and delete its state; return False if none was running.

        The logs are kept until the next start.
        """
        with self._locked():
            found = self._stop_all_except(set())
            self._remove_state()
            return found

    def _check_options(self, project: Project, options: UpOptions) -> None:
        """Check what would otherwise fail only when Envoy starts, after everything else.

        Raises:
            CloudError: the folder's path is too long, or both ports are the same.
        """
        if _compute_type(project) == "lambda":
            return
        try:
            # The letter of any zone.
            envoy.check_socket_path(EnvoyFiles(envoy.folder_of_zone(self.state_dir.balancer, "a")))
        except SocketPathError as error:
            raise CloudError(str(error)) from None
        if options.endpoint is None and options.port and options.port == options.control_plane_port:
            raise CloudError(
                f"port {options.port} cannot be both the URL's and that of the AWS API; "
                + _other_port("--localstack-port")
            )

    def _remove_state(self) -> None:
        """Delete everything but the logs and the events."""
        for state in (
            self.state_dir.balancer,
            self.state_dir.firewall,
            self.state_dir.archives,
            self.state_dir.control_plane,
        ):
            shutil.rmtree(state, ignore_errors=True)
        for file in (
            self.state_dir.deployed,
            self.state_dir.target_health,
            self.state_dir.heartbeat,
            self.state_dir.key_file,
            self.state_dir.stack_record,
            self.state_dir.fleet_record,
            self.state_dir.settings_record,
            self.state_dir.survivors,
            self.state_dir.recovering,
            self.state_dir.lost_zones,
            self.state_dir.recovery_lock,
        ):
            file.unlink(missing_ok=True)

    def _start_new(self, project: Project, options: UpOptions, on_progress: Callable[[str], None]) -> None:
        self._stop_all_except(set())
        shutil.rmtree(self.state_dir.logs, ignore_errors=True)
        self.state_dir.events.unlink(missing_ok=True)
        # They are left over where the machine was switched off.
        self.state_dir.deployed.unlink(missing_ok=True)
        (self.state_dir.control_plane / changes.FILE).unlink(missing_ok=True)
        if options.endpoint is not None and _compute_type(project) == "lambda":
            # The function's processes would belong to that LocalStack: we could neither inspect nor stop
            # them.
            raise CloudError("compute=lambda needs its own LocalStack and cannot be used with --endpoint")
        identity = _choose_addresses(project, options, self.state_dir)
        # LocalStack listens after seconds, and the load balancer after more.
        addresses = [identity.balancer_url]
        if options.endpoint is None:
            addresses.append(identity.endpoint)
        with processes.reserved(port for each in addresses if (port := urlsplit(each).port)):
            self._start_at(identity, project, options, on_progress)

    def _start_at(
        self, identity: Identity, project: Project, options: UpOptions, on_progress: Callable[[str], None]
    ) -> None:
        key = generate_credentials() if options.endpoint is None else credentials_from_environment(os.environ)
        write_credentials(self.state_dir.key_file, key)
        api = Api(identity.endpoint, identity.region, key)
        started = control_plane.start(self.state_dir, identity) if options.endpoint is None else None
        if started is None and not server.is_ready(api):
            raise CloudError(
                f"no LocalStack answers at {options.endpoint}, the value of --endpoint or AWS_ENDPOINT_URL"
            )
        # At the first start, training and packing take as long as LocalStack does, on another core.
        on_progress("Packing the service")
        with locked_folder(options.project):  # two clouds that start together would train and pack the same
            built = _build_archives(project, options)
            kept = {key: str(archives.keep(self.state_dir, Path(archive))) for key, archive in built.items()}
        # Only a start loads Pulumi, which takes as long as all else that a command of this module loads.
        from localcloud.provisioning.engine import provision  # noqa: PLC0415
        from localcloud.provisioning.preload import preload  # noqa: PLC0415

        if started:
            on_progress("Starting LocalStack")
            preload(api)
            control_plane.wait_until_answers(self.state_dir, api, started)
        on_progress("Running the Pulumi program")
        if _compute_type(project) != "lambda":
            # It imports its modules and unpacks the archive while LocalStack works.
            start_controller(self.state_dir, identity)
        record = StackRecord(
            project=project.name,
            program=str(project.program.resolve()),
            config=project.config,
            file_config=read_project(options.project, options.stack, {}).config,
            archives=kept,
        )
        outputs = provision(
            project.program,
            project=project.name,
            stack=options.stack,
            config={**project.config, **kept},
            api=api,
            on_created=lambda count, name: on_progress(
                f"Running the Pulumi program: {count} resources, {name}"
            ),
        )
        aws_queries.save_stack(api, options.stack, outputs, record.config, record.file_config)
        if options.endpoint is None:
            record.save(self.state_dir.stack_record)
        if "loadBalancerArn" in outputs:
            self._start_balancer(identity, outputs)
            self.state_dir.deployed.touch()
        self._wait_until_up(on_progress)

    def _recover(self, status: Status, on_progress: Callable[[str], None]) -> bool:
        """Wait until the controller has restored a lost LocalStack; return whether that was needed."""
        records = (self.state_dir.stack_record, self.state_dir.fleet_record)
        if not status.identity or status.outputs or not all(record.exists() for record in records):
            return False
        on_progress("Restoring LocalStack")
        # One that does not answer would not be replaced while its process runs.
        silent = [each for each in processes.find(self.state_dir.home) if each.role == "control-plane"]
        if not self.state_dir.recovering.exists():
            processes.stop([each.process for each in silent], grace=0)
        try:
            self._repair(status, on_progress, RECOVERY_TIMEOUT)
        except CloudError as error:
            raise CloudError(f"{error}; `make down` and `make up` start all anew") from None
        return True

    def _repair(
        self, status: Status, on_progress: Callable[[str], None], timeout: float = READY_TIMEOUT
    ) -> None:
        """Restart a missing or stopped controller, which restarts load balancer and instances."""
        self.state_dir.lost_zones.unlink(missing_ok=True)
        controllers = [
            each.process for each in processes.find(self.state_dir.home) if each.role == "controller"
        ]
        # One that is stopped would never go on by itself; the other of the two is not replaced here.
        stopped = [process for process in controllers if processes.is_stopped(process)]
        processes.stop(stopped, grace=0)
        if status.identity and len(stopped) == len(controllers):
            on_progress("Restarting the controller")
            start_controller(self.state_dir, status.identity)
        self._wait_until_up(on_progress, timeout)

    def _start_balancer(self, identity: Identity, outputs: Mapping[str, str]) -> None:
        """Configure the Envoys and the firewall from the AWS API's descriptions, and start them."""
        firewall = Firewall(self.state_dir, identity)
        firewall.follow(outputs["loadBalancerArn"])
        balancer = LoadBalancer(self.state_dir, identity, outputs["loadBalancerArn"])
        balancer.configure()
        started = balancer.start()
        if firewall.process is not None:
            control_plane.wait_until_ready(
                firewall.socket.exists, "the firewall", firewall.process, firewall.log
            )
        for zonal, process in zip(balancer.envoys, started, strict=True):
            control_plane.wait_until_ready(
                lambda zonal=zonal: zonal.targets() is not None, "Envoy", process, zonal.log
            )
        balancer.close()

    def _wait_until_up(self, on_progress: Callable[[str], None], timeout: float = READY_TIMEOUT) -> None:
        on_progress("Waiting for the service")
        deadline = time.monotonic() + timeout
        while not read_status(self.state_dir).is_up:
            if time.monotonic() > deadline:
                events = "; ".join(event.what for event in EventLog(self.state_dir.events).last(3))
                raise CloudError(
                    f"the service is not ready after {timeout:.0f} s: {events or 'see the logs'}"
                )
            time.sleep(0.2)

    def _read_settled_status(self) -> Status:
        """Read the status; wait for a control plane that is running but slow, whose stack still exists."""
        deadline = time.monotonic() + CONTROL_PLANE_TIMEOUT
        while True:
            status = read_status(self.state_dir)
            slow = any(
                part.role == "control-plane" and part.pid and not part.answers for part in status.parts
            )
            if not slow or time.monotonic() > deadline:
                return status
            time.sleep(0.5)

    def _stop_all_except(self, spared: set[psutil.Process]) -> bool:
        """Stop our processes and return whether there were any.

        The controller and a recovery are stopped first, because they would replace what we stop.
        """
        found = False
        while cloud_processes := [
            cloud_process
            for cloud_process in processes.find(self.state_dir.home)
            if cloud_process.process not in spared
        ]:
            found = True
            controllers = [
                cloud_process.process
                for cloud_process in cloud_processes
                if cloud_process.role in {"controller", "recovery"}
            ]
            # Functions are children of the control plane, without our variables in their environment.
            functions = processes.descendants(cloud_processes, "control-plane")
            processes.stop(controllers or [cloud_process.process for cloud_process in cloud_processes])
            processes.stop([] if controllers else functions)
        return found

    @contextmanager
    def _locked(self) -> Generator[None]:
        """Lock the cloud's folder against a concurrent `up` or `down`."""
        try:
            create_private_folder(self.state_dir.home)
        except FolderError as error:
            raise CloudError(str(error)) from None
        with try_lock(self.state_dir.lock) as is_first:
            if not is_first:
                raise CloudError(
                    f"another command is starting or stopping the cloud in {self.state_dir.home}"
                )
            yield


_EXPECTED_ERRORS: Final = (
    BotoCoreError,
    ClientError,
    CloudError,
    CredentialsError,
    NotLocalError,
    ProvisionError,
    UnsupportedRuleError,
    control_plane.StartError,
    httpx.HTTPError,
    server.NotInstalledError,
)
"""Errors with a sufficient message; any other is a defect and keeps its traceback."""


def _read_project(options: UpOptions) -> Project:
    """Read and validate the config before anything is started."""
    try:
        project = read_project(options.project, options.stack, options.config)
        own = f"{project.name}:"
        load_config(
            {key.removeprefix(own): text for key, text in project.config.items() if key.startswith(own)}
        )
    except (StackConfigError, ConfigError) as error:
        raise CloudError(str(error)) from None
    if "aws:region" not in project.config:
        raise CloudError(f"Pulumi.{options.stack}.yaml sets no aws:region")
    return project


def _choose_addresses(project: Project, options: UpOptions, state_dir: StateDir) -> Identity:
    # Without a load balancer, the port is not used.
    port = options.port
    if _compute_type(project) != "lambda":
        port = _choose_port(port, "--port", taken=options.control_plane_port)
    endpoint = options.endpoint
    if endpoint is None:
        control_plane_port = _choose_port(options.control_plane_port, "--localstack-port", taken=port)
        endpoint = f"http://127.0.0.1:{control_plane_port}"
    return Identity(
        stack=options.stack,
        region=project.config["aws:region"],
        endpoint=endpoint,
        balancer_url=f"http://127.0.0.1:{port}",
        key_file=str(state_dir.key_file),
    )


def _compute_type(project: Project) -> str:
    return project.config[f"{project.name}:compute"]


def _changes(identity: Identity | None, project: Project, options: UpOptions) -> list[str]:
    """Return the settings that a restart would change; none if all requested ones and the files are the same.

    Raises:
        CloudError: they differ where no restart is possible: another stack, or a LocalStack that is not ours.
    """
    if identity is None:
        return []
    if identity.stack != options.stack:
        raise CloudError(f"it runs with stack {identity.stack}; run `make down` first to change that")
    running = aws_queries.read_config(identity.api, identity.stack)
    started = aws_queries.read_file_config(identity.api, identity.stack)
    present = read_project(options.project, options.stack, {}).config
    requested = {
        key if ":" in key else f"{project.name}:{key}": value for key, value in options.config.items()
    }
    is_same = all(running.get(key) == value for key, value in requested.items())
    if is_same and started in (None, present):
        return []
    changes = changed_settings(running, project.config)
    if changes and options.endpoint is not None:
        raise CloudError(
            f"it runs on a LocalStack of your own, without {', '.join(changes)}; run `make down`, start that "
            "LocalStack anew, and run `make up`"
        )
    return changes


def _with_addresses_of(identity: Identity, options: UpOptions) -> UpOptions:
    """Return options with the ports of a running cloud."""
    return replace(
        options,
        port=urlsplit(identity.balancer_url).port or options.port,
        control_plane_port=urlsplit(identity.endpoint).port or options.control_plane_port,
    )


def _build_archives(project: Project, options: UpOptions) -> dict[str, str]:
    """Build the archives that the stack needs; return their paths by config key."""
    compute = _compute_type(project)
    built: dict[str, str] = {}
    if compute in {"fleet", "both"}:
        built[f"{project.name}:archive"] = str(options.build_archive("local"))
    if compute in {"lambda", "both"}:
        built[f"{project.name}:functionArchive"] = str(options.build_archive("lambda-local"))
    return built


def _choose_port(requested: int, option: str, taken: int = 0) -> int:
    if requested == 0:
        return next(port for port in iter(processes.find_free_port, None) if port != taken)
    if processes.is_port_in_use(requested):
        raise CloudError(f"port {requested} is in use; {_other_port(option)}")
    return requested


def _other_port(option: str) -> str:
    """Return advice in the words of `make` and of the command."""
    variable = option.removeprefix("--").replace("-", "_").upper()
    return f"choose another with `make up {variable}=free` or `iris local up {option} free`"
