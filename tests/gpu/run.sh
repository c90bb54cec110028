#!/usr/bin/env bash
# Runs from the folder that tests/gpu/prepare.sh made, on a machine with PyTorch 2.11 and a GPU and nothing else: golden
# numbers on the GPU, two trainings that are killed and go on, prediction of a list, and a training step beside that of
# PyTorch. Prints a table in Markdown; takes eight minutes at most. The exit status is 1 where something failed.
#   ./run.sh [--python PYTHON] [--device cuda:N] [--out FOLDER]
#   ./run.sh --cpu ...            all of it on the processor, small, to try it
# Logs and models are in FOLDER, which is gpu-run in the current folder, and made anew.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=python3 device=cuda out=gpu-run part=''
while [ $# -gt 0 ]; do
  case $1 in
    --cpu) device=cpu; shift ;;
    --python) python=$2; shift 2 ;;
    --device) device=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --part) part=$2; shift 2 ;; # one of them, of the run that is in --out: this script calls itself
    *) sed -n '2,7s/^# //p' "$0" >&2; exit 2 ;;
  esac
done
refuse() { echo "run.sh: $*" >&2; exit 2; }

threads=$(nproc) side=192 batch=20 iterations=300 volume=112 depth=80 filters=16 volumes=200 of_gpu=(--device "$device")
if [ "$device" = cpu ]; then
  threads=1 side=32 batch=4 iterations=20 volume=32 depth=16 filters=2 volumes=24 of_gpu=(--device cpu --small)
fi
export COOPSEG_THREADS=$threads PATH=$here/bin:$PATH

# PyTorch's own programs must not see Debian's libraries.
own() { LD_LIBRARY_PATH=$COOPSEG_TORCH:$here/lib "$@"; }

# golden PROGRAM: its tests of golden numbers and of processes that train together, by what their names have in common.
golden() {
  COOPSEG_TEST_DEVICE=$device COOPSEG_GOLDEN_DIR=$here/golden OMP_WAIT_POLICY=passive \
    own "$here/tests/$1" --gtest_output="json:$out/$1.json" \
    --gtest_filter='*Golden*:*Reference.*:*PublicCode*:DuoLosses.Of*:Ranks.*' || true
  "$python" - "$out/$1.json" "$device" <<'END'
import json, sys
tests = [test for suite in json.load(open(sys.argv[1]))["testsuites"] for test in suite["testsuite"]]
tests = [test for test in tests if test["status"] == "RUN"]
ran = [test for test in tests if test["result"] == "COMPLETED"]
wrong = [f"{test['classname']}.{test['name']}" for test in ran if "failures" in test]
there = [test for test in ran if test.get("device", "").startswith(sys.argv[2])]
skipped = sum(test["result"] == "SKIPPED" for test in tests)
print(f"{len(ran)} tests passed" if not wrong else f"{len(wrong)} of {len(ran)} tests: " + ", ".join(wrong)[:300],
      f"({len(there)} on {sys.argv[2]}, {skipped} skipped)")
sys.exit(bool(wrong))
END
}

hearts() { # NAME FIRST SUBJECTS SLICES SIDE NORMALISATION
  own cs-phantom --out "$out/$1" --first "$2" --subjects "$3" --sites 1 --frames ED --size "$5" --slices "$4" \
    --spacing "$(("260" / "$5")).5" --seed 1
  own cs-preprocess --cases "$out/$1/cases.jsonl" --normalise "$6" --spacing keep --out "$out/$1.ready"
}
data() {
  hearts slices 1 6 8 "$side" percentiles
  hearts new 101 2 8 "$side" percentiles
  hearts volumes 201 8 "$depth" "$volume" zscore
  hearts others 301 2 "$depth" "$volume" zscore
  own cs-split --cases "$out/volumes.ready/cases.jsonl" --labelled 3 --out "$out/split"
  echo "6 and 2 hearts of $side x $side pixels, 8 and 2 of $volume x $volume x $depth voxels"
}

