"""Two users of one machine: neither disturbs the other nor reads what is private."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import pytest

from localcloud.health_probe import NO_CERTIFICATES
from localcloud.localstack import server
from tests.localcloud.localstack.lambda_api.functions import make_functions
from tests.localcloud.localstack.running import LOG, files_in, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.localcloud.localstack.lambda_api.functions import Functions
    from tests.localcloud.localstack.running import Running

NOBODY: Final = 65534
"""User id of Linux's unprivileged user."""

READ_EVERYTHING: Final = """
import os, pathlib, sys
for name in sys.argv[1:]:
    path = pathlib.Path(name)
    try:
        found = [*path.iterdir()] if path.is_dir() else path.read_bytes()
        print(f"{name}: {found!r}")
    except OSError:
        pass
"""
"""Program that prints the content of the files and folders that it can read."""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


def as_nobody(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


@pytest.fixture(scope="module")
def python() -> str:
    """Return an interpreter that every user can run; that of the tests can be in root's own folder."""
    found = shutil.which("python3", path=os.defpath)
    if found is None:
        pytest.skip("the system has no Python for all users")
    return found


@pytest.fixture(scope="module")
def shared_environment() -> None:
    """Skip a test that runs LocalStack as another user if only root can."""
    try:
        accessible = (
            as_nobody(server.ENVIRONMENT / "bin" / "python", "-c", "import localstack").returncode == 0
        )
    except PermissionError:
        accessible = False
    if not accessible:
        pytest.skip(f"{server.ENVIRONMENT} or its interpreter is accessible only to root")


@pytest.fixture
def home_of_nobody() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="two-users-", dir="/tmp") as folder:
        os.chown(folder, NOBODY, NOBODY)
        yield Path(folder).resolve()


def owned_by_nobody(folder: Path) -> set[Path]:
    owned: set[Path] = set()
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # other programs end
            if path.lstat().st_uid == NOBODY:
                owned.add(path)
    return owned


def test_another_user_reads_nothing_of_the_processes(
    localstack: Running, functions: Functions, deeds: str, python: str
) -> None:
    pids = [localstack.process.pid, functions.describe(deeds)["pid"]]
    private = [
        f"/proc/{pid}/{name}" for pid in pids for name in ("environ", "fd", "cwd/", "root/", "maps", "mem")
    ]
    public = f"/proc/{pids[0]}/cmdline"

    read = as_nobody(python, "-c", READ_EVERYTHING, *private, public)

    assert read.returncode == 0, read.stderr
    assert read.stdout.startswith(public), read.stdout
    key = localstack.api.credentials
    for secret in (key.secret_access_key, key.access_key_id):
        assert secret not in read.stdout


def test_another_user_is_refused_by_the_aws_api(localstack: Running, python: str) -> None:
    program = (
        "import sys, urllib.request, urllib.error\n"
        "try: urllib.request.urlopen(sys.argv[1])\n"
        "except urllib.error.HTTPError as error: print(error.code)\n"
    )

    answered = as_nobody(python, "-c", program, f"{localstack.api.endpoint}/_localstack/health")

    assert answered.stdout == "403\n"


@pytest.mark.usefixtures("shared_environment")
def test_two_users_run_a_localstack_at_the_same_time_and_leave_nothing(
    localstack: Running, functions: Functions, home_of_nobody: Path
) -> None:
    shared = Path("/tmp")  # noqa: S108 - where programs of all users store files
    before = owned_by_nobody(shared)

    with run(home_of_nobody, user=NOBODY) as other:
        for each in (localstack, other):
            s3 = each.client("s3")
            where = {"LocationConstraint": s3.meta.region_name}
            s3.create_bucket(Bucket="of-two-users", CreateBucketConfiguration=where)
            s3.put_object(Bucket="of-two-users", Key="k", Body=str(each.port).encode())
        theirs = make_functions(other)
        assert theirs.describe(theirs.make("two-users"))["pid"]
        assert functions.describe(functions.make("two-users"))["pid"]
        for each in (localstack, other):
            with each.client("s3").get_object(Bucket="of-two-users", Key="k")["Body"] as body:
                assert body.read() == str(each.port).encode()
            for refused in (localstack, other):
                url = refused.client("s3").generate_presigned_url(
                    "get_object", Params={"Bucket": "of-two-users", "Key": "k"}
                )
                moved = url.replace(str(refused.port), str(each.port))
                assert httpx.get(moved, trust_env=False, verify=NO_CERTIFICATES).status_code == (
                    200 if each is refused else 403
                )
        assert {found.st_uid for _, found in files_in(home_of_nobody / "volume")} == {NOBODY}

    assert owned_by_nobody(shared) == before
    assert "Traceback" not in (home_of_nobody / LOG).read_text()
