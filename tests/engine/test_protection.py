"""Deletions that the deployed stack refuses, by Pulumi's real engine with a small program."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

import pytest
import yaml
from pulumi.automation import PulumiCommand

from scripts.deploy.pulumi_cli import PulumiError
from scripts.deploy.pulumi_stack import PulumiStack
from tests.engine.cli import ENGINE, needs_engine, write_plugin
from tests.engine.plugin.account import Account
from tests.engine.plugin.provider import ACCOUNT_FILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    needs_engine,
    pytest.mark.timeout(300),
]

PROGRAM: Final = """
import os, pulumi, pulumi_aws as aws
protect = "PROTECTED" in os.environ
if "ONLY_OTHER" not in os.environ:
    aws.s3.Bucket("logs", force_destroy=not protect, opts=pulumi.ResourceOptions(protect=protect))
aws.sns.Topic("other", display_name=os.environ.get("DISPLAY_NAME", "first"))
"""


@pytest.fixture
def open_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], PulumiStack]:
    assert ENGINE is not None
    project = tmp_path / "project"
    project.mkdir()
    (project / "__main__.py").write_text(PROGRAM)
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
    (project / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "small", "runtime": runtime}))
    (project / "Pulumi.prod.yaml").write_text("config:\n  aws:region: us-east-1\n")
    (tmp_path / "state").mkdir()
    for name, value in {
        "PATH": os.pathsep.join([str(write_plugin(tmp_path / "bin")), str(ENGINE), os.environ["PATH"]]),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "only for this test",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        ACCOUNT_FILE: str(tmp_path / "account.json"),
    }.items():
        monkeypatch.setenv(name, value)
    return lambda: PulumiStack.open(PulumiCommand(), project, "prod", lambda _: None, create=True)


def test_a_protected_resource_is_refused_before_anything_else_changes(
    open_stack: Callable[[], PulumiStack], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    account = Account(tmp_path / "account.json")
    monkeypatch.setenv("PROTECTED", "yes")
    stack = open_stack()
    stack.up()
    deployed = account.resources()
    assert sorted(one.name for one in deployed.values()) == ["logs", "other"]

    take_off = (
        "run `pulumi config set deletionProtection false -s prod` "
        "and `iris deploy up --stack prod --no-policies`"
    )
    with pytest.raises(PulumiError) as refused:
        stack.require_removable()
    assert str(refused.value) == (
        "the deployed stack prod is protected, and nothing was changed: "
        f"the bucket logs can't be deleted until you {take_off}"
    )

    monkeypatch.setenv("ONLY_OTHER", "yes")
    monkeypatch.setenv("DISPLAY_NAME", "second")
    with pytest.raises(PulumiError) as refused:
        stack.preview()
    assert str(refused.value).endswith(
        f"the bucket logs can't be deleted until you undo this change, {take_off}"
    )
    assert account.resources() == deployed

    # Without its preview, Pulumi changes the other resource first: this is what the preview is for.
    with pytest.raises(PulumiError):
        stack.up()
    assert account.resources() != deployed

    # The two commands, and it goes.
    monkeypatch.delenv("ONLY_OTHER")
    monkeypatch.delenv("PROTECTED")
    stack.up()
    stack.require_removable()
    stack.destroy()
    assert account.resources() == {}
