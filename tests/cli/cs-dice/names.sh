# shellcheck shell=bash
# Classes are matched by name: another order is converted, a missing name refused, never scored as a bad Dice.
make_nifti acdc.nii.gz 12 12 4 1 1 5  box 3 2 5 2 5 0 4  box 2 5 8 2 5 0 4  box 1 8 11 2 5 0 4
make_nifti ours.nii.gz 12 12 4 1 1 5  box 1 2 5 2 5 0 4  box 2 5 8 2 5 0 4  box 3 8 11 2 5 0 4

exits 0 cs-dice --labels acdc --prediction-labels coopseg --json ours.nii.gz acdc.nii.gz
equal "$(grep -c '"dice":1\.0' stdout)" 3
says stdout '"class":"LV"'

tr -d '\n' >list.jsonl <<'X'
{"id":"p1","frame":"ED","image":"x.nii.gz","label":"acdc.nii.gz","labels":{"RV":1,"MYO":2,"LV":3},
"prediction":"ours.nii.gz","prediction_labels":{"LV":1,"MYO":2,"RV":3}}
X
exits 0 cs-dice --cases list.jsonl --json
equal "$(grep '"record":"score"' stdout | grep -c '"dice":1\.0')" 3

sed 's/,"prediction_labels":{[^}]*}//' list.jsonl >half.jsonl
exits 2 cs-dice --cases half.jsonl
says stderr 'p1 ED.*prediction'
absent_output=$(wc -c <stdout); equal "$absent_output" 0
exits 0 cs-dice --cases half.jsonl --prediction-labels coopseg

sed 's/,"RV":3}/}/' list.jsonl >lacking.jsonl
exits 2 cs-dice --cases lacking.jsonl
says stderr 'no class RV'
exits 1 cs-dice --cases lacking.jsonl --classes LV,MYO
says stderr 'ours.nii.gz.*holds label 3, which no class has'
exits 0 cs-dice --cases lacking.jsonl --classes LV,MYO --ignore-unnamed
says stdout '^p1 ED +LV +1\.0000'

exits 1 cs-dice --labels LV:1,MYO:2 ours.nii.gz acdc.nii.gz
says stderr 'holds label 3'
one_line stderr
