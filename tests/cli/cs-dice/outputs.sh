# shellcheck shell=bash
# The list with scores, CSV, and the refusals: existing files, a full disk, a closed pipe.
make_nifti ref.nii.gz 12 12 4 1 1 5  box 1 2 6 2 6 0 4
make_nifti pred.nii.gz 12 12 4 1 1 5  box 1 2 6 2 7 0 4
cat >list.jsonl <<'X'
{"id":"a","image":"x.nii.gz","label":"ref.nii.gz","prediction":"pred.nii.gz","site":"north","unknown":[1,2]}
{"id":"b","image":"x.nii.gz","label":"ref.nii.gz"}
X
exits 0 cs-dice --cases list.jsonl --labels LV:1 --metrics dice,hd --cases-out -
equal "$(wc -l <stdout)" 2
says stdout '^\{"id":"a".*"unknown":\[1,2\].*"metrics":\{"LV":\{"dice":0\.8888888888888888,"hd":1\.0\}\},'
says stdout '^\{"id":"a".*,"metrics_definition":"coopseg"\}$'
says stdout '^\{"id":"b"[^m]*image'
mkdir sub
exits 0 cs-dice --cases list.jsonl --labels LV:1 --cases-out sub/scored.jsonl --csv scores.csv
says sub/scored.jsonl '"label":"\.\./ref\.nii\.gz"'
says scores.csv '^id,frame,dataset,class,slice,status,empty,definition,dice'
says scores.csv '^a,,,LV,,scored,,coopseg,0\.8888888888888888,'
says scores.csv '^b,,,LV,,missing-prediction,,coopseg,,'

exits 2 cs-dice --cases list.jsonl --labels LV:1 --csv scores.csv
says stderr 'scores.csv'
exits 0 cs-dice --cases list.jsonl --labels LV:1 --csv scores.csv --force
no_leftovers .

if [ -w /dev/full ]; then
  status=0; cs-dice pred.nii.gz ref.nii.gz >/dev/full 2>stderr || status=$?
  equal "$status" 1
  says stderr 'No space left'
fi
for i in $(seq 300); do sed "s/\"b\"/\"b$i\"/" list.jsonl | tail -1; done >long.jsonl
head -1 list.jsonl >>long.jsonl
open_closed_pipe
status=0; cs-dice --cases long.jsonl --labels LV:1 --log-level error >&4 2>stderr || status=$?
equal "$status" 141 "exit status with a closed pipe"
equal "$(wc -c <stderr)" 0
