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

# A group in which nobody has both frames is counted, if the data set names both; one of ED alone has no fractions.
cat >vendors.jsonl <<'X'
{"id":"a","frame":"ED","image":"x.nii.gz","label":"big.nii.gz","prediction":"big.nii.gz","vendor":"A","dataset":"d"}
{"id":"a","frame":"ES","image":"x.nii.gz","label":"small.nii.gz","prediction":"small.nii.gz","vendor":"A","dataset":"d"}
{"id":"b","frame":"ED","image":"x.nii.gz","label":"big.nii.gz","prediction":"big.nii.gz","vendor":"B","dataset":"d"}
{"id":"c","frame":"ED","image":"x.nii.gz","label":"big.nii.gz","prediction":"big.nii.gz","vendor":"C","dataset":"e"}
X
exits 0 cs-dice --cases vendors.jsonl --labels LV:1 --metrics dice --summary --by vendor
says stdout 'd A LV ejection fraction.*1 of 1'
says stdout 'd B LV ejection fraction.*0 of 1'
says_not stdout 'e C LV ejection'
sed '/"ES"/s/"prediction":"[^"]*",//' vendors.jsonl >unpredicted.jsonl
exits 0 cs-dice --cases unpredicted.jsonl --labels LV:1 --metrics dice --summary
says stdout '^d LV ejection fraction.*0 of 2'
exits 0 cs-dice --cases unpredicted.jsonl --labels LV:1 --metrics dice --summary --json
says stdout '"record":"summary_ejection_fraction","dataset":"d","class":"LV","n_subjects":2,"n_scored":0'

# In a configuration words stand in a list, too.
echo '{"metrics":["dice","hd95"],"by":"artefact"}' >config.json
exits 0 cs-dice --cases list.jsonl --labels LV:1 --summary --config config.json
cp stdout configured
exits 0 cs-dice --cases list.jsonl --labels LV:1 --summary --metrics dice,hd95 --by artefact
same_bytes stdout configured
echo '{"metrics":[]}' >config.json
exits 2 cs-dice --cases list.jsonl --labels LV:1 --config config.json
says stderr '"metrics" is an empty list'

exits 2 cs-dice --cases list.jsonl --labels LV:1 --by scanner
says stderr 'no case of the list has'
exits 2 cs-dice --cases list.jsonl --labels LV:1 --by artefact --compare list.jsonl
exits 2 cs-dice --cases list.jsonl --labels LV:1 --by artefact --cases-out -
