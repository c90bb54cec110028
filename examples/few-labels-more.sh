#!/usr/bin/env bash
# few-labels-more.sh CONFIG OUT: goes on in the folder that few-labels.sh made, with its lists, seeds and supervised
# models, to what takes more than one training: atso begins its generations with the supervised model; local-contrast
# pre-trains on the unlabelled images, then on the labelled ones, and is fine-tuned as supervised was trained. Their rows
# join the table. Settings: SEEDS, COUNTS and OPTIONS as there, ROWS, LATER (options of ATSO's generations), GLOBAL and
# LOCAL (of cs-pretrain, without what CONFIG says of the network).
set -euo pipefail
config=$1 out=$2 here=$(dirname "$0")
read -ra options <<<"${OPTIONS:-}"
read -ra rows <<<"${ROWS:-atso local-contrast}"
read -ra counts <<<"${COUNTS:-3}"
read -ra seeds <<<"${SEEDS:-0 1 2}"
read -ra global <<<"${GLOBAL:---batch-size 8 --max-iterations 600 --epochs 100000 --constant-epochs 0}"
read -ra local <<<"${LOCAL:---batch-size 2 --max-iterations 600 --epochs 100000}"
network=()
for option in patch filters norm; do
  value=$(sed -nE "s/^ *\"$option\": *\"?([^\",]+(,[0-9]+)*)\"?,?\$/\1/p" "$config")
  [ ! "$value" ] || network+=("--$option" "$value")
  [[ $option != patch || $value = *,*,* ]] || network+=(--upsampling bilinear) # the other methods' network of slices
done

one() { # ROW COUNT SEED
  local run=$out/$2/$1/seed-$3 few=$out/data/few-$2.jsonl pool=$out/data/pool-$2.jsonl
  if [ "$1" = atso ]; then
    FIRST=$out/$2/supervised/seed-$3/last.safetensors LATER=${LATER:---max-iterations 600 --lr-step 300} THREADS=1 \
      "$here/atso.sh" "$few" "$pool" "$run" --config "$config" --seed "$3" ${options[@]+"${options[@]}"}
    ln -sfn "${GENERATIONS:-6}" "$run/last"
  else
    cs-pretrain --stage global --cases "$pool" --out "$run/global" "${network[@]}" "${global[@]}" --seed "$3" \
      --threads 1 --resume
    cs-pretrain --stage local --cases "$few" --init "$run/global/last.safetensors" --out "$run/local" "${network[@]}" \
      "${local[@]}" --seed "$3" --threads 1 --resume
    cs-train-semi --config "$config" --method supervised --cases "$few" --unlabelled "$pool" --out "$run/last" \
      --init "$run/local/last.safetensors" --seed "$3" --threads 1 --resume ${options[@]+"${options[@]}"}
  fi
  cs-predict --model "$run/last/last.safetensors" --cases "$out/data/test.jsonl" --out "$run/test" --skip-existing \
    --threads 1 --cases-out - |
    cs-dice --cases - --metrics dice,hd95 --cases-out "$run/scores.jsonl" --force --threads 1 >/dev/null
}

grep -vE '"method":"(atso|local-contrast)"' "$out/results.jsonl" >"$out/results.new"
for seed in "${seeds[@]}"; do
  for count in "${counts[@]}"; do
    for row in "${rows[@]}"; do
      one "$row" "$count" "$seed"
      run=$count/$row/seed-$seed
      echo "{\"method\":\"$row\",\"set\":\"test\",\"labelled\":$count,\"seed\":$seed,\"scores\":\"$run/scores.jsonl\",\"run\":\"$run/last\"}" \
        >>"$out/results.new"
    done
  done
done
mv "$out/results.new" "$out/results.jsonl"
cs-report --results "$out/results.jsonl" --metrics dice,hd95 --out "$out/report.html" --csv "$out/table.csv" \
  --markdown - --force
