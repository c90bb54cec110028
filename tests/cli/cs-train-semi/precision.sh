# shellcheck shell=bash
# Training and prediction in bf16: repeatable, recorded, told apart from fp32.
source "$(dirname "$case_file")/setup.bash"
make_data
if ! train one --filters 16 --max-iterations 2 --precision bf16 2>probe.err; then
  ! grep -q 'bf16 needs a processor with AVX-512' probe.err || skip "this processor has no bf16"
  fail "$(cat probe.err)"
fi
# Of which there are no convolutions of the toolkit's own.
train odd --filters 3 --max-iterations 1 --precision bf16 2>err
train two --filters 16 --max-iterations 1 --precision bf16 2>err
train two --filters 16 --max-iterations 2 --precision bf16 --resume 2>err
same_bytes one/last.safetensors two/last.safetensors
train full --filters 16 --max-iterations 2 2>err
exits 1 cs-model diff --weights one/last.safetensors full/last.safetensors
says one/config.json '"precision": "bf16"'
exits 2 train one --filters 16 --max-iterations 3 --precision fp32 --resume
says stderr 'settings/precision is "?fp32"?, was "?bf16"?'
predict() { cs-predict --model one/last.safetensors data/s3_img.nii.gz "$@" --device cpu; }
predict bf16.nii.gz --precision bf16 2>err
predict again.nii.gz --precision bf16 2>err
same_bytes bf16.nii.gz again.nii.gz
says bf16.json '"precision": "bf16"'
