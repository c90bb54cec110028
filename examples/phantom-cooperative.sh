#!/usr/bin/env bash
# phantom-cooperative.sh OUT: the same question for another scanner. Synthetic hearts (LV, MYO, RV) of scanner A to
# learn from, new subjects of scanners A, B and C to segment. Settings as robustness.sh.
set -euo pipefail
out=$1
mkdir -p "$out"
small=(--size 64 --spacing 4.2 --slices 8 --seed 1 --skip-existing)
cs-phantom --out "$out/A" --subjects 15 --site A "${small[@]}"
cs-phantom --out "$out/B" --subjects 6 --first 101 --site B "${small[@]}"
cs-phantom --out "$out/C" --subjects 6 --first 201 --site C "${small[@]}"
for site in A B C; do
  cs-preprocess --cases "$out/$site/cases.jsonl" --spacing keep --out "$out/preprocessed/$site" --skip-existing
done
cs-split --cases "$out/preprocessed/A/cases.jsonl" --train 6 --val 3 --test 6 --seed 1 --out "$out/split" --force
CROP=64 "$(dirname "$0")/robustness.sh" "$out" "$out/split/train.jsonl" "$out/split/validate.jsonl" \
  siteA="$out/split/test.jsonl" siteB="$out/preprocessed/B/cases.jsonl" siteC="$out/preprocessed/C/cases.jsonl"
