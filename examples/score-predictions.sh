#!/usr/bin/env bash
# score-predictions.sh PREDICTIONS REFERENCES OUT: scores somebody else's label maps, of any program, that have the
# names of the references: case001.nii.gz in both folders. LABELS says what the values mean.
set -euo pipefail
predictions=$1 references=$2 out=$3
mkdir -p "$out"
for reference in "$references"/*.nii.gz; do
  name=$(basename "$reference")
  [ -e "$predictions/$name" ] && prediction=",\"prediction\":\"$predictions/$name\"" || prediction=
  echo "{\"id\":\"${name%.nii.gz}\",\"image\":\"$reference\",\"label\":\"$reference\"$prediction}"
done |
  cs-dice --cases - --labels "${LABELS:-LV:1,MYO:2,RV:3}" --summary --csv "$out/scores.csv" | tee "$out/summary.txt"
