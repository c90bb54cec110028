#!/usr/bin/env bash
# few-labels.sh CONFIG LABELLED UNLABELLED TEST OUT: what do images without labels add? Every method of cs-train-semi learns
# with CONFIG from the first cases of LABELLED and from all others without their labels, once for each seed, with the same
# network, augmentation, optimiser and number of iterations; the last model segments TEST, nothing is selected. What is
# there is kept. What is left of LABELLED is watched: the log tells how good the targets of unlabelled images are.
# Settings: METHODS, SEEDS, COUNTS (of labelled cases), JOBS (trainings at a time, one thread each), OPTIONS (of
# cs-train-semi), OPTIONS_OF_<method>.
set -euo pipefail
config=$1 out=$5
read -ra options <<<"${OPTIONS:-}"
read -ra methods <<<"${METHODS:-supervised mt uamt dtc simcvd cvrl secl duo}"
read -ra counts <<<"${COUNTS:-3}"
read -ra seeds <<<"${SEEDS:-0 1 2}"
data=$out/data
prepared() { cs-preprocess --cases "$1" --normalise zscore --spacing keep --out "$data" --cases-out "$2" --skip-existing; }
prepared "$2" "$data/labelled.jsonl"
prepared "$3" "$data/unlabelled.jsonl"
prepared "$4" "$data/test.jsonl"
for count in "${counts[@]}"; do
  head -n "$count" "$data/labelled.jsonl" >"$data/few-$count.jsonl"
  tail -n "+$((count + 1))" "$data/labelled.jsonl" >"$data/rest-$count.jsonl"
  cat "$data/rest-$count.jsonl" "$data/unlabelled.jsonl" >"$data/pool-$count.jsonl"
done

one() { # METHOD COUNT SEED
  local run=$out/$2/$1/seed-$3 watch=()
  local own=OPTIONS_OF_$1
  read -ra own <<<"${!own:-}"
  [ ! -s "$data/rest-$2.jsonl" ] || watch=(--watch "$data/rest-$2.jsonl")
  cs-train-semi --config "$config" --method "$1" --cases "$data/few-$2.jsonl" \
    --unlabelled "$data/pool-$2.jsonl" --out "$run" --seed "$3" --resume --threads 1 ${watch[@]+"${watch[@]}"} \
    ${options[@]+"${options[@]}"} ${own[@]+"${own[@]}"}
  cs-predict --model "$run/last.safetensors" --cases "$data/test.jsonl" --out "$run/test" --skip-existing \
    --threads 1 --cases-out - |
    cs-dice --cases - --metrics dice,hd95 --cases-out "$run/scores.jsonl" --force --threads 1 >/dev/null
}
waiting() { while (($(jobs -rp | wc -l) >= $1)); do wait -n; done; }

: >"$out/results.jsonl"
for seed in "${seeds[@]}"; do
  for count in "${counts[@]}"; do
    for method in "${methods[@]}"; do
      waiting "${JOBS:-$(nproc)}"
      one "$method" "$count" "$seed" &
      run=$count/$method/seed-$seed
      printf '{"method":"%s","set":"test","labelled":%s,"seed":%s,"scores":"%s/scores.jsonl","run":"%s"}\n' \
        "$method" "$count" "$seed" "$run" "$run" >>"$out/results.jsonl"
    done
  done
done
waiting 1
cs-report --results "$out/results.jsonl" --metrics dice,hd95 --title "Labelled cases: ${counts[*]}" \
  --out "$out/report.html" --csv "$out/table.csv" --markdown - --sentence "$out/sentence.txt" --force
