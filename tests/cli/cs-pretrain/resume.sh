# shellcheck shell=bash
# A stopped run goes on as if nothing had happened; labels of stage global are never read; plans write nothing.
source "$(dirname "$case_file")/setup.bash"
make_data
# shellcheck disable=SC2034
train_options=(--stage local --cases train.jsonl --patch "16,16" --batch-size 2)
# Stopped in the middle of an epoch; of stage global the rate falls towards the end, which stays the same.
options=(--stage global --cases unlabelled.jsonl --epochs 3 "${slices[@]}" --constant-epochs 1 --log-every 1 --seed 2)
cs-pretrain "${options[@]}" --out whole --log-level warning
cs-pretrain "${options[@]}" --out broken --log-level warning --save-every 0.001 &
pid=$!
wait_until "$pid" has_lines broken/log.jsonl 4
kill -TERM "$pid"
wait "$pid" || true
cs-pretrain "${options[@]}" --out broken --resume --log-level warning
same_bytes whole/last.safetensors broken/last.safetensors
same_bytes whole/state.safetensors broken/state.safetensors
options[5]=4 # epochs
exits 2 cs-pretrain "${options[@]}" --out broken --resume
says stderr 'settings/optimiser/cosine/length is 51, was 34'
options[5]=3
grep '"type":"epoch"' whole/log.jsonl | tail -n 1 | grep -qE '"lr":[0-9.]+e-0[67]' || fail "the rate has not fallen"

# Nobody reads labels, where none are needed.
sed -E 's/("image":"data\/(u.)_img.nii.gz")/\1,"label":"data\/\2_none.nii.gz"/' unlabelled.jsonl >named.jsonl
says named.jsonl _none
cs-pretrain --stage global --cases named.jsonl "${slices[@]}" --max-iterations 1 --out named --log-level warning

# Where no two positions of a class are compared, nothing is learned, and that is no success.
make_nifti point.nii.gz 20 18 17 1 1 1 ball 1 7 5 8 0.5
sed 's|data/s._seg|point|' train.jsonl >point.jsonl
says point.jsonl '"label":"point.nii.gz"'
exits 1 cs-pretrain --stage local --cases point.jsonl --patch 32,32 --filters 2 --batch-size 1 --epochs 2 --out idle

says stderr 'warning: idle: no batch of epoch 1 had anything to learn from: no two positions of one class'
says stderr 'nothing was learned'
says idle/log.jsonl '"idle_batches":2,'

cs-pretrain "${options[@]}" --plan >plan 2>err
says plan '^training +3 cases, 51 images$'
says_not plan 'validation'
says plan '^iterations +51 \(3 epochs of 17 batches\)'
cs-pretrain --stage local --cases train.jsonl "${volumes[@]}" --plan --json >plan.json 2>err
says plan.json '"images": 2'
