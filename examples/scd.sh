#!/usr/bin/env bash
# scd.sh DATA OUT: the Sunnybrook hearts (ID/ED_img.nii.gz, ID/ED_seg.nii.gz, dataset.json), from NIfTI to a Dice table.
set -euo pipefail
data=$1 out=$2 iterations=${ITERATIONS:-2000}
mkdir -p "$out"
cs-list coopseg "$data" --dataset scd --labels LV:1,MYO:2 --cases-out "$out/all.jsonl"
cs-check --cases "$out/all.jsonl" >"$out/checked.jsonl"
cs-split --cases "$out/all.jsonl" --by split --out "$out/split"
for part in train10 val; do cs-preprocess --cases "$out/split/$part.jsonl" --spacing keep --out "$out/$part"; done
cs-train-ftn --cases "$out/train10/cases.jsonl" --validate "$out/val/cases.jsonl" --out "$out/run" \
  --crop 64 --lr 1e-3 --max-iterations "$iterations"
cs-predict --model "$out/run/best.safetensors" --cases "$out/split/test.jsonl" --out "$out/predicted"
cs-dice --cases "$out/predicted/cases.jsonl" --summary
