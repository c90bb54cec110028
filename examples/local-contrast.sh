#!/usr/bin/env bash
# local-contrast.sh LABELLED UNLABELLED TEST OUT: what does pre-training by contrast add? A U-Net learns to segment slices
# from the first COUNT cases of LABELLED: from random weights (scratch), after the stage global on all images without
# their labels (global), after the stage local on the labelled ones, too, with every fourth row and column (strided) or
# within tiles (blocks), and after local alone (local). The last model segments TEST, nothing is selected; what is there
# is kept. Settings: VARIANTS, SEEDS, COUNT, JOBS (at a time, one thread each), and options: NETWORK of all trainings,
# GLOBAL and LOCAL of cs-pretrain, FINE of cs-train-semi.
set -euo pipefail
out=$4 count=${COUNT:-2}
read -ra variants <<<"${VARIANTS:-scratch global local strided blocks}"
read -ra seeds <<<"${SEEDS:-0 1 2}"
read -ra network <<<"${NETWORK:---patch 64,64 --filters 8}"
read -ra global <<<"${GLOBAL:---batch-size 32 --epochs 60 --lr 1e-3}"
read -ra local <<<"${LOCAL:---epochs 120 --lr 1e-3}"
read -ra fine <<<"${FINE:---optimiser adam --lr 5e-4 --weight-decay 0 --batch-size 8 --max-iterations 600 --lr-step 0}"
data=$out/data
prepared() {
  cs-preprocess --cases "$1" --normalise percentiles --spacing keep --out "$data" --cases-out "$2" --skip-existing
}
prepared "$1" "$data/all.jsonl"
prepared "$2" "$data/unlabelled.jsonl"
prepared "$3" "$data/test.jsonl"
head -n "$count" "$data/all.jsonl" >"$data/labelled.jsonl"
cat "$data/all.jsonl" "$data/unlabelled.jsonl" >"$data/images.jsonl"

pretrain() { # STAGE LIST OUT OPTIONS...
  cs-pretrain --stage "$1" --cases "$data/$2.jsonl" --out "$3" "${network[@]}" --seed "$seed" --threads 1 --resume "${@:4}"
}
one() { # VARIANT
  local run=$out/$1/seed-$seed first=$out/global/seed-$seed/first begin=()
  case $1 in
    global) begin=(--init "$first/last.safetensors") ;;
    local) pretrain local labelled "$run/second" "${local[@]}" ;;
    strided) pretrain local labelled "$run/second" "${local[@]}" --init "$first/last.safetensors" ;;
    blocks) pretrain local labelled "$run/second" "${local[@]}" --blocks 16 --init "$first/last.safetensors" ;;
  esac
  [ ! -e "$run/second" ] || begin=(--init "$run/second/last.safetensors")
  cs-train-semi --cases "$data/labelled.jsonl" --out "$run" --upsampling transposed "${network[@]}" "${fine[@]}" \
    --augmentation mild --seed "$seed" --threads 1 --resume ${begin[@]+"${begin[@]}"}
  cs-predict --model "$run/last.safetensors" --cases "$data/test.jsonl" --out "$run/test" --skip-existing --threads 1 \
    --cases-out - | cs-dice --cases - --metrics dice,hd95 --cases-out "$run/scores.jsonl" --force --threads 1 >/dev/null
}
waiting() { while (($(jobs -rp | wc -l) >= $1)); do wait -n; done; }

: >"$out/results.jsonl"
for seed in "${seeds[@]}"; do
  pretrain global images "$out/global/seed-$seed/first" "${global[@]}"
  for variant in "${variants[@]}"; do
    waiting "${JOBS:-$(nproc)}"
    one "$variant" &
    run=$variant/seed-$seed
    echo "{\"method\":\"$variant\",\"set\":\"test\",\"labelled\":$count,\"seed\":$seed,\"scores\":\"$run/scores.jsonl\",\"run\":\"$run\"}" \
      >>"$out/results.jsonl"
  done
done
waiting 1
cs-report --results "$out/results.jsonl" --metrics dice,hd95 --out "$out/report.html" --csv "$out/table.csv" \
  --markdown - --force
