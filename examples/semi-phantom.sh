#!/usr/bin/env bash
# semi-phantom.sh OUT: few-labels.sh on slices of synthetic hearts, of 30 of which three have labels; ten others are
# segmented. Settings: CONFIGS, and those of few-labels.sh.
set -euo pipefail
here=$(dirname "$0")
out=$1
mkdir -p "$out"
small=(--sites 1 --frames ED --size 64 --spacing 3 --slices 8 --skip-existing)
cs-phantom --out "$out/hearts" --subjects 30 --seed 1 "${small[@]}"
cs-phantom --out "$out/others" --subjects 10 --first 101 --seed 2 "${small[@]}"
cs-split --cases "$out/hearts/cases.jsonl" --labelled 3 --out "$out/split" --force
COUNTS=3 "$here/few-labels.sh" "${CONFIGS:-$here/../share/configs}/phantom-semi.json" "$out/split/labelled.jsonl" \
  "$out/split/unlabelled.jsonl" "$out/others/cases.jsonl" "$out/compared"
