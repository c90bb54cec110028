# shellcheck shell=bash
# Two epochs leave config, log, best and last model; the same again gives the same bytes; a run is not overwritten.
source "$(dirname "$case_file")/setup.bash"
make_data
train run --epochs 2 --log-every 2 >out 2>err
[ ! -s out ] || fail "standard output is not empty"
equal "$(cd run && ls)" "$(printf 'best.safetensors\nconfig.json\nlast.safetensors\nlog.jsonl\nstate.safetensors')"
equal "$(grep -c '"type":"epoch"' run/log.jsonl)" 2
equal "$(grep -c '"type":"iteration"' run/log.jsonl)" 3
says run/log.jsonl '"losses":\{"total":[0-9.]+,"seg":[0-9.]+,"image":[0-9.]+\}'
says run/log.jsonl '"iou":\{"background":[0-9.]+,"LV":[0-9.]+,"MYO":[0-9.]+\}'
says run/config.json '"learning_rate": 0.001'
says run/config.json '"LibTorch": "[0-9]'
hash=$(sha256sum data/s1/ED_img.nii.gz | cut -d' ' -f1)
LC_ALL=C grep -aq "$hash" run/best.safetensors || fail "training images are not recorded"
for file in run/*.safetensors run/config.json; do
  ! LC_ALL=C grep -aqF "$PWD" "$file" || fail "$file holds an absolute path"
done

train again --epochs 2 --log-every 2 2>err
same_run run again
same_bytes run/state.safetensors again/state.safetensors

before=$(sha256sum run/*)
exits 2 train run --epochs 2
one_line stderr
says stderr 'run: holds a run already.*--resume.*--force'
equal "$(sha256sum run/*)" "$before" "(after a refusal)"
exits 0 train run --epochs 1 --force
equal "$(grep -c '"type":"epoch"' run/log.jsonl)" 1
exits 0 train run --epochs 1 --resume
says stderr 'has its 3 iterations already'
