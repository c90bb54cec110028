# shellcheck shell=bash
# A list: rows, ejection fraction and means that say of how many they are; the same bytes with any number of threads.
make_nifti big.nii.gz 30 30 6 1.5 1.5 8  ball 1 15 15 3 14
make_nifti small.nii.gz 30 30 6 1.5 1.5 8  ball 1 15 15 3 9
make_nifti none.nii.gz 30 30 6 1.5 1.5 8
sed 's/"seen":1/"seen_in_training":true/' >list.jsonl <<'X'
{"id":"p1","frame":"ED","image":"x.nii.gz","label":"big.nii.gz","prediction":"big.nii.gz","dataset":"one"}
{"id":"p1","frame":"ES","image":"x.nii.gz","label":"small.nii.gz","prediction":"small.nii.gz","dataset":"one"}
{"id":"p2","frame":"ED","image":"x.nii.gz","label":"big.nii.gz","prediction":"small.nii.gz","dataset":"one","seen":1}
{"id":"p3","frame":"ED","image":"x.nii.gz","label":"big.nii.gz","prediction":"none.nii.gz","dataset":"two"}
{"id":"p4","frame":"ED","image":"x.nii.gz","label":"none.nii.gz","prediction":"none.nii.gz","dataset":"two"}
{"id":"p5","frame":"ED","image":"x.nii.gz","label":"big.nii.gz","dataset":"two"}
{"id":"p6","frame":"ED","image":"x.nii.gz","dataset":"two"}
X
exits 0 cs-dice --cases list.jsonl --labels LV:1 --threads 1
cp stdout one
says stdout '^p1 +[0-9.]+ +[0-9.]+ +0\.0$'
says stdout '^p3 ED +LV +0\.0000.*prediction empty'
says stdout '^p4 ED +LV +-.*both empty'
says stdout '^p5 ED +LV.*no prediction'
says stdout '^two +LV +dice +0\.0000 +- +0\.0000 +1/3 +1 +0 +1 +1 +0$'
says stdout '^two +LV +hd95 +- +- +- +0/3'
says stdout '^# hd95:'
says stderr '1 of 7 cases have no label'
says stderr '1 of 7 cases have no prediction'
says stderr '1 of 7 cases were seen in training'
exits 0 cs-dice --cases list.jsonl --labels LV:1 --threads 4
same_bytes stdout one

exits 0 cs-dice --cases list.jsonl --labels LV:1 --json --threads 1
cp stdout one
exits 0 cs-dice --cases list.jsonl --labels LV:1 --json --threads 3
same_bytes stdout one
says stdout '"id":"p2".*"seen_in_training":true'
says stdout '"record":"ejection_fraction","id":"p1".*"difference_percent":0\.0'
says stdout '"record":"summary","dataset":"two","class":"LV".*"n_cases":3,"n_empty_both":1,"n_empty_reference":0'
says stdout '"record":"summary","dataset":"two","class":"LV".*"n_empty_prediction":1,"n_missing":1'

exits 0 cs-dice --cases - --labels LV:1 --summary <list.jsonl
says_not stdout '^p1'
says stdout '^one +LV +dice'

# MONAI's answer to a missed structure stays visible in our mean.
exits 0 cs-dice --cases list.jsonl --labels LV:1 --as monai --metrics hd --summary --json
says stdout '"dataset":"two".*"n_infinite":1,"mean":null'
