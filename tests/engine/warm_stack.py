"""A stack whose program and plugin run in this process, under Pulumi's real engine.

The engine is one process for each command, as ever; what takes the time of a command is to start Python and
load `pulumi_aws`. So the program is served as the Automation API serves an inline program (`--client`), and
the plugin is attached to (`PULUMI_DEBUG_PROVIDERS`).
"""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import tempfile
import time
from concurrent import futures
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import grpc
import yaml
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc

from tests.engine.cli import PROJECT, CommandResult, write_plugin
from tests.engine.plugin.account import Account, Operation, StoredResource
from tests.engine.plugin.provider import ACCOUNT_FILE, DIES_AT, Provider, serve

if TYPE_CHECKING:
    from collections.abc import Mapping

STACK: Final = "dev"

_QUIET: Final = ("--non-interactive", "--color", "never")


class WarmStack:
    """A stack in an account of its own, and the commands on it."""

    def __init__(self, folder: Path, engine: Path) -> None:
        self.folder = folder
        self.account = Account(folder / "account.json")
        self.provider = Provider(self.account)
        self.archive = folder / "service.zip"
        self.archive.write_bytes(b"packed")
        self._process: subprocess.Popen[str] | None = None
        self._plugin, plugin_port = serve(self.provider)
        self._program = grpc.server(futures.ThreadPoolExecutor(4))
        language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(_run_program), self._program)
        self._program_port = self._program.add_insecure_port("127.0.0.1:0")
        self._program.start()
        # Pulumi looks for the file of the project and its `main` where it is started.
        shutil.copy2(PROJECT / "Pulumi.yaml", folder)
        (folder / "infra").mkdir()
        (folder / "state").mkdir()
        self._environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(engine), os.environ["PATH"]]),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "only for this test",
            "PULUMI_DEBUG_PROVIDERS": f"aws:{plugin_port}",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }
        initialized = self._run("stack", "init", STACK)
        assert initialized.status == 0, initialized.says

    def close(self) -> None:
        """Stop the program's and the plugin's servers."""
        self._program.stop(None)
        self._plugin.stop(None)

    def configure(self, **settings: str) -> None:
        """Write the configuration of the stack; what is not given has its default."""
        file = self.folder / f"Pulumi.{STACK}.yaml"
        written: dict[str, Any] = yaml.safe_load(file.read_text()) if file.exists() else {}
        values = {"archive": str(self.archive), "functionArchive": str(self.archive), **settings}
        written["config"] = {
            "aws:region": "us-east-1",
            **{f"scalable-models:{key}": value for key, value in values.items()},
        }
        file.write_text(yaml.safe_dump(written))

    def up(self, *options: str, **settings: str) -> CommandResult:
        """Deploy a configuration."""
        self.configure(**settings)
        return self.command("up", "--skip-preview", *options)

    def command(self, verb: str, *options: str) -> CommandResult:
        """Run a command that changes the stack, without asking."""
        program = ("--client", f"127.0.0.1:{self._program_port}", "--exec-kind", "auto.inline")
        yes = () if verb == "preview" else ("--yes",)
        return self._run(verb, "--suppress-progress", *yes, *program, *options)

    def unlock(self) -> CommandResult:
        """Remove the lock of an engine that was killed."""
        return self._run("cancel", "--yes")

    def run_until_killed(self, verb: str, name: str) -> None:
        """Run a command with a plugin of its own process, which ends where it is to change `name`."""
        plugin = write_plugin(Path(tempfile.mkdtemp(dir=self.folder)) / "bin")
        attached = self._environment
        self._environment = {
            **{key: value for key, value in attached.items() if key != "PULUMI_DEBUG_PROVIDERS"},
            "PATH": os.pathsep.join([str(plugin), attached["PATH"]]),
            ACCOUNT_FILE: str(self.folder / "account.json"),
            DIES_AT: name,
        }
        try:
            # One at a time: AWS completes what is under way when a plugin ends, and Pulumi never hears of it.
            done = self.command(verb, "--skip-preview", "--parallel", "1")
        finally:
            self._environment = attached
        assert done.status != 0, done.says

    def up_until_engine_killed(self, name: str, **settings: str) -> CommandResult:
        """Deploy a configuration until AWS has created `name`; kill the engine before it hears of it."""

        def kill(created: str) -> None:
            if created == name and self._process is not None:
                self._process.kill()

        self.provider.before_answer = kill
        try:
            return self.up("--parallel", "1", **settings)
        finally:
            self.provider.before_answer = lambda _name: None

    def by_name(self) -> Mapping[str, StoredResource]:
        """Return what exists in the account, by logical name."""
        return {one.name: one for one in self.account.resources().values()}

    def operations(self) -> list[Operation]:
        """Return all that was done in the account so far."""
        return self.account.operations()

    def _run(self, *words: str) -> CommandResult:
        started = time.monotonic()
        with subprocess.Popen(
            ["pulumi", *_QUIET, *words],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as self._process:
            says, _ = self._process.communicate()
            return CommandResult(self._process.returncode, says, time.monotonic() - started)


def _run_program() -> None:
    runpy.run_path(str(PROJECT / "infra" / "__main__.py"), run_name="__main__")
