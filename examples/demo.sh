#!/usr/bin/env bash
# The main job on synthetic hearts, in minutes on two cores: train on one scanner, test on new subjects from the same
# and from another scanner. OUT is the folder for everything; the programs are found in PATH. What is there already is
# kept, so an interrupted demo goes on where it was.
set -euo pipefail
out=${OUT:-demo-out}
epochs=${EPOCHS:-30}
mkdir -p "$out"

say() { printf '\n== %s\n' "$*" >&2; }
# once NAME COMMAND...: the command, unless it has succeeded before.
once() {
  local done="$out/.$1.done"
  shift
  [ -e "$done" ] || { "$@" && touch "$done"; }
}

say "synthetic hearts: 12 subjects from scanner A, 4 from scanner B"
small=(--size 96 --spacing 2.8 --slices 9 --seed 1 --skip-existing)
once A cs-phantom --out "$out/A" --subjects 12 --site A "${small[@]}"
once B cs-phantom --out "$out/B" --subjects 4 --first 101 --site B "${small[@]}"
once picture cs-phantom --out "$out/picture" --subjects 3 --sites 3 --frames ED "${small[@]}" \
  --preview "$out/hearts.png"

say "every file checked"
cs-check --cases "$out/A/cases.jsonl" >"$out/checked.jsonl"
cs-check --cases "$out/B/cases.jsonl" --against "$out/A/cases.jsonl" >>"$out/checked.jsonl"

say "intensities to [0, 1]; subjects divided into training, validation and test"
once preprocess cs-preprocess --cases "$out/A/cases.jsonl" --spacing keep --out "$out/preprocessed" --skip-existing
once split cs-split --cases "$out/preprocessed/cases.jsonl" --train 8 --val 1 --test 3 --seed 1 \
  --out "$out/split" --force

say "training: $epochs epochs"
once train cs-train-ftn --cases "$out/split/train.jsonl" --validate "$out/split/validate.jsonl" --out "$out/run" \
  --crop 96 --lr 1e-3 --epochs "$epochs" --seed 1 --resume

say "prediction"
once predictA cs-predict --model "$out/run/best.safetensors" --cases "$out/split/test.jsonl" --out "$out/predicted/A" \
  --skip-existing
once predictB cs-predict --model "$out/run/best.safetensors" --cases "$out/B/cases.jsonl" --out "$out/predicted/B" \
  --skip-existing

say "new subjects, the scanner of the training (A)"
cs-dice --cases "$out/predicted/A/cases.jsonl" --metrics dice,hd95 --summary
say "new subjects, another scanner (B)"
cs-dice --cases "$out/predicted/B/cases.jsonl" --metrics dice,hd95 --summary
say "pictures and files are in $out; try: cs-dice --cases $out/predicted/B/cases.jsonl"
