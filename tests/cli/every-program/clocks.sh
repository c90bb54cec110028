# shellcheck shell=bash
# Clocks that jump by a day while a program runs, and files from 1970 and 2040, change no byte, no progress and nothing
# of what --skip-existing and --resume believe.
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"
# shellcheck source=tests/cli/every-program/faults.bash
source "$(dirname "$case_file")/faults.bash"
command -v script >/dev/null || skip "no script(1) to give a program a terminal (Debian: bsdutils)"

# jumps COMMAND...: under jumping clocks, on a terminal, where progress is drawn with each step.
jumps() {
  FAULT_CLOCK=1 LD_PRELOAD=$faults TERM=xterm script -qec "$(printf '%q ' "$@")" /dev/null </dev/null >shown ||
    fail "$* under jumping clocks: $(cat shown)"
  # A library of MPI, which LibTorch brings along on Debian 13, says what it measured of the clock.
  sed -i '/picos\/cycle/d' shown
  says_not shown '(^|[^0-9A-Za-z/_.-])-[0-9]|nan|inf[^o]|[0-9]{5}:[0-9]{2}'
}
LD_PRELOAD=$faults FAULT_CLOCK=1 perl -e '@t = sort { $a <=> $b } map { time } 1 .. 3; exit($t[2] - $t[0] < 86400)' ||
  fail "the clock does not jump"
work=(cs-phantom --subjects 3 --size 64 --slices 5 --seed 2 --out)
"${work[@]}" hearts 2>err
jumps "${work[@]}" out
says shown '6/6 cases'
diff -r hearts out || fail "${work[0]}"
rm -rf out

inodes() { find out -type f -not -name cases.jsonl -not -name recipe.jsonl -exec stat -c '%n %i' {} + | sort; }
# walk COMMAND...: with OUT for its folder of outputs; that of the undisturbed run stays as `kept`.
walk() {
  local date before
  rm -rf out kept
  "${@/OUT/out}" >plain.txt 2>err || fail "$1: $(cat err)"
  mv out kept
  jumps "${@/OUT/out}"
  diff -r kept out || fail "$1 under jumping clocks: another result"
  for date in 1970-01-02 2040-01-01; do
    # Inputs from the one end of time and outputs from the other, and the other way round.
    find hearts ready -exec touch -d $date {} + 2>/dev/null || true
    before=$(inodes)
    "${@/OUT/out}" --skip-existing 2>err || fail "$1 --skip-existing with files of $date: $(cat err)"
    diff -r kept out || fail "$1 with files of $date: another result"
    equal "$(inodes)" "$before" "($1: written anew)"
    find out -exec touch -d $date {} +
  done
}
walk cs-preprocess --cases hearts/cases.jsonl --out OUT
mv kept ready
walk cs-corrupt spike --cases ready/cases.jsonl --out OUT
walk cs-distance-map --cases ready/cases.jsonl --out OUT
jumps cs-check --cases ready/cases.jsonl
jumps cs-list coopseg ready --labels coopseg
with_networks || exit 0
golden model.safetensors
head -2 ready/cases.jsonl >ready/few.jsonl
walk cs-predict --model model.safetensors --cases ready/few.jsonl --out OUT

# A training that saves its state after seconds, and one that goes on with files that are yet to come.
training=(cs-train-ftn --cases ready/few.jsonl --crop 32 --batch-size 4 --save-every 0.001)
"${training[@]}" --out kept --epochs 2 2>err
jumps "${training[@]}" --out out --epochs 1
touch -d 2040-01-01 out/* ready/few.jsonl ready/*/*
jumps "${training[@]}" --out out --epochs 2 --resume
says shown 'iterations, in 0:[0-9]{2} '
same_bytes kept/last.safetensors out/last.safetensors
same_bytes kept/state.safetensors out/state.safetensors
says_not out/log.jsonl '"(seconds|slices_per_s|data_wait_s)":(-|0[,}]|[0-9]{5})'
jumps "${training[@]}" --plan
