#!/usr/bin/env bash
# step.sh LOG BEGUN COMMAND: what make runs a line of a recipe with, unless V=1. The command and all that it says go to
# LOG. The user sees what begins, a line ": 'training standard'" of the recipe, said once by the make that began at
# BEGUN; warnings, but for one that begins with what the variable EXPECTED holds; the progress of what takes long; and
# the last lines of what fails.
set -euo pipefail
shopt -s lastpipe
log=$1 begun=$2 command=$3
mkdir -p "$(dirname "$log")"

if [[ $command =~ ^:\ \'(.*)\'$ ]]; then
  exec 9>>"$log"
  flock 9
  mark="== $begun: ${BASH_REMATCH[1]}"
  grep -qxF "$mark" "$log" || { echo "$mark" >&9; echo "${BASH_REMATCH[1]}"; }
  exit
fi

printf '%s\n' "$command" >>"$log"
name=
if [[ $command =~ (--out|/atso\.sh\ [^ ]+\ [^ ]+)\ ([^ ]+) ]]; then name=$(basename "${BASH_REMATCH[2]}"):; fi
last=() status=0 next=10
bash -euo pipefail -c "$command" </dev/null 2>&1 | {
  # What is interrupted may say so.
  trap '' INT TERM
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$log"
    last+=("$line")
    [ "${#last[@]}" -le 12 ] || last=("${last[@]:1}")
    if [[ $line == *": warning: "* && $line != *": warning: ${EXPECTED:-nothing}"* ]]; then
      echo "  $line" >&2
    elif [[ $line =~ :\ ([0-9]+\ of\ [0-9]+\ [a-z]+,\ [0-9:]+\ left)(.*(, Dice [^,]*))? ]]; then
      echo "  $name ${BASH_REMATCH[1]}${BASH_REMATCH[3]}"
    elif [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] && [ $SECONDS -ge "$next" ]; then
      echo "  ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]} steps"
      next=$((SECONDS + 10))
    fi
  done
} || status=${PIPESTATUS[0]}
# Who stops it knows.
[ "$status" = 0 ] || [ "$status" -ge 128 ] ||
  printf '%s\n' "$command" "${last[@]}" "The whole log is $log; V=1 prints commands as they run." >&2
exit "$status"
