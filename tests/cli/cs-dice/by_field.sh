# shellcheck shell=bash
# Means per value of a field: each is that of the list's part with this value.
make_nifti big.nii.gz 30 30 6 1.5 1.5 8  ball 1 15 15 3 14
make_nifti small.nii.gz 30 30 6 1.5 1.5 8  ball 1 15 15 3 9
cat >list.jsonl <<'X'
{"id":"p1","frame":"ED","image":"x.nii.gz","label":"big.nii.gz","prediction":"big.nii.gz","artefact":"bias","repeat":1}
{"id":"p1","frame":"ES","image":"x.nii.gz","label":"small.nii.gz","prediction":"small.nii.gz","artefact":"bias","repeat":1}
{"id":"p1","frame":"ED","image":"x.nii.gz","label":"big.nii.gz","prediction":"small.nii.gz","artefact":"spike","repeat":1}
{"id":"p2","frame":"ED","image":"x.nii.gz","label":"big.nii.gz","prediction":"small.nii.gz"}
X
exits 0 cs-dice --cases list.jsonl --labels LV:1 --metrics dice --summary --by artefact
says stdout '^dataset +artefact +class +metric'
says stdout '^- +bias +LV +dice +1\.0000.* 2/2 '
says stdout '^- +spike +LV +dice +0\.[0-9]+ .* 1/1 '
says stdout '^- +- +LV +dice .* 1/1 '
says stdout '^bias LV ejection fraction'
exits 0 cs-dice --cases list.jsonl --labels LV:1 --metrics dice --summary --by artefact --json
grep -E '"by":"artefact","group":"bias"' stdout | sed 's/,"by":"artefact","group":"bias"//' >grouped
equal "$(wc -l <grouped)" 2 "records of a group"
grep bias list.jsonl >part.jsonl
exits 0 cs-dice --cases part.jsonl --labels LV:1 --metrics dice --summary --json
sed 1d stdout | same_bytes - grouped
says_not stdout '"by"'
exits 0 cs-dice --cases list.jsonl --labels LV:1 --metrics dice --by repeat --json
says stdout '"record":"score"'
says stdout '"by":"repeat","group":"1"'

exits 2 cs-dice --cases list.jsonl --labels LV:1 --by scanner
says stderr 'no case of the list has'
exits 2 cs-dice --cases list.jsonl --labels LV:1 --by artefact --compare list.jsonl
exits 2 cs-dice --cases list.jsonl --labels LV:1 --by artefact --cases-out -
