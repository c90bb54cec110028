#!/usr/bin/env bash
# results.sh OUT METHODS FOLDS SEEDS SET=NAME...: the lines of results.jsonl, one for each scored list: what method, seed
# and fold made it, on which test set. A set that was divided has a folder of lists instead of one.
set -euo pipefail
out=$1
read -ra methods <<<"$2"
read -ra folds <<<"$3"
read -ra seeds <<<"$4"
shift 4
row() {  # SET'S NAME, LIST
  printf '{"method":"%s","set":"%s","stage":"%s","seed":%s,"fold":%s,"scores":"%s","run":"run/%s"}\n' \
    "$method" "${1//_/ }" "$stage" "$seed" "$fold" "$2" "$run"
}
for method in "${methods[@]}"; do for fold in "${folds[@]}"; do for seed in "${seeds[@]}"; do
  run=$method-$fold-$seed
  for set in "$@"; do for stage in ftn stn; do
    name=${set#*=} list=scores/$run/$stage/${set%%=*}
    if [ -d "$out/$list" ]; then
      for part in "$out/$list"/*.jsonl; do
        value=$(basename "$part" .jsonl)
        case ${set%%=*} in
          corrupted) row "Rand${value^}" "$list/$value.jsonl" ;;
          *) row "$name $value" "$list/$value.jsonl" ;;
        esac
      done
    else
      row "$name" "$list.jsonl"
    fi
  done; done
done; done; done
