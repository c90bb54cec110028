# shellcheck shell=bash
# A training leaves config, log, best and last model; the same again gives the same bytes; a run is not overwritten; the
# model says how volumes are to be segmented.
source "$(dirname "$case_file")/setup.bash"
make_data
options=("${two_streams[@]}" --max-iterations 3 --log-every 1 --validate-every 2 --stride "8,8,4")
train run "${options[@]}" >out 2>err
[ ! -s out ] || fail "standard output is not empty"
equal "$(cd run && ls)" "$(printf 'best.safetensors\nconfig.json\nlast.safetensors\nlog.jsonl\nstate.safetensors')"
equal "$(grep -c '"type":"iteration"' run/log.jsonl)" 3 "iterations"
equal "$(grep -c '"type":"epoch"' run/log.jsonl)" 3 "epochs of a batch each"
equal "$(grep -c '"type":"validation"' run/log.jsonl)" 2 "validations: one, and that of the end"
says run/log.jsonl '"losses":\{"total":[0-9.]+,"cross_entropy":[0-9.]+,"dice":[0-9.]+\}'
says run/log.jsonl '"patches_per_s":[0-9.]+'
ratio='([0-9.e-]+|null)'
per_class="\"dice\":\{\"core\":$ratio,\"shell\":$ratio\}"
says run/log.jsonl "\"validation\":\{\"mean_dice\":$ratio,$per_class,\"cases\":\[\{\"case\":\"s3\",$per_class\}\]\}"
tr -d ' \n' <run/config.json >config
says config '"method":"supervised","parameters":\{\},"network":"V-Net","filters":2,"norm":"batch","dropout":0.5,'
says config '"patch":\[16,16,16\],"stride":\[8,8,4\],"batch":\{"labelled":2,"unlabelled":2\},'
says config '"optimiser":\{"type":"sgd","learning_rate":0.01,"momentum":0.9,"weight_decay":0.0001,"lr_step":2500,"lr_factor":0.1'
says config '"init_sha256":null,"validate_every":2'
says config '"case":"u3","image_sha256":"[0-9a-f]{64}","size":\[20,18,17\]'
for id in s1 u3; do
  hash=$(sha256sum data/${id}_img.nii.gz | cut -d' ' -f1)
  LC_ALL=C grep -aq "$hash" run/best.safetensors || fail "the training image $id is not recorded"
done
for file in run/*.safetensors run/config.json; do
  ! LC_ALL=C grep -aqF "$PWD" "$file" || fail "$file holds an absolute path"
done
exits 0 cs-model show --json run/best.safetensors
says stdout '"stride": \['
exits 0 cs-model check run/best.safetensors run/last.safetensors

train again "${options[@]}" 2>err
same_run run again
same_bytes run/state.safetensors again/state.safetensors

before=$(sha256sum run/*)
exits 2 train run "${options[@]}"
one_line stderr
says stderr 'run: holds a run already.*--resume.*--force'
equal "$(sha256sum run/*)" "$before" "(after a refusal)"
exits 0 train run "${options[@]}" --resume
says stderr 'has its 3 iterations already'
exits 2 train run "${options[@]}" --resume --filters 4
says stderr 'settings/filters is 4, was 2'
exits 0 train run --max-iterations 1 --force
equal "$(grep -c '"type":"epoch"' run/log.jsonl)" 1
