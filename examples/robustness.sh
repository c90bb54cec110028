#!/usr/bin/env bash
# robustness.sh OUT TRAIN VALIDATE NAME=TESTLIST ...: trains both networks with several methods, each with several
# seeds, and prints the paper's table: mean Dice of all classes and cases, mean (SD) over the seeds; columns: test sets,
# their averages for the fast-thinking network (FTN) and with the slow-thinking network's correction.
# The lists are preprocessed ones; what is there is kept. Settings: SEEDS, ITERATIONS, BATCH, CROP, LR, METHODS,
# PRECISION, THREADS.
# All rows: METHODS="standard rand-mwm rand-conv adv-noise adv-bias cooperative-image cooperative".
set -euo pipefail
out=$1 train=$2 validate=$3
shift 3
read -ra seeds <<<"${SEEDS:-0 1 2}"
read -ra methods <<<"${METHODS:-standard cooperative}"
mkdir -p "$out/scores"
for seed in "${seeds[@]}"; do
  for method in "${methods[@]}"; do
    case $method in
      standard | rand-mwm | rand-conv | adv-noise | adv-bias | cooperative) how=(--method "$method") ;;
      cooperative-image) how=(--method cooperative --latent-da image) ;;
      *) echo "robustness.sh: METHODS: there is no $method" >&2; exit 2 ;;
    esac
    run=$out/run/$method-$seed
    cs-train-coop --cases "$train" --validate "$validate" --out "$run" "${how[@]}" --seed "$seed" --resume \
      --crop "${CROP:-192}" --lr "${LR:-1e-3}" --batch-size "${BATCH:-20}" \
      --max-iterations "${ITERATIONS:-2000}" --precision "${PRECISION:-fp32}" --threads "${THREADS:-0}"
    for set in "$@"; do
      name=${set%%=*}
      for stage in ftn stn; do
        cs-predict --model "$run/best.safetensors" --stage "$stage" --cases "${set#*=}" --skip-existing \
          --out "$out/predicted/$method-$seed-$stage/$name" --cases-out - --threads "${THREADS:-0}" |
          cs-dice --cases - --metrics dice --summary --json >"$out/scores/$method-$seed-$stage-$name"
      done
    done
  done
done

# One line a class: method, seed, stage, set, mean Dice.
for method in "${methods[@]}"; do for seed in "${seeds[@]}"; do for stage in ftn stn; do for set in "$@"; do
  name=${set%%=*}
  sed -n 's/.*"record":"summary".*"dice":{"n_scored":[0-9]*,"mean":\([0-9.e-]*\),.*/\1/p' \
    "$out/scores/$method-$seed-$stage-$name" | sed "s/^/$method $seed $stage $name /"
done; done; done; done >"$out/dice.txt"
awk -v methods="${methods[*]}" -v seeds="${seeds[*]}" -v sets="${*%%=*}" '
  { sum[$1, $2, $3, $4] += $5; count[$1, $2, $3, $4]++ }
  function over_seeds(method, stage, set,    i, k, x, n, s, q) {  # set "": the average of all sets
    for (i = 1; i <= n_seeds; i++) {
      x = 0
      for (k = 1; k <= n_sets; k++)
        if (set == "" || set == name[k])
          x += sum[method, seed[i], stage, name[k]] / count[method, seed[i], stage, name[k]] / (set == "" ? n_sets : 1)
      n++; s += x; q += x * x
    }
    return sprintf("%.3f (%.3f)", s / n, n > 1 ? sqrt((q - s * s / n > 0 ? q - s * s / n : 0) / (n - 1)) : 0)
  }
  END {
    n_methods = split(methods, method, " "); n_seeds = split(seeds, seed, " "); n_sets = split(sets, name, " ")
    printf "%-18s", "method"
    for (k = 1; k <= n_sets; k++) printf "%-15s", name[k]
    printf "%-15s%s\n", "AVG FTN", "AVG FTN+STN"
    for (m = 1; m <= n_methods; m++) {
      printf "%-18s", method[m]
      for (k = 1; k <= n_sets; k++) printf "%-15s", over_seeds(method[m], "ftn", name[k])
      printf "%-15s%s\n", over_seeds(method[m], "ftn", ""), over_seeds(method[m], "stn", "")
    }
  }' "$out/dice.txt" | tee "$out/table.txt"
