"""LocalStack as a process: ports, connections, files and exit."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psutil

from localcloud.aws.credentials import generate_credentials, write_credentials
from localcloud.localstack import server
from localcloud.processes import is_port_in_use
from tests.localcloud.localstack.fleet import make_fleet
from tests.localcloud.localstack.lambda_api.functions import make_functions, surviving
from tests.localcloud.localstack.running import ENDS_WITHIN, KEY, LOG, READY_WITHIN, run, spawn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.localcloud.localstack.lambda_api.functions import Functions
    from tests.localcloud.localstack.running import Running


def test_it_listens_on_one_port_of_the_loopback_address(localstack: Running) -> None:
    connections = psutil.Process(localstack.process.pid).net_connections("inet")

    listening = {
        tuple(each.laddr) for each in connections if each.status in {psutil.CONN_LISTEN, psutil.CONN_NONE}
    }
    assert listening == {("127.0.0.1", localstack.port)}


def test_it_connects_only_to_this_machine(localstack: Running) -> None:
    localstack.client("route53").list_hosted_zones()  # moto would search for the machine's own credentials

    connections = psutil.Process(localstack.process.pid).net_connections("inet")

    assert {each.raddr[0] for each in connections if each.raddr} <= {"127.0.0.1"}


def test_it_inherits_nothing_of_our_environment(localstack: Running) -> None:
    given = psutil.Process(localstack.process.pid).environ()

    assert given == server.environment(
        localstack.port,
        localstack.volume,
        localstack.key_file,
        localstack.target_health,
        time_factor=1,
    )


def test_it_starts_only_processes_of_functions(functions: Functions, deeds: str) -> None:
    answering = functions.describe(deeds)["pid"]

    commands = {process.pid: process.cmdline() for process in functions.processes()}

    assert answering in commands
    assert all("/functions/runtime/bootstrap.py" in " ".join(command) for command in commands.values())


def test_it_does_not_use_docker(functions: Functions, deeds: str) -> None:
    functions.describe(deeds)

    assert "docker" not in (functions.localstack.folder / LOG).read_text().lower()


def test_it_keeps_its_files_in_its_folder(localstack: Running) -> None:
    s3, bucket = localstack.client("s3"), f"folder-{uuid4()}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    s3.put_object(Bucket=bucket, Key="archive", Body=bytes(2**20))

    files = [Path(each.path) for each in psutil.Process(localstack.process.pid).open_files()]

    written = {path for path in files if not path.is_relative_to(server.ENVIRONMENT)}
    assert localstack.folder / LOG in written
    assert all(path.is_relative_to(localstack.volume) for path in written - {localstack.folder / LOG})
    assert (localstack.volume / "cache" / "plux").is_dir()
    # A bucket is a folder; the file of an object in it is unnamed.
    assert (localstack.volume / "tmp" / "s3" / bucket).is_dir()
    assert not [path for path in folders_in_temporary_folders() if path.name.startswith(bucket)]


def folders_in_temporary_folders() -> Iterator[Path]:
    """Yield the folders in those of all programs, which may be gone meanwhile, or closed to this user."""
    for folder in Path(tempfile.gettempdir()).iterdir():
        with suppress(OSError):
            yield from (path for path in folder.iterdir() if path.is_dir())


def test_it_finds_the_services_by_the_index_of_its_environment(localstack: Running) -> None:
    localstack.client("sts").get_caller_identity()

    assert list((localstack.volume / "usr/lib/localstack").glob("service-catalog-*.dill"))
    assert not list((localstack.volume / "var/lib/localstack/cache").glob("service-catalog-*"))


def test_without_a_load_balancer_every_target_is_healthy(tmp_path: Path) -> None:
    with run(tmp_path) as localstack:
        fleet = make_fleet(localstack)
        group = fleet.make_group(2)

        health = fleet.health()

        assert health.keys() == fleet.zones(group).keys()
        assert {each["State"] for each in health.values()} == {"healthy"}


def test_it_exits_after_sigterm_and_leaves_neither_port_nor_process(tmp_path: Path) -> None:
    with run(tmp_path) as localstack:
        functions = make_functions(localstack)
        idle = functions.describe(functions.make("idle"))["pid"]
        busy = functions.start(functions.make("busy", Timeout=30), tmp_path / "pids")

        localstack.process.terminate()

        assert localstack.process.wait(ENDS_WITHIN) == 0
        assert not is_port_in_use(localstack.port)
        assert surviving([idle, *busy]) == []


def test_it_exits_with_an_error_if_its_port_is_in_use(localstack: Running, tmp_path: Path) -> None:
    write_credentials(tmp_path / KEY, generate_credentials())
    with spawn(tmp_path, localstack.port) as process:
        assert process.wait(READY_WITHIN) != 0

    said = (tmp_path / LOG).read_text()
    assert said == f"LocalStack can't listen on 127.0.0.1:{localstack.port}: Address already in use\n"
    assert localstack.process.poll() is None
