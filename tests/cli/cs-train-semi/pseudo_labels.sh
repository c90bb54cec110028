# shellcheck shell=bash
# --pseudo: a second stream of cases that a model has labelled, by their label maps or class probabilities; a
# generation of self-training from lists, in volumes and slices.
source "$(dirname "$case_file")/setup.bash"
make_data
train first --max-iterations 2 2>err
exits 0 cs-predict --model first/last.safetensors --cases unlabelled.jsonl --out pl --pseudo-labels --probabilities
options=(--pseudo pl/cases.jsonl --batch-size "2,2" --init first/last.safetensors)
number='[0-9.e-]+'
terms="\"pseudo_cross_entropy\":$number,\"pseudo_dice\":$number"
for targets in hard soft; do
  train $targets "${options[@]}" --pseudo-targets $targets --max-iterations 3 2>err || fail "$(cat err)"
  says err '2 labelled and 3 pseudo-labelled volumes'
  says $targets/log.jsonl "\"losses\":\{\"total\":$number,\"cross_entropy\":$number,\"dice\":$number,$terms\}"
  says $targets/config.json "\"targets\": \"$targets\""
  says $targets/config.json '^    "pseudo": \{'
done
says hard/config.json '"unlabelled": null'
says_not first/config.json pseudo
exits 1 cs-model diff --weights hard/last.safetensors soft/last.safetensors
# Two streams are the default, hard targets of weight 1 too.
cs-train-semi "${train_options[@]}" --filters 2 --pseudo pl/cases.jsonl --init first/last.safetensors \
  --max-iterations 3 --out default 2>err
exits 0 cs-model diff --weights hard/last.safetensors default/last.safetensors

# Whoever was learned from is seen: the pseudo-labelled cases, too.
exits 0 cs-predict --model hard/last.safetensors --cases unlabelled.jsonl --out seen
says stderr '3 of 3 images were seen in training'
# Without weight they move batch norms alone, and no loss.
train without "${options[@]}" --pseudo-weight 0 --max-iterations 1 2>err || fail "$(cat err)"
says without/log.jsonl '"pseudo_cross_entropy":0.0,"pseudo_dice":0.0'

# Stopped and resumed, a run ends with the same bytes; of other targets or another weight it is another run.
soft=("${options[@]}" --pseudo-targets soft --augmentation mild)
survives_a_stop stopped "${soft[@]}"
for other in "--pseudo-weight 2" "--pseudo-targets hard"; do
  # shellcheck disable=SC2086
  exits 2 train stopped-whole "${options[@]}" --augmentation mild $other --max-iterations 100 --resume
done

exits 0 train nowhere "${options[@]}" --plan
says stdout '^training +2 cases$'
says stdout '^pseudo-labelled +3 cases$'
absent nowhere
exits 0 train nowhere "${options[@]}" --plan --json
says stdout '"pseudo": \{'

# Of slices, and of a class alone with a sigmoid's head.
sed -i 's/,"shell":2/,"ignore":2/' train.jsonl validate.jsonl
for patch in 16,16 16,16,16; do
  cs-train-semi --cases train.jsonl --patch $patch --filters 2 --batch-size 2 --max-iterations 1 --out one-$patch 2>err
  exits 0 cs-predict --model one-$patch/last.safetensors --cases unlabelled.jsonl --out pl-$patch --pseudo-labels \
    --probabilities
  for targets in hard soft; do
    cs-train-semi --cases train.jsonl --pseudo pl-$patch/cases.jsonl --pseudo-targets $targets --patch $patch \
      --filters 2 --max-iterations 1 --out one-$patch-$targets 2>err || fail "$(cat err)"
    says one-$patch-$targets/log.jsonl '"pseudo_dice":0\.[0-9]'
  done
done
