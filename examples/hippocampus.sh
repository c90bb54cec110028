#!/usr/bin/env bash
# hippocampus.sh TRAIN TEST OUT: how far do a few labelled volumes come? A small V-Net learns from the case list TRAIN and
# segments TEST, once for each seed; the last model is judged, nothing is selected. The page shows the best, the median
# and the worst case. What is there is kept. Settings: SEEDS, THREADS, OPTIONS (of cs-train-semi), CONFIGS.
# The Decathlon's Task04 as lists: cs-list msd Task04_Hippocampus, and cs-split with --group for its persons.
set -euo pipefail
train=$1 test=$2 out=$3
configs=${CONFIGS:-$(dirname "$0")/../share/configs}
read -ra options <<<"${OPTIONS:-}"
cs-preprocess --cases "$train" --normalise zscore --spacing keep --out "$out/train" --skip-existing
cs-preprocess --cases "$test" --normalise zscore --spacing keep --out "$out/test" --skip-existing
for seed in ${SEEDS:-0 1 2}; do
  run=$out/seed-$seed
  cs-train-semi --config "$configs/hippocampus-supervised.json" --cases "$out/train/cases.jsonl" --out "$run" \
    --seed "$seed" --resume --threads "${THREADS:-0}" ${options[@]+"${options[@]}"}
  cs-predict --model "$run/last.safetensors" --cases "$out/test/cases.jsonl" --out "$run/test" --skip-existing \
    --threads "${THREADS:-0}" --cases-out - |
    cs-dice --cases - --metrics dice,hd95,assd --cases-out "$run/scores.jsonl" --force >/dev/null
  echo "{\"method\":\"supervised\",\"set\":\"test\",\"seed\":$seed,\"scores\":\"seed-$seed/scores.jsonl\",\"run\":\"seed-$seed\"}"
done >"$out/results.jsonl"
cs-report --results "$out/results.jsonl" --metrics dice,hd95,assd --out "$out/report.html" --picture "$out/cases.png" \
  --csv "$out/table.csv" --markdown - --force
