# shellcheck shell=bash
# A training's memory does not grow with its steps, epochs and checkpoints. What counts are the bytes of the heap that
# are in use when a line of the log is written: the least of them in the last third of the lines is that of the second
# third, but for a fragment of a batch. (What the process has of the system grows for hundreds of iterations, as its
# free memory falls into other pieces on each processor.)
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
needs_networks
faults=$(dirname "$(command -v cs-list)")/faults.so
[ -e "$faults" ] || skip "sanitizers keep what was freed"
pair sound
a_case a sound.nii sound_seg.nii >cases.jsonl
# What an epoch leaves is the same for all: the first of them has many, the others longer ones.
for id in a b c d; do a_case $id sound.nii sound_seg.nii; done >longer.jsonl
list=cases.jsonl

# flat ITERATIONS PROGRAM [options]: less than 4 kB an iteration, where the images alone have 8.
flat() {
  local n=$1 second third
  shift
  rm -rf run heap
  FAULT_HEAP=$PWD/heap LD_PRELOAD=$faults "$@" --cases $list --validate cases.jsonl --out run --log-every 1 \
    --max-iterations "$n" 2>err || fail "$* ends with $?: $(cat err)"
  [ "$(grep -c '"type":"iteration"' run/log.jsonl)" = "$n" ] || fail "$* does not log $n iterations"
  grep '/log\.jsonl$' heap >lines
  [ "$(grep -c '' lines)" -ge "$n" ] || fail "the heap of $* was not looked at"
  read -r second third < <(awk -v n="$(grep -c '' lines)" '
    NR > n / 3 { i = NR > n * 2 / 3; if (!least[i] || $1 < least[i]) least[i] = $1 }
    END { print least[0], least[1] }' lines)
  echo "$*: $second bytes in the second third of $n iterations, $third in the last"
  [ $((third - second)) -lt $((n * 4096 / 3)) ] || fail "$* keeps more with each iteration"
}
slices=(--crop 32 --batch-size 2 --epochs 1000000)
flat 90 cs-train-ftn "${slices[@]}"
flat 90 cs-train-semi --patch 32,32,16 --filters 2 --batch-size 1 --validate-every 5
list=longer.jsonl
flat 60 cs-train-coop "${slices[@]}"
flat 48 cs-train-coop "${slices[@]}" --method adv-bias
