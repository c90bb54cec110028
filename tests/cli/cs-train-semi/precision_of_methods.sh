# shellcheck shell=bash
# SimCVD in bf16: repeatable over a stop, recorded, and told apart from fp32.
source "$(dirname "$case_file")/setup.bash"
make_data
options=("${two_streams[@]}" --method simcvd "${small_head[@]}" --filters 16 --ramp-length 2)
if ! train one "${options[@]}" --max-iterations 2 --precision bf16 2>probe.err; then
  ! grep -q 'bf16 needs a processor with AVX-512' probe.err || skip "this processor has no bf16"
  fail "$(cat probe.err)"
fi
train two "${options[@]}" --max-iterations 1 --precision bf16 2>err
train two "${options[@]}" --max-iterations 2 --precision bf16 --resume 2>err
same_bytes one/last.safetensors two/last.safetensors
train full "${options[@]}" --max-iterations 2 2>err
exits 1 cs-model diff --weights one/last.safetensors full/last.safetensors
says one/config.json '"precision": "bf16"'
