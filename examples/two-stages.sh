#!/usr/bin/env bash
# two-stages.sh DATA OUT [METHOD-PIXELS-RATE...]: what is the slow-thinking network worth? The Sunnybrook hearts, ten of
# them to learn from, at their own 64 pixels and at the 128 of the paper's 1.367 mm, trained fast and at the paper's rate;
# the test subjects as they are and with the four artefacts. The report has both stages over each training, and tells
# whether their agreement knows where they failed. One run: standard-128-1e-4; without any, all eight.
# Settings: SEED ITERATIONS, a fifth of which a rate of 1e-3 gets, THREADS, CALIBRATE: the batches that the models' norms
# are measured on, or 0 for the training's own norms.
set -euo pipefail
data=$1 out=$2 seed=${SEED:-0} iterations=${ITERATIONS:-11400}
runs=("${@:3}")
[ "${#runs[@]}" -gt 0 ] || runs=({standard,cooperative}-{64,128}-{1e-3,1e-4})
mkdir -p "$out"
cs-list coopseg "$data" --dataset scd --labels LV:1,MYO:2 --cases-out "$out/all.jsonl" --force

# prepare PIXELS SPACING
prepare() {
  local to=$out/$1
  cs-preprocess --cases "$out/all.jsonl" --spacing "$2" --out "$to/images" --skip-existing --force
  cs-split --cases "$to/images/cases.jsonl" --by split --out "$to" --force
  cs-corrupt all --cases "$to/test.jsonl" --crop "$1" --out "$to/corrupted" --skip-existing --force
}
prepare 64 keep
prepare 128 1.367

: >"$out/results.jsonl"
for run in "${runs[@]}"; do
  IFS=- read -r method pixels rate <<<"$run"
  most=$iterations
  [ "$rate" != 1e-3 ] || most=$((iterations / 5))
  cs-train-coop --cases "$out/$pixels/train10.jsonl" --validate "$out/$pixels/val.jsonl" --out "$out/run/$run" \
    --method "$method" --crop "$pixels" --lr "$rate" --seed "$seed" --epochs "$most" --max-iterations "$most" \
    --validate-every 100 --save-models-every 200 --precision auto \
    --calibrate-norms "${CALIBRATE:-5}" --threads "${THREADS:-0}" --resume
  for set in test corrupted; do
    list=$out/$pixels/test.jsonl
    [ "$set" = test ] || list=$out/$pixels/corrupted/cases.jsonl
    for stage in ftn stn; do
      scores=$out/scores/$run-$stage-$set
      cs-predict --model "$out/run/$run/best.safetensors" --stage "$stage" --cases "$list" --out "$scores" \
        --skip-existing --force
      cs-dice --cases "$scores/cases.jsonl" --metrics dice --cases-out "$scores/scores.jsonl" --force >/dev/null
      echo "{\"method\":\"$run\",\"set\":\"$set\",\"stage\":\"$stage\",\"seed\":$seed,\"run\":\"run/$run\"," \
        "\"scores\":\"scores/$run-$stage-$set/scores.jsonl\"}" >>"$out/results.jsonl"
    done
  done
done
cs-report --results "$out/results.jsonl" --out "$out/report.html" --markdown - --force
