"""`pulumi up` and what follows, by Pulumi's real engine, in a fresh copy of the project.

The stand-in for the AWS plugin creates nothing and enforces some of AWS's rules; the rest is not shown.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.engine.cli import ENGINE, PROJECT, CommandResult, FreshCopy, needs_engine
from tests.engine.plugin.account import Account, StoredResource
from tests.infra.mock_aws import deploy_stack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    needs_engine,
    # The first command installs 40 distributions with pip, from the network where its cache lacks them.
    pytest.mark.timeout(1_800),
]


@dataclass(frozen=True)
class Session:
    """Results of a user's commands, in order."""

    copy: FreshCopy
    first: CommandResult
    created: dict[str, StoredResource]
    second: CommandResult
    destroyed: CommandResult
    remaining: dict[str, StoredResource]
    refused: CommandResult
    """Preview of another stack, which a rule is against."""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    assert ENGINE is not None
    copy = FreshCopy(tmp_path_factory.mktemp("fresh"), ENGINE)
    account = Account(copy.account_file)
    initialized = copy.run("stack", "init", "dev")
    assert initialized.status == 0, initialized.says
    up = ("up", "--yes", "--suppress-progress", "--policy-pack", "policy")
    first = copy.run(*up)
    created = account.resources()
    second = copy.run(*up)
    destroyed = copy.run("destroy", "--yes", "--suppress-progress")
    remaining = account.resources()
    assert copy.run("stack", "init", "prod").status == 0
    settings = ("--config", "aws:region=us-east-1", "--config", "deletionProtection=false")
    refused = copy.run("preview", "--suppress-progress", "--policy-pack", "policy", *settings)
    return Session(copy, first, created, second, destroyed, remaining, refused)


# Modules of pulumi_aws warn of their own old names when they are loaded.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_first_command_installs_what_it_needs_and_creates_what_the_program_asks_for(
    session: Session, tmp_path: Path, record_property: Callable[[str, object], None]
):
    assert session.first.status == 0, session.first.says
    archive = tmp_path / "service.zip"
    archive.write_bytes(b"packed")
    described = yaml.safe_load((PROJECT / "Pulumi.dev.yaml").read_text())["config"]
    config = {key.removeprefix("scalable-models:"): str(value).lower() for key, value in described.items()}
    del config["aws:region"]
    requested = [one.type for one in deploy_stack({**config, "archive": str(archive)}).resources.values()]
    assert Counter(one.type for one in session.created.values()) == Counter(requested)
    record_property(
        "figure", f"first `pulumi up` {session.first.seconds:.0f} s, second {session.second.seconds:.0f} s"
    )


def test_the_policy_pack_runs_in_the_same_environment_and_refuses_what_breaks_a_rule(session: Session):
    assert "scalable-models@v0.1.0 (local: policy)" in session.first.says
    assert session.refused.status != 0
    assert re.search(r"\[mandatory\] +deletion-protection-enabled .*iris-alb", session.refused.says), (
        session.refused.says
    )


def test_the_same_again_changes_nothing(session: Session):
    assert session.second.status == 0, session.second.says
    assert session.second.counts() == {"unchanged": session.first.counts()["created"]}


def test_destroy_leaves_nothing(session: Session):
    assert session.destroyed.status == 0, session.destroyed.says
    assert session.destroyed.counts() == {"deleted": session.first.counts()["created"]}
    assert session.remaining == {}
