# shellcheck shell=bash
# Labels that a model made are told of: a note in a list of such, a warning where other cases have true ones.
make_nifti img1.nii.gz 12 12 4 1 1 5 --float ball 3 6 6 2 4
make_nifti img2.nii.gz 12 12 4 1 1 5 --float ball 3 5 6 2 4
make_nifti seg1.nii.gz 12 12 4 1 1 5 ball 1 6 6 2 4
make_nifti seg2.nii.gz 12 12 4 1 1 5 ball 1 5 6 2 4
a_case() { # NUMBER FIELDS
  echo "{\"id\":\"p$1\",\"image\":\"img$1.nii.gz\",\"label\":\"seg$1.nii.gz\",\"labels\":{\"LV\":1}$2}"
}
mark=',"label_source":"pseudo"'
{ a_case 1 "$mark"; a_case 2 "$mark"; } >pseudo.jsonl
exits 0 cs-check --cases pseudo.jsonl --strict
says stdout '"id":"p2","verdict":"ok".*"level":"note","code":"pseudo-label","file":"seg2.nii.gz"'
{ a_case 1 ''; a_case 2 "$mark"; } >mixed.jsonl
exits 0 cs-check --cases mixed.jsonl
says stdout '"id":"p1","verdict":"ok"'
says stdout '"id":"p2","verdict":"warning"'
says stderr 'seg2.nii.gz: pseudo-label: is a label of a model.s making, no reference, and 1 case of the list has a true one'
exits 1 cs-check --cases mixed.jsonl --strict
# A mark that is none.
for mark in '"Pseudo"' '""' 7; do
  a_case 1 ",\"label_source\":$mark" >misspelt.jsonl
  exits 1 cs-check --cases misspelt.jsonl
  says stderr "seg1.nii.gz: label-source: \"label_source\" is $mark, expected \"pseudo\", or none for a true label$"
done
