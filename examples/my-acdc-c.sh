#!/usr/bin/env bash
# my-acdc-c.sh DATA OUT: the four corrupted test sets of your own data. DATA holds images/ID_FRAME.nii.gz and
# labels/ID_FRAME.nii.gz; LABELS says what the labels' values mean, REPEATS how many versions of an image are made.
set -euo pipefail
data=$1 out=$2
mkdir -p "$out"
cs-list glob "$data" --image 'images/{id}_{frame}.nii.gz' --label 'labels/{id}_{frame}.nii.gz' \
  --labels "${LABELS:-LV:1,MYO:2,RV:3}" --cases-out "$out/all.jsonl"
cs-check --cases "$out/all.jsonl" >"$out/checked.jsonl"
cs-preprocess --cases "$out/all.jsonl" --out "$out/clean"
cs-corrupt all --cases "$out/clean/cases.jsonl" --out "$out/corrupted" --repeats "${REPEATS:-3}" \
  --preview "$out/damage.png"
cs-split --cases "$out/corrupted/cases.jsonl" --by artefact --out "$out/sets"  # bias.jsonl, ghosting.jsonl ...
cs-corrupt --recipe "$out/corrupted/recipe.jsonl" --verify                    # the recipe makes them again elsewhere
