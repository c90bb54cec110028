# shellcheck shell=bash
# Every example of the help page works as it stands.
source "$(dirname "$case_file")/setup.bash"
make_hearts
make_model
mkdir run
mv model.safetensors run/best.safetensors
cp run/best.safetensors a.safetensors
changed a.safetensors segmentation_decoder/up4.conv_input.weight b.safetensors
cp hearts/phantom002/ED_img.nii.gz .
tail -2 hearts/cases.jsonl | sed 's|"image":"|&hearts/|; s|"label":"|&hearts/|' >test.jsonl
# A segmentation's probabilities are a file of several frames.
cs-predict --model run/best.safetensors --probabilities ED_img.nii.gz made.nii.gz 2>messages
mv made_prob.nii.gz cine.nii.gz
cs-predict --help | sed -n '/^Examples:/,/^$/s/^  \(cs-\)/\1/p' >examples
equal "$(wc -l <examples)" 4
while read -r example; do
  rm -f ED_pred.*
  bash -euo pipefail -c "$example" >>output 2>messages || fail "$example: $(cat messages)"
  [ -s ED_pred.nii.gz ] || [ -s predictions/cases.jsonl ] || [ -s reviewed/cases.jsonl ] ||
    fail "nothing was segmented by $example"
done <examples
says output '^phantom002 ED +LV'
says ED_pred.json '"largest-component": true'