# trained RUN ITERATIONS COMMAND...: killed in the middle, it goes on, and ends with all iterations and a smaller loss.
trained() {
  local run=$out/$1 pid
  set -- "$run" "$2" "${@:3}" --out "$run" --device "$device" --max-iterations "$2" --log-every 1 --save-every 2 \
    --validate-every "$2"
  (LD_LIBRARY_PATH=$COOPSEG_TORCH:$here/lib exec "${@:3}") &
  pid=$!
  until [ -e "$run/state.safetensors" ] && [ "$(grep -c '"iteration"' "$run/log.jsonl")" -gt "$(($2 / 3))" ]; do
    kill -0 "$pid" 2>/dev/null || { wait "$pid"; break; }
    sleep 0.05
  done
  kill -9 "$pid" 2>/dev/null || { echo "it ended before it could be killed"; return 1; }
  wait "$pid" || true
  own "${@:3}" --resume
  "$python" - "$run/log.jsonl" "$2" <<'END'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
steps = [line for line in lines if line["type"] == "iteration"]
assert [step["iteration"] for step in steps] == list(range(1, int(sys.argv[2]) + 1)), "iterations are missing"
# Without the terms whose weights rise.
def supervised(losses):
    return sum(losses[term] for term in losses if term in ("cross_entropy", "dice")) or losses["total"]
losses = [supervised(step["losses"]) for step in steps]
tenth = max(1, len(losses) // 10)
first, last = sum(losses[:tenth]) / tenth, sum(losses[-tenth:]) / tenth
speed = [line[key] for line in lines for key in line if key.endswith("_per_s") and line["type"] == "epoch"]
print(f"{len(steps)} iterations, killed and resumed; loss {first:.3f} to {last:.3f}; {speed[-1]:.1f} images a second")
sys.exit(not last < first)
END
}
cooperative() {
  trained cooperative "$iterations" cs-train-coop --cases "$out/slices.ready/cases.jsonl" --lr 1e-3 \
    --validate "$out/new.ready/cases.jsonl" --crop "$side" --batch-size "$batch" --precision auto
}
simcvd() {
  trained simcvd "$volumes" cs-train-semi --method simcvd --cases "$out/split/labelled.jsonl" --filters "$filters" \
    --unlabelled "$out/split/unlabelled.jsonl" --validate "$out/others.ready/cases.jsonl" --precision auto \
    --patch "$volume,$volume,$depth" --augmentation mild
}
plan() {
  own cs-train-semi --method simcvd --cases "$out/split/labelled.jsonl" --unlabelled "$out/split/unlabelled.jsonl" \
    --filters "$filters" --patch "$volume,$volume,$depth" --device "$device" --plan --json >"$out/plan.json"
  "$python" - "$out/plan.json" <<'END'
import json, sys
plan = json.load(open(sys.argv[1]))
peak = plan["memory_bytes"]["peak"] / 1e6
print(f"{plan['seconds_per_iteration']:.3f} s an iteration, {peak:.0f} MB of {plan['device']}")
END
}
predict() { # NAME RUN CASES
  own cs-predict --model "$out/$2/best.safetensors" --cases "$3" --out "$out/$1" --device "$device"
  own cs-dice --cases "$out/$1/cases.jsonl" --json >"$out/$1.json"
  own cs-dice --cases "$out/$1/cases.jsonl" | awk '$1 != "case" && $3 == "dice" { found = found " " $2 " " $4 }
    END { if (found == "") exit 1; print "mean Dice" found }'
}
case $part in
  '') ;;
  networks) golden unit_network ;;
  steps) golden unit_training ;;
  ranks) golden unit_ranks ;;
  predict_slices) predict of_slices cooperative "$out/new.ready/cases.jsonl" ;;
  predict_volumes) predict of_volumes simcvd "$out/others.ready/cases.jsonl" ;;
  data) data ;;
  cooperative) cooperative ;;
  simcvd) simcvd ;;
  plan) plan ;;
  *) refuse "there is no part $part" ;;
esac
[ ! "$part" ] || exit 0


about=$("$python" - "$device" 2>&1 <<'END'
import os, sys
try:
    import torch
except ImportError as error:
    sys.exit(f"no PyTorch: {error}")
if not torch.__version__.startswith("2.11."):
    sys.exit(f"PyTorch is {torch.__version__}; this was built for 2.11")
name = "the processor"
if sys.argv[1] != "cpu":
    if not torch.cuda.is_available():
        sys.exit("PyTorch sees no GPU: torch.cuda.is_available() is False")
    name = torch.cuda.get_device_name(torch.device(sys.argv[1]))
print(os.path.join(os.path.dirname(torch.__file__), "lib"))
print(f"{name}, PyTorch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}")
END
) || refuse "$(tail -1 <<<"$about")"
export COOPSEG_TORCH
COOPSEG_TORCH=$(head -1 <<<"$about")
case $(realpath -m "$out") in "$HOME" | / | "$here") refuse "--out $out would be removed" ;; esac
[ ! -e "$out" ] || [ -e "$out/table.md" ] || [ -z "$(ls -A "$out")" ] ||
  refuse "$out is not empty and holds no earlier run: remove it, or name another with --out"
rm -rf "$out"
mkdir -p "$out"
out=$(realpath "$out")
: >"$out/table.md"

table() { tee -a "$out/table.md"; }
time_in_all=460 failed=0
# run SECONDS PART NAME: a line of the table; what the part prints last is its result.
run() {
  local start=$EPOCHREALTIME status=0 log=$out/$2.log limit=$1 said
  [ "$limit" -lt "$((time_in_all - SECONDS))" ] || limit=$((time_in_all - SECONDS > 1 ? time_in_all - SECONDS : 1))
  timeout --kill-after=5 "$limit" bash "$here/run.sh" --python "$python" --device "$device" --out "$out" --part "$2" \
    >"$log" 2>&1 || status=$?
  said=$(tail -1 "$log")
  case $status in
    0) ;;
    124 | 137) said="stopped after $limit s" failed=1 ;;
    *) said="FAILED ($(basename "$log")): ${said:0:200}" failed=1 ;;
  esac
  awk -v name="$3" -v said="$said" -v start="$start" -v end="$EPOCHREALTIME" \
    'BEGIN { printf "| %s | %s | %.0f |\n", name, said, end - start }' | table
}

{
  echo "CoopSeg $(cat "$here/revision") on $(tail -1 <<<"$about"), $threads threads, $(date -u +%Y-%m-%d)"
  printf '\n| part | result | seconds |\n| --- | --- | --- |\n'
} | table
run 90 networks "golden numbers, networks"
run 120 steps "golden numbers, losses and steps"
run 60 ranks "processes that train together"
run 60 data "data"
run 90 cooperative "cooperative training"
run 120 simcvd "SimCVD training"
run 60 plan "--plan of it"
run 40 predict_slices "prediction of slices"
run 60 predict_volumes "prediction of volumes"
seconds=$((time_in_all - SECONDS))
if [ "$seconds" -gt 20 ]; then
  echo | table
  "$python" "$here/bench/step_table" --build "$here" --python "$python" "${of_gpu[@]}" --seconds "$seconds" \
    --libraries "$COOPSEG_TORCH:$here/lib" | table || failed=1
else
  echo "no time left for the benchmarks" | table
fi
printf '\n%s s in all; logs and models: %s\n' "$SECONDS" "$out"
exit "$failed"
