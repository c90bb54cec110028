# shellcheck shell=bash
# Validations and kept models that are counted in iterations, in a run that is stopped and goes on, too.
source "$(dirname "$case_file")/setup.bash"
make_data
milestones=(--epochs 3 --validate-every 4 --save-models-every 6 --seed 2)
train whole "${milestones[@]}" 2>err
equal "$(grep -o '"type":"validation","epoch":[0-9]*,"iteration":[0-9]*' whole/log.jsonl | sed 's/.*://' | tr '\n' ' ')" '4 8 9 '
equal "$(grep -c '"type":"epoch"' whole/log.jsonl)" 3
! grep '"type":"epoch"' whole/log.jsonl | grep -v '"validation":null' || fail "an epoch was validated"
equal "$(cd whole && ls iteration-*)" iteration-6.safetensors
says whole/config.json '"validate_every": 4'
says whole/config.json '"save_models_every": 6'

train parts "${milestones[@]}" --max-iterations 5 2>err
train parts "${milestones[@]}" --resume 2>err
same_bytes whole/last.safetensors parts/last.safetensors
same_bytes whole/iteration-6.safetensors parts/iteration-6.safetensors

# The weights are those of a run without them.
train plain --epochs 3 --seed 2 2>err
cs-model diff --weights whole/last.safetensors plain/last.safetensors >difference || { cat difference; fail "weights"; }

exits 2 train parts --epochs 3 --seed 2 --resume --validate-every 3
says stderr 'validate_every'
exits 2 "$trainer" --cases train.jsonl --crop 32 --out other --validate-every 4
says stderr '--validate-every: needs cases to validate with'
[ ! -e other ] || fail "a folder was made"

# A run that replaces another leaves none of its models, and one that shall not be replaced is seen by them.
before=$(sha256sum <whole/iteration-6.safetensors)
train whole --epochs 3 --validate-every 4 --save-models-every 6 --seed 9 --force 2>err
[ "$(sha256sum <whole/iteration-6.safetensors)" != "$before" ] || fail "the model of the run before"
train whole --epochs 1 --force 2>err
absent whole/iteration-6.safetensors
mkdir left
cp parts/iteration-6.safetensors left
exits 2 train left --epochs 1
says stderr 'left: holds a run already \(iteration-6.safetensors\)'
