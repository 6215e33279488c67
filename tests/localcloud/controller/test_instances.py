"""Process of a local instance."""

from __future__ import annotations

import base64
import sys
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from localcloud import processes
from localcloud.aws.clients import Api
from localcloud.controller.instances import (
    INSTANCE_ID,
    PORT,
    LaunchSettings,
    find_survivors,
    launch,
    read_launch_settings,
)
from localcloud.environment import Identity
from localcloud.state_dir import StateDir
from tests.stubbed import stub
from tests.suite.waiting import until

if TYPE_CHECKING:
    from pathlib import Path


def boot(sha256: str) -> LaunchSettings:
    return LaunchSettings(
        archive="s3://archives/some/service.zip",
        version="3",
        sha256=sha256,
        keep_alive_seconds="75",
        docs="on",
    )


@pytest.fixture
def state_dir(tmp_path: Path) -> StateDir:
    state_dir = StateDir(tmp_path)
    state_dir.archives.mkdir(parents=True)
    return state_dir


def printed(state_dir: StateDir, folder: Path, program: str, boot: LaunchSettings) -> str:
    """Launch an instance whose service is this program; return what it prints."""
    (folder / "service").mkdir(parents=True)
    (folder / "service/__init__.py").touch()
    (folder / "service/main.py").write_text(program)
    identity = Identity(
        stack="dev", region="eu-west-1", endpoint="http://127.0.0.1:1", balancer_url="", key_file=""
    )
    process = launch(state_dir, identity, "i-1", boot, folder, 8080)
    until(lambda: not processes.is_alive(process), 60)
    return (state_dir.logs / "i-1.log").read_text()


def test_an_instance_finds_only_what_its_archive_contains(state_dir: StateDir, tmp_path: Path):
    program = (
        "from importlib.util import find_spec\n"
        "print([name for name in ('json', 'service', 'uvicorn') if find_spec(name)])\n"
    )
    assert find_spec("uvicorn")  # in the environment of this process
    assert printed(state_dir, tmp_path / "archive", program, boot("0" * 64)) == "['json', 'service']\n"


def test_an_instance_gets_the_settings_of_its_launch_template(state_dir: StateDir, tmp_path: Path):
    program = "import os\nprint(*(os.environ[f'IRIS_{name}'] for name in ('KEEP_ALIVE_SECONDS', 'DOCS')))\n"
    settings = replace(boot("0" * 64), docs="off")
    assert printed(state_dir, tmp_path / "archive", program, settings) == "75 off\n"


def test_an_instance_listens_only_on_this_machine_and_reports_its_load(state_dir: StateDir, tmp_path: Path):
    program = "import os\nprint(*(os.environ[f'IRIS_{name}'] for name in ('HOST', 'PORT', 'REPORT_LOAD')))\n"
    assert printed(state_dir, tmp_path / "archive", program, boot("0" * 64)) == "127.0.0.1 8080 on\n"


# Launch templates of earlier releases say nothing of the documentation, which was always there.
@pytest.mark.parametrize(("line", "docs"), [("DOCS=off\n", "off"), ("DOCS=on\n", "on"), ("", "on")])
def test_the_settings_of_an_instance_are_those_of_the_user_data(line: str, docs: str):
    script = (
        "#!/bin/bash\nARCHIVE_URI=s3://archives/some/service.zip\nARCHIVE_VERSION=3\n"
        f"ARCHIVE_SHA256={'0' * 64}\nKEEP_ALIVE_SECONDS=75\n{line}echo boot\n"
    )
    data = {"UserData": base64.b64encode(script.encode()).decode()}
    api = Api("http://127.0.0.1:1", "eu-west-1")
    asked = {"LaunchTemplateId": "lt-1", "Versions": ["2"]}
    answer = {"LaunchTemplateVersions": [{"LaunchTemplateData": data}]}
    with stub(api.client("ec2"), [("describe_launch_template_versions", asked, answer)]):
        assert read_launch_settings(api, "lt-1", "2") == replace(boot("0" * 64), docs=docs)


@pytest.mark.parametrize(
    ("published", "found"),
    [
        ('{"i-1": {"state": "healthy"}}', "healthy"),
        ('{"i-1": {"state": "draining"}}', "draining"),
        ('{"i-1": {"state": "initial"}}', "booting"),
        ('{"i-2": {"state": "healthy"}}', "booting"),
        ("{", "booting"),
    ],
)
def test_an_instance_that_outlives_a_controller_has_the_state_that_it_published(
    state_dir: StateDir, published: str, found: str
):
    process = processes.start(
        [sys.executable, "-c", "import time; time.sleep(60)"],
        home=state_dir.home,
        role="instance",
        log=state_dir.logs / "i-1.log",
        environment={INSTANCE_ID: "i-1", PORT: "8080"},
    )
    state_dir.target_health.write_text(published)
    try:
        (survivor,) = find_survivors(state_dir, {"i-1"})
    finally:
        processes.stop([process], grace=0.1)
    assert (survivor.instance_id, survivor.port, survivor.state) == ("i-1", 8080, found)
    assert survivor.detached
