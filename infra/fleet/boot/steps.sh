set -euo pipefail
set -o errtrace
umask 022

# The console output shows the message (`aws ec2 get-console-output`). Auto Scaling waits only until the agent
# has shipped it.
failed() {
  # An error in a command substitution is reported again outside of it.
  if [ "$BASH_SUBSHELL" != 0 ]; then return; fi
  echo "iris: boot failed at line $1: $2" >&2
  if [ -n "$LOG_GROUP" ]; then sleep 6; fi
  if [ -x /opt/iris/lifecycle ]; then /opt/iris/lifecycle complete_hook launched ABANDON || true; fi
}
trap 'failed "$LINENO" "$BASH_COMMAND"' ERR

# Network and role of a new instance may lag behind its start. Each attempt has a time limit, so that a permanent
# failure is noticed within minutes.
retry() {
  local attempt
  for attempt in 1 2 3 4; do
    "$@" && return
    sleep $((attempt * 2))
  done
  "$@"
}

mkdir --parents /opt/iris /etc/iris

if [ "$HOOKS" = yes ]; then
  cat >/etc/iris/boot.env <<END
REGION=$REGION
SERVICE_PORT=$SERVICE_PORT
END
  cat >/opt/iris/lifecycle <<'END'
@@lifecycle.sh@@
END
  chmod 755 /opt/iris/lifecycle
fi

packages=(python3.13)
if [ -n "$LOG_GROUP" ]; then packages+=(amazon-cloudwatch-agent logrotate); fi
retry dnf install --assumeyes --quiet --setopt=timeout=10 --setopt=retries=2 "${packages[@]}"

metadata=http://169.254.169.254/latest
token=$(retry curl --fail --silent --show-error --max-time 5 --request PUT \
  --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token")
instance=$(retry curl --fail --silent --show-error --max-time 5 \
  --header "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/instance-id")

if [ -n "$LOG_GROUP" ]; then
  # The agent reads files, not the journal; systemd opens this one before it drops the service's privileges. The
  # agent starts first, so that it ships the errors of all later steps.
  mkdir --parents /var/log/iris /etc/systemd/system/{iris.service.d,logrotate.timer.d}
  chmod 750 /var/log/iris
  cat >/etc/systemd/system/iris.service.d/log.conf <<END
[Service]
StandardOutput=append:/var/log/iris/service.log
StandardError=append:/var/log/iris/service.log
END
  cat >/etc/logrotate.d/iris <<END
@@logrotate.conf@@
END
  cat >/etc/systemd/system/logrotate.timer.d/often.conf <<END
@@logrotate.timer@@
END
  cat >/etc/iris/agent.json <<END
@@agent.json@@
END
  /opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s \
    -c file:/etc/iris/agent.json >/dev/null
fi

# On the file system of the target folder, so that `mv` is atomic.
draft=$(mktemp --directory /opt/iris/.boot.XXXXXX)
location=${ARCHIVE_URI#s3://}
retry aws s3api get-object --region "$REGION" --bucket "${location%%/*}" --key "${location#*/}" \
  --version-id "$ARCHIVE_VERSION" --cli-connect-timeout 5 --cli-read-timeout 30 "$draft/archive.zip" >/dev/null
echo "$ARCHIVE_SHA256  $draft/archive.zip" | sha256sum --check --quiet

# Unpack with Python, which is installed anyway. The files belong to root: the service cannot change them.
home=/opt/iris/$ARCHIVE_SHA256
mkdir "$draft/root"
python3.13 -m zipfile --extract "$draft/archive.zip" "$draft/root"
# The service cannot write bytecode here. A file that does not compile fails at its import, with its own message.
python3.13 -m compileall -q "$draft/root" || true
mv "$draft/root" "$home"
rm --recursive --force "$draft"

id --user iris >/dev/null 2>&1 || useradd --system --user-group --no-create-home --shell /sbin/nologin iris

cat >/etc/iris/service.env <<END
IRIS_HOST=0.0.0.0
IRIS_PORT=$SERVICE_PORT
IRIS_INSTANCE_ID=$instance
IRIS_WORKERS=$WORKERS
IRIS_KEEP_ALIVE_SECONDS=$KEEP_ALIVE_SECONDS
IRIS_DOCS=$DOCS
IRIS_GRACE_SECONDS=0
END

cat >/etc/systemd/system/iris.service <<END
@@iris.service@@
END

systemctl daemon-reload
if [ -n "$LOG_GROUP" ]; then
  systemctl enable logrotate.timer
  systemctl restart logrotate.timer
fi
systemctl enable --now iris.service

if ! curl --fail --silent --show-error --max-time 5 --output /dev/null \
  --retry 30 --retry-delay 1 --retry-max-time 60 --retry-all-errors \
  "http://127.0.0.1:$SERVICE_PORT/readyz"; then
  journalctl --unit iris.service --lines 50 --no-pager >&2 || true
  if [ -n "$LOG_GROUP" ]; then tail --lines 50 /var/log/iris/service.log >&2 || true; fi
  failed "$LINENO" "the service is not ready"
  exit 1
fi

if [ "$HOOKS" = yes ]; then
  cat >/etc/systemd/system/iris-lifecycle.service <<END
@@iris-lifecycle.service@@
END
  systemctl daemon-reload
  systemctl enable --now iris-lifecycle.service
fi

# Seconds since the kernel's start, for instanceWarmupSeconds and launchTimeoutSeconds.
read -r uptime _ </proc/uptime
echo "iris: $instance serves $ARCHIVE_URI ($ARCHIVE_SHA256) after ${uptime%.*} s"
