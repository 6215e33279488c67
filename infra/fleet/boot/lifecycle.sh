#!/bin/bash
# Speaks for this instance to its Auto Scaling group: `watch`, or `answer <hook> <result>`.
set -euo pipefail
. /etc/iris/boot.env

# A group that has no hooks is asked no more than so often whether it waits.
TRIES=60

metadata() {
  local at=http://169.254.169.254/latest token
  token=$(curl --fail --silent --max-time 5 --request PUT \
    --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$at/api/token")
  curl --fail --silent --max-time 5 --header "X-aws-ec2-metadata-token: $token" "$at/meta-data/$1"
}

# Fails where nobody waits, not yet or not any more, and where nobody hears it.
tell() {
  local what=$1 hook=$2
  aws autoscaling "$what" --region "$REGION" --cli-connect-timeout 5 --cli-read-timeout 10 \
    --auto-scaling-group-name "$(metadata tags/instance/aws:autoscaling:groupName)" \
    --instance-id "$(metadata instance-id)" --lifecycle-hook-name "$hook" "${@:3}" 2>&1
}

answer() {
  tell complete-lifecycle-action "$1" --lifecycle-action-result "$2"
}

ready() {
  curl --fail --silent --max-time 5 --output /dev/null "http://127.0.0.1:$SERVICE_PORT/readyz"
}

watch() {
  local goal answered='' tried=0
  while true; do
    goal=$(metadata autoscaling/target-lifecycle-state || true)
    case $goal in
      InService | Warmed:Stopped)
        if [ "$goal" != "$answered" ] && ready; then
          tried=$((tried + 1))
          # Ready sooner than Auto Scaling waits for it: then it is told again.
          if answer launched CONTINUE || [ "$tried" -ge "$TRIES" ]; then
            answered=$goal tried=0
          fi
        fi
        ;;
      Terminated | Warmed:Terminated)
        # That is the goal while the load balancer still drains this instance. Only then does Auto Scaling wait
        # for it, and take a heartbeat. The agent ships what the service says last within 5 s.
        if tell record-lifecycle-action-heartbeat terminated; then
          systemctl stop iris.service
          sleep 6
          if answer terminated CONTINUE; then return; fi
        fi
        ;;
    esac
    sleep 5
  done
}

"$@"
