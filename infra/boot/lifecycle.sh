#!/bin/bash
# Speaks for this instance to its Auto Scaling group: `watch`, or `answer <hook> <result>`.
set -euo pipefail
. /etc/iris/boot.env

metadata() {
  local at=http://169.254.169.254/latest token
  token=$(curl --fail --silent --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$at/api/token")
  curl --fail --silent --header "X-aws-ec2-metadata-token: $token" "$at/meta-data/$1"
}

# Where nobody waits for an answer it is refused, and that is well.
answer() {
  aws autoscaling complete-lifecycle-action --region "$REGION" \
    --auto-scaling-group-name "$(metadata tags/instance/aws:autoscaling:groupName)" \
    --instance-id "$(metadata instance-id)" \
    --lifecycle-hook-name "$1" --lifecycle-action-result "$2" 2>&1 || true
}

ready() {
  curl --fail --silent --output /dev/null "http://127.0.0.1:$SERVICE_PORT/readyz"
}

watch() {
  local goal answered=
  while true; do
    goal=$(metadata autoscaling/target-lifecycle-state || true)
    case $goal in
      InService | Warmed:Stopped)
        if [ "$goal" != "$answered" ] && ready; then
          answer launched CONTINUE
          answered=$goal
        fi
        ;;
      Terminated | Warmed:Terminated)
        # The load balancer has drained this instance before Auto Scaling asks. The agent ships every 5 s.
        systemctl stop iris.service
        sleep 6
        answer terminated CONTINUE
        return
        ;;
    esac
    sleep 5
  done
}

"$@"
