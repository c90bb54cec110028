#!/usr/bin/env bash
# one-volume.sh MODEL IMAGE LABEL OUT: one volume through the whole chain by pipe: preprocessed, given a spike,
# segmented, scored. LABELS says what the values of the label mean, PREPROCESS is as it was for the training.
set -euo pipefail
model=$1 image=$2 label=$3 out=$4
read -ra preprocess <<<"${PREPROCESS:-}"
echo "{\"id\":\"$(basename "$image" .nii.gz)\",\"image\":\"$image\",\"label\":\"$label\"}" |
  cs-preprocess --cases - --labels "${LABELS:-acdc}" "${preprocess[@]}" --out "$out/preprocessed" --cases-out - |
  cs-corrupt spike --cases - --out "$out/corrupted" --cases-out - |
  cs-predict --model "$model" --cases - --out "$out/predicted" --cases-out - |
  cs-dice --cases -
