#!/usr/bin/env bash
# scd-cooperative.sh DATA OUT [VARIABLE=VALUE...]: does cooperative training make a network hold up? The Sunnybrook
# hearts, ten of them to learn from; the test subjects as they are and with the four artefacts, three times each. So an
# experiment on one's own lists is made of share/pipelines/experiment.mk; variables are its. SPACING=1.367 CROP=128 is
# the paper's resolution, to which the images are resampled; it takes four times as long.
# Settings: PIPELINES SPACING CROP. Variables of its own: ITERATIONS, BATCH_SIZE.
set -euo pipefail
data=$1 out=$2 spacing=${SPACING:-keep} crop=${CROP:-64}
pipelines=$(realpath "${PIPELINES:-$(dirname "$0")/../share/pipelines}")
mkdir -p "$out/configs"
[ ! -e "$out/folds/0/.done" ] || [ "$(<"$out/folds/0/.done")" = "$spacing $crop" ] || {
  echo "$0: $out was made with SPACING and CROP of $(<"$out/folds/0/.done"); give another folder" >&2
  exit 2
}
[ -e "$out/folds/0/.done" ] || {
  cs-list coopseg "$data" --dataset scd --labels LV:1,MYO:2 --cases-out "$out/all.jsonl" --force
  cs-preprocess --cases "$out/all.jsonl" --spacing "$spacing" --out "$out/preprocessed" --skip-existing --force
  cs-split --cases "$out/preprocessed/cases.jsonl" --by split --out "$out/folds/0" --force
  cp "$out/folds/0/train10.jsonl" "$out/folds/0/train.jsonl"
  cp "$out/folds/0/val.jsonl" "$out/folds/0/validate.jsonl"
  echo "$spacing $crop" >"$out/folds/0/.done"
}
# Nobody has drawn the right ventricle here.
for config in "$pipelines"/../configs/acdc-*.json; do
  sed 's/,RV:3//' "$config" >"$out/configs/$(basename "$config")"
done
cat >"$out/scd.mk" <<END
TEST := $out/folds/0/test.jsonl
TEST_MADE := $out/folds/0/.done
TEST_NAME := clean
START = --crop $crop --lr 1e-3 --batch-size \$(or \$(BATCH_SIZE),20) --max-iterations \$(or \$(ITERATIONS),2000) \
  --precision auto --calibrate-norms 5
include $pipelines/experiment.mk
END
make -f "$out/scd.mk" OUT="$out" CONFIGS="$out/configs" SEEDS="0 1 2" METRICS=dice \
  ARTEFACTS="--repeats 3 --crop $crop" "${@:3}"
