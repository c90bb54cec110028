# shellcheck shell=bash
# A training's memory does not grow with its steps, epochs and checkpoints: the most that it has had after a third of
# its iterations is the most of all, but for one per cent.
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
needs_networks
[ -e "$(dirname "$(command -v cs-list)")/faults.so" ] || skip "sanitizers keep what was freed"
pair sound
a_case a sound.nii sound_seg.nii >cases.jsonl
# What an epoch leaves is the same for all: the first of them has many, the others longer ones.
for id in a b c d; do a_case $id sound.nii sound_seg.nii; done >longer.jsonl
list=cases.jsonl

reached() { [ -e run/log.jsonl ] && [ "$(grep -c '"type":"iteration"' run/log.jsonl)" -ge "$1" ]; } # ITERATIONS
# The program's peak, in kB, as long as it runs.
peak_of() { awk '/^VmHWM/ { print $2 }' "/proc/$1/status"; }

# flat ITERATIONS PROGRAM [options]
flat() {
  local n=$1 pid early at_end status=0
  shift
  rm -rf run
  "$@" --cases $list --validate cases.jsonl --out run --log-every 1 2>err &
  pid=$!
  wait_until $pid reached $((n / 3))
  early=$(peak_of $pid)
  wait_until $pid reached "$n"
  at_end=$(peak_of $pid)
  kill $pid
  wait $pid || status=$?
  equal $status 143 "($1: $(cat err))"
  echo "$*: $early kB after $((n / 3)) iterations, $at_end kB after $n"
  [ $((at_end - early)) -lt $((early / 100)) ] || fail "$* keeps more with each iteration"
}
slices=(--crop 32 --batch-size 2 --epochs 1000000)
flat 120 cs-train-ftn "${slices[@]}"
flat 360 cs-train-semi --patch 32,32,16 --filters 2 --batch-size 1 --max-iterations 1000000 --validate-every 5
list=longer.jsonl
flat 60 cs-train-coop "${slices[@]}"
flat 45 cs-train-coop "${slices[@]}" --method adv-bias
