"""Controls of the page: the action of each button, by name."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import processes
from localcloud.aws.credentials import CredentialsError
from localcloud.controller import aws_queries
from localcloud.environment import Identity
from localcloud.incompatible_state import IncompatibleStateError
from localcloud.load_balancer.firewall.files import FirewallFiles
from scripts.local.watch.actions import settings
from scripts.local.watch.actions.attacks import attack
from scripts.local.watch.actions.faults import Faults
from scripts.local.watch.actions.load import Load
from scripts.local.watch.actions.outcome import ActionError, Outcome
from scripts.local.watch.actions.release import Releases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from localcloud.aws.clients import Api
    from localcloud.state_dir import StateDir

NOTICES: Final = 4
"""Number of outcomes that the page shows."""


@dataclass(frozen=True)
class Activity:
    """Actions of the page that go on or have ended lately."""

    commands: tuple[str, ...] = ()
    """Loads that run, as commands."""
    slow: frozenset[str] = frozenset()
    """Ids of the instances that are slow."""
    release: str = ""
    """Latest line of a roll-out."""
    release_failed: bool = False
    notices: tuple[tuple[str, Outcome], ...] = ()
    """Time and outcome of the latest actions, newest first."""


class Controls:
    """Actions on the cloud in one folder."""

    def __init__(self, state_dir: StateDir) -> None:
        """Create the controls; nothing is done yet."""
        self._state_dir = state_dir
        self._load = Load()
        self._faults = Faults(state_dir)
        self._releases = Releases(state_dir)
        self._notices: deque[tuple[str, Outcome]] = deque(maxlen=NOTICES)

    @property
    def activity(self) -> Activity:
        """Actions that go on."""
        return Activity(
            tuple(self._load.commands),
            self._faults.slow,
            self._releases.line,
            self._releases.failed,
            tuple(self._notices),
        )

    def run(self, action: str, fields: Mapping[str, str]) -> Outcome:
        """Run an action, keep its outcome for the page, and return it.

        Args:
            action: Name of the action, with the name of its thing after a blank if it has one.
            fields: Fields of the form.
        """
        try:
            outcome = self._act(action, fields)
        except ActionError as error:
            outcome = error.outcome
        except (BotoCoreError, ClientError, CredentialsError) as error:
            outcome = Outcome("impossible", {"reason": error}, is_bad=True)
        self._notices.appendleft((datetime.now(UTC).strftime("%H:%M:%S"), outcome))
        return outcome

    def close(self) -> None:
        """Stop the load, and let slow instances run again; a roll-out goes on."""
        self._load.stop()
        self._faults.close()
        self._releases.close()

    def _act(self, action: str, fields: Mapping[str, str]) -> Outcome:
        verb, _, name = action.partition(" ")
        of_things: dict[str, Callable[[str], Outcome]] = {
            "kill": self._faults.kill,
            "freeze": self._faults.freeze,
            "slow": self._faults.slow_down,
            "kill-balancer": self._faults.kill_balancer,
            "lose-zone": self._faults.lose_zone,
            "restore-zone": self._faults.restore_zone,
            "release": lambda kind: self._releases.release(good=kind != "bad"),
            "stop": lambda _: self._load.stop(),
        }
        if verb in of_things:
            return of_things[verb](name)
        identity = self._identity()
        of_url: dict[str, Callable[[str], Outcome]] = {
            "load": lambda url: self._load.start(url, name, fields),
            "flood": self._load.flood,
            "attack": partial(attack, kind=name, files=FirewallFiles(self._state_dir.firewall)),
        }
        if verb in of_url:
            return of_url[verb](identity.balancer_url)
        return self._change(verb, name, fields, identity)

    def _change(self, verb: str, name: str, fields: Mapping[str, str], identity: Identity) -> Outcome:
        changes: dict[str, Callable[[Api, Mapping[str, Any]], Outcome]] = {
            "algorithm": partial(settings.change_algorithm, algorithm=fields.get("algorithm", "")),
            "size": partial(settings.change_size, fields=fields),
            "target": partial(settings.change_target, fields=fields),
            "firewall": partial(settings.change_firewall, blocks=name == "block"),
        }
        if verb not in changes:
            raise ActionError("unknown_action", name=verb)
        outputs = aws_queries.read_outputs(identity.api, identity.stack)
        if not outputs or "autoScalingGroup" not in outputs:
            raise ActionError("no_fleet")
        return changes[verb](identity.api, outputs)

    def _identity(self) -> Identity:
        found = processes.find(self._state_dir.home)
        try:
            if found:
                return Identity.from_environment(found[0].environment)
        except IncompatibleStateError as error:
            raise ActionError("impossible", reason=error) from None
        raise ActionError("down")
