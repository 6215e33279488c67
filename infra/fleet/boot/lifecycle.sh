#!/bin/bash
# Completes the lifecycle hooks of this instance: `watch`, or `complete_hook <hook> <result>`.
set -euo pipefail
. /etc/iris/boot.env

# Maximum attempts to complete a hook, for a group without hooks.
MAXIMUM_ATTEMPTS=60

metadata() {
  local at=http://169.254.169.254/latest token
  token=$(curl --fail --silent --max-time 5 --request PUT \
    --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$at/api/token")
  curl --fail --silent --max-time 5 --header "X-aws-ec2-metadata-token: $token" "$at/meta-data/$1"
}

# Fails without a pending lifecycle action, and without access to Auto Scaling.
call_auto_scaling() {
  local operation=$1 hook=$2
  aws autoscaling "$operation" --region "$REGION" --cli-connect-timeout 5 --cli-read-timeout 10 \
    --auto-scaling-group-name "$(metadata tags/instance/aws:autoscaling:groupName)" \
    --instance-id "$(metadata instance-id)" --lifecycle-hook-name "$hook" "${@:3}" 2>&1
}

complete_hook() {
  call_auto_scaling complete-lifecycle-action "$1" --lifecycle-action-result "$2"
}

ready() {
  curl --fail --silent --max-time 5 --output /dev/null "http://127.0.0.1:$SERVICE_PORT/readyz"
}

watch() {
  local goal completed='' attempts=0
  while true; do
    goal=$(metadata autoscaling/target-lifecycle-state || true)
    case $goal in
      InService | Warmed:Stopped)
        if [ "$goal" != "$completed" ] && ready; then
          attempts=$((attempts + 1))
          # The instance may be ready before the lifecycle action begins; then it tries again.
          if complete_hook launched CONTINUE || [ "$attempts" -ge "$MAXIMUM_ATTEMPTS" ]; then
            completed=$goal attempts=0
          fi
        fi
        ;;
      Terminated | Warmed:Terminated)
        # The target state changes while the load balancer still drains this instance. The lifecycle action,
        # which accepts a heartbeat, begins later. The agent ships the last logs of the service within 5 s.
        if call_auto_scaling record-lifecycle-action-heartbeat terminated; then
          systemctl stop iris.service
          sleep 6
          if complete_hook terminated CONTINUE; then return; fi
        fi
        ;;
    esac
    sleep 5
  done
}

"$@"
