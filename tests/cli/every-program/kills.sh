# shellcheck shell=bash
# Killed by SIGKILL again and again while several threads work, a program leaves whole files and no others; the same
# command with --skip-existing goes on from there and completes to the bytes of a run that was left alone. (A kill at
# every single call of one thread: every_write.sh. Trainings have tests of their own beside their other tests.)
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
# shellcheck source=tests/cli/every-program/faults.bash
source "$(dirname "$case_file")/faults.bash"

# survives COMMAND...: the command writes into the folder `out`. Between two of its writing calls nothing changes that
# a kill could leave behind, so kills at and within calls stand for those at any moment.
survives() {
  local n fault
  rm -rf out undisturbed again
  calls_of "$@"
  mv out undisturbed
  n=$(($(grep -c '' calls) / 4))
  [ $n -gt 2 ] || fail "$1 makes hardly any writing calls"
  # What is there already is not made again: half of the calls are left for the third.
  for fault in kill half kill; do
    meets "$fault@$n" "$@" --skip-existing
    [ $status = 137 ] || fail "$1 ends with $status, $fault at call $n: $(cat err)"
    whole out
    # Only what takes the place of another file has a name for an instant before that: later, when half a case is there.
    if [ "$leaves_nothing" ] && [ ! -e again ]; then no_leftovers out; fi
    touch again
  done
  "$@" --skip-existing 2>err || fail "$* --skip-existing ends with $?: $(cat err)"
  find out -name '.*.tmp' -delete
  diff -r undisturbed out || fail "$1: another result than without the kills"
}

survives cs-phantom --out out --subjects 4 --size 48 --slices 3 --seed 2 --threads 3
mv undisturbed hearts
survives cs-preprocess --cases hearts/cases.jsonl --spacing 4 --out out --threads 3
mv undisturbed ready
survives cs-distance-map --cases ready/cases.jsonl --out out --threads 3
survives cs-corrupt all --cases ready/cases.jsonl --out out --repeats 2 --threads 3
with_networks || exit 0
golden model.safetensors
head -4 ready/cases.jsonl >ready/few.jsonl
survives cs-predict --model model.safetensors --cases ready/few.jsonl --out out --threads 1
survives cs-perturb --model model.safetensors --cases ready/few.jsonl --out out --latent-da image --threads 1
