"""What an instance does when it boots: a script as a pure function of its settings.

Its first lines are plain assignments, so that whoever plays an instance reads from the very same launch
template what to run.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import asdict, dataclass
from typing import Final

LARGEST_BYTES: Final = 16_384
"""EC2 takes no more user data than this, before it is encoded (EC2 user guide, "User data")."""

_ASSIGNMENT: Final = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class BootSettings:
    """What differs from one stack to the next; each field is a setting of the script, in capitals."""

    archive_uri: str
    """Where the packed service lies, as `s3://<bucket>/<key>`."""
    archive_version: str
    """The object's S3 version: a template that is rolled back to still finds the archive that it named."""
    archive_sha256: str
    """In hexadecimal; an archive with another one is not unpacked."""
    region: str
    """Of the bucket and the instance, like `us-east-1`."""
    service_port: int
    workers: int
    """Processes that serve; one for each vCPU."""
    keep_alive_seconds: int
    """The service closes a connection that is silent for so long."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if re.search(r"[\x00-\x1f\x7f]", str(value)):
                raise ValueError(f"{name} has a control character: {value!r}")


def boot_script(settings: BootSettings) -> str:
    """Write the script that cloud-init runs once as root, on Amazon Linux 2023.

    Raises:
        ValueError: When it is larger than EC2 takes.
    """
    assignments = [f"{name.upper()}={shlex.quote(str(value))}" for name, value in asdict(settings).items()]
    script = "\n".join(["#!/bin/bash", *assignments, _STEPS])
    if len(script.encode()) > LARGEST_BYTES:
        raise ValueError(f"the boot script has {len(script.encode()):,} bytes, EC2 takes {LARGEST_BYTES:,}")
    return script


def read_settings(script: str) -> dict[str, str]:
    """Get the assignments back that a script of `boot_script` begins with."""
    # The lexer reads as the shell does: quotes are undone, comments are skipped.
    words = shlex.shlex(script, posix=True, punctuation_chars=False)
    words.whitespace_split = True
    settings: dict[str, str] = {}
    for word in words:
        assignment = _ASSIGNMENT.fullmatch(word)
        if assignment is None:
            break
        settings[assignment[1]] = assignment[2]
    return settings


# Python unpacks the archive, since it is there anyway. The files belong to root: the service can change none.
_STEPS: Final = r"""
set -euo pipefail
set -o errtrace
umask 022
trap 'echo "iris: boot failed at line $LINENO: $BASH_COMMAND" >&2' ERR

# A new instance may be a moment ahead of its network or of its role.
retry() {
  local attempt
  for attempt in 1 2 3 4; do
    "$@" && return
    sleep $((attempt * 2))
  done
  "$@"
}

retry dnf install --assumeyes --quiet python3.13

mkdir --parents /opt/iris
# On the same file system as its goal, so that the folder appears there complete or not at all.
draft=$(mktemp --directory /opt/iris/.boot.XXXXXX)
location=${ARCHIVE_URI#s3://}
retry aws s3api get-object --region "$REGION" --bucket "${location%%/*}" --key "${location#*/}" \
  --version-id "$ARCHIVE_VERSION" "$draft/archive.zip" >/dev/null
echo "$ARCHIVE_SHA256  $draft/archive.zip" | sha256sum --check --quiet

home=/opt/iris/$ARCHIVE_SHA256
mkdir "$draft/root"
python3.13 -m zipfile --extract "$draft/archive.zip" "$draft/root"
# The service may not write here, so it could never keep its bytecode. What does not compile fails when it is
# imported, with a message of its own.
python3.13 -m compileall -q "$draft/root" || true
mv "$draft/root" "$home"
rm --recursive --force "$draft"

metadata=http://169.254.169.254/latest
token=$(retry curl --fail --silent --show-error --request PUT \
  --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token")
instance=$(retry curl --fail --silent --show-error \
  --header "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/instance-id")

id --user iris >/dev/null 2>&1 || useradd --system --user-group --no-create-home --shell /sbin/nologin iris

mkdir --parents /etc/iris
cat >/etc/iris/service.env <<END
IRIS_HOST=0.0.0.0
IRIS_PORT=$SERVICE_PORT
IRIS_INSTANCE_ID=$instance
IRIS_WORKERS=$WORKERS
IRIS_KEEP_ALIVE_SECONDS=$KEEP_ALIVE_SECONDS
END

cat >/etc/systemd/system/iris.service <<END
[Unit]
Description=Iris prediction service
Wants=network-online.target
After=network-online.target
# Never give up: the load balancer decides when an instance is beyond help.
StartLimitIntervalSec=0

[Service]
User=iris
Group=iris
WorkingDirectory=$home
EnvironmentFile=/etc/iris/service.env
ExecStart=/usr/bin/python3.13 -m service.main
Restart=always
RestartSec=1
LimitNOFILE=65536
UMask=0077

# It listens, computes and answers; everything else is taken away, the instance's credentials first of all.
IPAddressDeny=169.254.169.254/32 fd00:ec2::254/128
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
END

systemctl daemon-reload
systemctl enable --now iris.service

if ! curl --fail --silent --show-error --output /dev/null --retry 30 --retry-delay 1 --retry-all-errors \
  "http://127.0.0.1:$SERVICE_PORT/readyz"; then
  journalctl --unit iris.service --lines 50 --no-pager >&2 || true
  exit 1
fi
echo "iris: $instance serves $ARCHIVE_URI ($ARCHIVE_SHA256)"
"""
