# shellcheck shell=bash
# Killed by SIGKILL at any moment, a program leaves whole files and no others; the same command with --skip-existing then
# completes to the bytes of a run that was left alone. Trainings have tests of their own beside their other tests.
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
command -v python3 >/dev/null || skip "python3 is not installed"
whole() { python3 "$(dirname "$case_file")/whole.py" "$@" || fail "after a kill"; }
# Where files can be written without a name, a killed process leaves none.
case $(stat -f -c %T .) in ext2/ext3 | tmpfs | xfs | btrfs) leaves_nothing=1 ;; *) leaves_nothing= ;; esac

# survives KILLS COMMAND...: the command writes into the folder `out`.
survives() {
  local kills=$1 started took pause pid n interrupted=0
  shift
  rm -rf out undisturbed
  started=$(date +%s%N)
  "$@" 2>err || fail "$* ends with $?: $(cat err)"
  took=$((($(date +%s%N) - started) / 1000))
  mv out undisturbed
  for ((n = 0; n < kills; ++n)); do
    # Each time from the start: what is there already would be gone through ever faster.
    [ $((n % 3)) -ne 0 ] || rm -rf out
    pause=$(((RANDOM * 32768 + RANDOM) % took))
    "$@" --skip-existing 2>err &
    pid=$!
    sleep "$((pause / 1000000)).$(printf '%06d' $((pause % 1000000)))"
    if kill -9 $pid 2>/dev/null; then interrupted=$((interrupted + 1)); fi
    wait $pid 2>/dev/null || true
    [ -d out ] || continue
    whole out
    if [ "$leaves_nothing" ]; then no_leftovers out; fi
  done
  [ $interrupted -gt 0 ] || fail "$1 was never interrupted"
  "$@" --skip-existing 2>err || fail "$* --skip-existing ends with $?: $(cat err)"
  find out -name '.*.tmp' -delete
  diff -r undisturbed out || fail "$1: another result than without the kills"
}

RANDOM=8
survives 12 cs-phantom --out out --subjects 6 --size 96 --slices 6 --seed 2
mv undisturbed hearts
survives 12 cs-preprocess --cases hearts/cases.jsonl --out out
mv undisturbed ready
survives 12 cs-corrupt all --cases ready/cases.jsonl --out out --repeats 2
with_networks || exit 0
model model.safetensors
head -4 ready/cases.jsonl >few.jsonl
mv few.jsonl ready/few.jsonl
survives 6 cs-predict --model model.safetensors --cases ready/few.jsonl --out out
survives 6 cs-perturb --model model.safetensors --cases ready/few.jsonl --out out --latent-da image
