# shellcheck shell=bash
# Errors stand before warnings, of which equal ones are counted; --strict=KINDS makes errors of some; a file that is the
# image of one case and the label of another is an error of both.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
for i in {1..5}; do
  make_nifti "i$i.nii" 6 5 2 0 1.5 "$i" 20 30 40
  make_nifti "s$i.nii" 6 5 2 0 1.5 0 1 1 "$((i % 2))" "$((i / 2 % 2))" "$((i / 4))"
  echo "{\"id\":\"p$i\",\"image\":\"i$i.nii\",\"label\":\"s$i.nii\",\"labels\":{\"LV\":1,\"scar\":4}}"
done >list.jsonl
exits 0 cs-check --cases list.jsonl
says stderr 'warning: 5 cases: missing-class: has no voxel of scar \(value 4\) \(first: s1.nii\)'
equal "$(grep -c missing-class stderr)" 2 "the summary is the other line"
equal "$(grep -o '"code":"missing-class"' stdout | wc -l)" 5

head -c 380 i1.nii >cut.nii
echo '{"id":"q1","image":"cut.nii"}' >>list.jsonl
exits 1 cs-check --cases list.jsonl
says stderr 'error: cut.nii: broken'
equal "$(grep -nm 1 'error: ' stderr | cut -d: -f1)" 1 "errors come first"

sed '$d' list.jsonl >warned.jsonl
exits 1 cs-check --cases warned.jsonl --strict
exits 1 cs-check --cases warned.jsonl --strict=slice-axis,missing-class
says stderr 'error: s1.nii: missing-class'
says stderr '5 cases, 10 files read: 0 ok, 0 with warnings, 5 with errors'
says stdout '"verdict":"error".*"level":"error","code":"missing-class"'
exits 0 cs-check --cases warned.jsonl --strict=slice-axis,reading
echo '{"strict":"missing-class"}' >strict.json
exits 1 cs-check --cases warned.jsonl --config strict.json
echo '{"strict":["slice-axis","missing-class"]}' >strict.json
exits 1 cs-check --cases warned.jsonl --config strict.json
says stderr 'error: s1.nii: missing-class'
echo '{"strict":["slice-axis","reading"]}' >strict.json
exits 0 cs-check --cases warned.jsonl --config strict.json
exits 2 cs-check --cases warned.jsonl --strict=missing-class,grid
says stderr '"grid" is no kind of warning; give some of .*slice-axis'

# As a pattern that was too wide lists them.
cat >roles.jsonl <<'END'
{"id":"a","frame":"ED","image":"i1.nii","label":"s1.nii"}
{"id":"a","frame":"ED_gt","image":"s1.nii"}
END
exits 1 cs-check --cases roles.jsonl
says stderr 'error: s1.nii: label-is-image: is the image here and the label of a ED$'
says stderr 'error: s1.nii: label-is-image: is the label here and the image of a ED_gt$'
says_not stderr 'i1.nii: label-is-image'
