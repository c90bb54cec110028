#!/usr/bin/env bash
# What processes that train together gain on this machine: a training's iterations by one process with all threads, by
# one with one thread, and by as many ranks of one thread as there are processors, each in turn.
#   examples/ranks.sh cs-train-coop --cases train.jsonl
# Settings: ROUNDS=3 (of which the median counts), RANKS="2" (numbers of ranks).
set -euo pipefail
[ $# -gt 1 ] || { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
processors=$(nproc) ranks=${RANKS:-$(nproc)} rounds=${ROUNDS:-3}
scratch=$(mktemp -d)
# shellcheck disable=SC2064
trap "rm -rf '$scratch'" EXIT

# One row's measurements: NAME RANKS THREADS.
measure() {
  "${training[@]}" --ranks "$2" --threads "$3" --plan --json >"$scratch/plan"
  number() { sed -nE "s/^ *\"$1\": ([0-9.e+-]+),?/\1/p" "$scratch/plan"; }
  echo "$(number seconds_per_iteration) $(number sums_per_iteration) $(number megabytes_per_iteration)" \
    "$(number waiting)" >>"$scratch/$1"
}
training=("$@")
for ((round = 0; round < rounds; ++round)); do
  measure threads 1 "$processors"
  measure alone 1 1
  for n in $ranks; do measure "ranks-$n" "$n" 1; done
done
row() { # TEXT NAME
  sort -g "$scratch/$2" | sed -n "$(((rounds + 1) / 2))p" | {
    read -r seconds sums megabytes waiting
    if [ "$waiting" ]; then waiting=$(awk "BEGIN {printf \"%.0f %%\", 100 * $waiting}"); fi
    printf '| %s | %.3f s | %s | %s | %s |\n' "$1" "$seconds" "$sums" "$megabytes" "$waiting"
  }
}
echo "| | an iteration | sums | MB sent | waiting |"
echo "| --- | ---: | ---: | ---: | ---: |"
row "one process, $processors threads" threads
row "one process, one thread" alone
for n in $ranks; do row "$n ranks of one thread" "ranks-$n"; done
