# shellcheck shell=bash
# Every example of the help page works as it stands.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
make_nifti in.nii.gz 8 6 2 0 1.5 0 10 20 30 40 50
make_nifti seg.nii.gz 8 6 2 0 1.5 0 1 2 3
make_nifti pred.nii.gz 6 5 2 0 2 0 1 2 3
make_nifti lost.nii.gz 8 6 2 0 1 0 1 2 3
echo '{"id":"p1","image":"in.nii.gz","label":"seg.nii.gz","labels":{"RV":1,"MYO":2,"LV":3}}' >cases.jsonl
cs-preprocess --help | sed -n '/^Examples:/,/^$/s/^  \(cs-\)/\1/p' >examples
equal "$(wc -l <examples)" 7
while read -r example; do
  rm -f out.*
  bash -euo pipefail -c "$example" 2>messages || fail "$example: $(cat messages)"
  [ -s out.nii.gz ] || [ -s "${example##* }/cases.jsonl" ] || fail "nothing was made by $example"
done <examples
says out.json '"geometry": "qform"'
