#!/usr/bin/env bash
# compare-models.sh MODEL OTHER CASES OUT: is the one model better than the other? Both segment the same cases; cs-dice
# pairs them by case: mean difference, its bootstrap interval, Wilcoxon's signed-rank test.
set -euo pipefail
model=$1 other=$2 cases=$3 out=$4
cs-predict --model "$model" --cases "$cases" --out "$out/model" --skip-existing
cs-predict --model "$other" --cases "$cases" --out "$out/other" --skip-existing
cs-dice --cases "$out/model/cases.jsonl" --compare "$out/other/cases.jsonl" --metrics "${METRICS:-dice,hd95}" |
  tee "$out/comparison.txt"
