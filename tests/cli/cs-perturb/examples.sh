# shellcheck shell=bash
# Every example of the help page works as it stands.
source "$(dirname "$case_file")/setup.bash"
make_data
make_model
mkdir -p run
cp model.safetensors run/best.safetensors
cp validate.jsonl test.jsonl
cp data/s1/ED_img.nii.gz ED_img.nii.gz
cs-perturb --help | sed -n '/^Examples:/,/^$/s/^  \(cs-.*\)/\1/p' >examples
equal "$(wc -l <examples)" 3 "(examples)"
while read -r example; do
  bash -euo pipefail -c "$example" >out 2>err </dev/null || { cat err; fail "$example"; }
done <examples
[ -s hard.png ] || fail "no picture"
[ -s others.png ] || fail "no picture of the other methods"
[ -s ED_hard.nii.gz ] || fail "no hard image"
