#!/usr/bin/env bash
# wait.sh FOLDER: until no job that submit.sh sent from FOLDER is in the queue. POLL: seconds between looks.
set -euo pipefail
[ -s "$1/jobs" ] || exit 0
echo "waiting for the jobs $(tr '\n' ' ' <"$1/jobs")(squeue --me shows them)" >&2
while true; do
  # A controller that does not answer is no empty queue.
  if queued=$(squeue --noheader --me --format=%F); then
    grep -qxFf "$1/jobs" <<<"$queued" || break
  fi
  sleep "${POLL:-30}"
done
