# shellcheck shell=bash
# Every example of the help page works as it stands.
make_nifti seg.nii.gz 8 6 2 1.5 1.5 8 box 1 1 3 1 4 0 2 box 2 3 5 1 4 0 2
make_nifti in.nii.gz 8 6 2 1.5 1.5 8 --float box 1 1 3 1 4 0 2
echo '{"id":"p1","image":"in.nii.gz","label":"seg.nii.gz","labels":{"RV":1,"MYO":2,"LV":3}}' >cases.jsonl
cs-distance-map --help | sed -n '/^Examples:/,/^$/s/^  \(cs-\)/\1/p' >examples
equal "$(wc -l <examples)" 3
while read -r example; do
  bash -euo pipefail -c "$example" 2>messages || fail "$example: $(cat messages)"
done <examples
for made in distance.nii.gz distances/cases.jsonl lv.nii.gz; do [ -s $made ] || fail "no $made"; done
