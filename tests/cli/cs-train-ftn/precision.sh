# shellcheck shell=bash
# Training and prediction in bf16: repeatable, recorded, told apart from fp32, and auto says what it takes.
source "$(dirname "$case_file")/setup.bash"
make_data
exits 2 train run --precision fp16
says stderr 'fp16'
exits 0 train chosen --epochs 1 --precision auto --device cpu
says stderr 'precision bf16, which is fast on this processor|precision fp32: this processor has no fast bf16'
says stderr 'device cpu, (bf16|fp32), 1 threads'
if ! train two --epochs 1 --precision bf16 2>probe.err; then
  grep -q 'bf16 needs a processor with AVX-512' probe.err || fail "$(cat probe.err)"
  skip "this processor has no bf16"
fi
train one --epochs 2 --precision bf16 2>err
train two --epochs 2 --precision bf16 --resume 2>err
same_run one two
train two --epochs 3 --precision auto --resume 2>err # keeps what it began with
grep -q '"precision": "bf16"' two/config.json || fail "auto did not keep bf16"
train full --epochs 2 2>err
! cmp -s one/last.safetensors full/last.safetensors || fail "bf16 changed nothing"
grep -q '"precision": "bf16"' one/config.json || fail "config.json does not say bf16"
exits 2 train one --epochs 3 --precision fp32 --resume
says stderr 'settings/precision is fp32, was bf16|settings/precision is "fp32", was "bf16"'

predict() { cs-predict --model one/best.safetensors data/s3/ED_img.nii.gz "$@" --device cpu; }
predict fp32.nii.gz 2>err
predict bf16.nii.gz --precision bf16 --probabilities 2>err
predict again.nii.gz --precision bf16 2>err
same_bytes bf16.nii.gz again.nii.gz
grep -q '"precision": "bf16"' bf16.json || fail "the sidecar does not say bf16"
# A label map in the other precision is not this one.
exits 0 predict bf16.nii.gz --precision bf16 --probabilities --skip-existing
says stderr '1 of 1 label maps were there already'
exits 1 predict bf16.nii.gz --precision fp32 --skip-existing
