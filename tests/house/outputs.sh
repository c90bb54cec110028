#!/usr/bin/env bash
# What all programs write, on small made-up data, in one folder: two builds that shall write the same bytes are compared
# by `diff -r`. Times and measured memory are left out.
#   tests/house/outputs.sh BUILD FOLDER
set -euo pipefail
[ $# = 2 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
build=$(realpath "$1") folder=$2
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
export PATH=$build/bin:$PATH COOPSEG_THREADS=1 COOPSEG_LOG_LEVEL=warning OMP_NUM_THREADS=1
quietly() { "$@" 2>>messages.txt || { echo "$*" >&2; tail -5 messages.txt >&2; exit 1; }; }
without_times() { sed -Ei 's/"((slices|patches)_per_s|seconds|data_wait_s)":[^,}]*/"\1":0/g' "$1"; }

# Data: hearts of two sites, one of them also as a 4D file.
quietly cs-phantom --out hearts --subjects 4 --size 40 --spacing 7 --slices 3 --seed 3 --preview hearts.png
quietly cs-phantom one.nii.gz one_labels.nii.gz --size 33x37 --spacing 7 --slices 3
quietly cs-list coopseg hearts --labels coopseg --cases-out listed.jsonl
quietly cs-list glob hearts --image '{id}/{frame}_img.nii.gz' --dataset mine >unlabelled.jsonl
quietly cs-split --cases hearts/cases.jsonl --train 2 --val 1 --test 1 --seed 1 --out parts
quietly cs-split --cases hearts/cases.jsonl --by site --out sites
cs-check --cases hearts/cases.jsonl --against listed.jsonl >check.jsonl 2>>messages.txt || true
quietly cs-preprocess --cases hearts/cases.jsonl --out ready --spacing 6
quietly cs-preprocess --cases hearts/cases.jsonl --out acdc --to-labels acdc --percentiles none --spacing keep
quietly cs-preprocess one.nii.gz one_ready.nii.gz --n4 --n4-iterations 2
quietly cs-preprocess --like one.nii.gz hearts/phantom001/ED_img.nii.gz like.nii.gz
quietly cs-preprocess --label-map --remap 3:1,1:3 --spacing keep one_labels.nii.gz one_remapped.nii.gz
quietly cs-distance-map --cases hearts/cases.jsonl --out distances --spacing mm --normalise none
quietly cs-corrupt all --cases hearts/cases.jsonl --out bad --repeats 2 --crop 32 --seed 4
quietly cs-corrupt --chain motion,spike one.nii.gz one_chain.nii.gz --dialect physical --severity 4
quietly cs-corrupt all --severity 1,5 --dialect physical one.nii.gz --preview damage.png
quietly cs-corrupt --recipe bad/recipe.jsonl --cases hearts/cases.jsonl --out again
quietly cs-corrupt --params one_chain.json one.nii.gz one_again.nii.gz

if [ -x "$build/bin/cs-train-ftn" ]; then
  short="--cases parts/train.jsonl --validate parts/validate.jsonl --crop 32 --batch-size 4 --max-iterations 5 --epochs 2
    --seed 5 --log-every 1"
  for method in standard rand-mwm rand-conv adv-noise adv-bias; do
    # shellcheck disable=SC2086
    quietly cs-train-ftn $short --method $method --out ftn-$method
  done
  for method in cooperative standard rand-mwm rand-conv adv-noise adv-bias; do
    # shellcheck disable=SC2086
    quietly cs-train-coop $short --method $method --out coop-$method
  done
  # shellcheck disable=SC2086
  {
    quietly cs-train-coop $short --code shared --mask spatial --latent-da image --separate --out coop-shared
    quietly cs-train-coop $short --code unfiltered --latent-da none --paper-validation --augmentation affine --out coop-un
    quietly cs-train-ftn $short --keep-empty-slices --randconv-loss hard-example --method rand-conv --out ftn-conv
    quietly cs-train-coop $short --plan --json | grep -vE '"(activations|peak|seconds_[a-z_]*)":' >plan.json
  }
  volumes="--cases parts/train.jsonl --patch 32,32,16 --filters 2 --max-iterations 3 --seed 5 --log-every 1"
  # shellcheck disable=SC2086
  {
    quietly cs-train-semi $volumes --validate parts/validate.jsonl --batch-size 2 --out semi
    quietly cs-train-semi $volumes --unlabelled parts/test.jsonl --batch-size 2,1 --augmentation mild --no-dropout \
      --init semi/last.safetensors --out semi-streams
  }
  for log in */log.jsonl; do without_times "$log"; done
  for method in cooperative standard; do
    for set in hearts bad; do
      quietly cs-predict --model coop-$method/best.safetensors --cases $set/cases.jsonl --out $method-$set
      quietly cs-dice --cases $method-$set/cases.jsonl --cases-out $method-$set.jsonl >$method-$set.txt
      echo "{\"method\":\"$method\",\"set\":\"$set\",\"scores\":\"$method-$set.jsonl\",\"run\":\"coop-$method\",\"stage\":\"stn\"}" \
        >>results.jsonl
    done
  done
  quietly cs-predict --model coop-standard/last.safetensors --cases bad/cases.jsonl --out ftn --stage ftn
  quietly cs-predict --model coop-shared/last.safetensors --steps 2 --probabilities --largest-component \
    one.nii.gz one_pred.nii.gz
  quietly cs-predict --model semi/best.safetensors --cases hearts/cases.jsonl --blend gaussian --out segmented
  quietly cs-predict --model ftn-rand-conv/last.safetensors --cases ready/cases.jsonl --out predicted-ready
  quietly cs-perturb --model coop-cooperative/best.safetensors --cases parts/test.jsonl --out hard --preview hard.png
  quietly cs-perturb --model coop-cooperative/best.safetensors --cases parts/test.jsonl --out others \
    --preview others.png --method rand-mwm,rand-conv,adv-noise,adv-bias --repeats 2
  quietly cs-perturb --model ftn-standard/best.safetensors --mask channel --latent-da image one.nii.gz one_hard.nii.gz
  quietly cs-model show ftn-standard/best.safetensors >model.txt
  quietly cs-model show --json coop-cooperative/best.safetensors >model.json
  quietly cs-model export coop-cooperative/best.safetensors --to-reference checkpoints
  quietly cs-model import --from-reference checkpoints --labels LV:1,MYO:2,RV:3 --crop 32 --out imported.safetensors
  cs-model diff --json coop-cooperative/best.safetensors coop-standard/best.safetensors >difference.json || true
  quietly cs-dice --cases predicted-ready/cases.jsonl --metrics all --per-slice >slices.txt
  quietly cs-dice --cases cooperative-hearts/cases.jsonl --compare standard-hearts/cases.jsonl >compared.txt
  quietly cs-report --results results.jsonl --out report.html --markdown table.md --csv table.csv --sentence - \
    --picture cases.png >sentence.txt
fi
quietly cs-dice one_labels.nii.gz one_remapped.nii.gz --labels coopseg >pair.txt
quietly cs-dice one_labels.nii.gz one_remapped.nii.gz --labels coopseg --as medpy --json >pair.json
for program in "$build"/bin/cs-*; do
  "$program" --help >"$(basename "$program").help"
  "$program" --help-as json >"$(basename "$program").options"
done
