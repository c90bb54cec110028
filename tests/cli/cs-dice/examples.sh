# shellcheck shell=bash
# Every example of the help page works as it stands.
make_nifti reference.nii.gz 20 20 3 1.5 1.5 8  box 3 4 10 4 10 0 3  box 2 10 14 4 10 0 3  box 1 14 18 4 10 0 3
make_nifti prediction.nii.gz 20 20 3 1.5 1.5 8  box 3 4 10 4 11 0 3  box 2 10 14 4 10 0 3  box 1 14 18 4 9 0 3
make_nifti other.nii.gz 20 20 3 1.5 1.5 8  box 3 4 9 4 11 0 3  box 2 10 14 5 10 0 3  box 1 14 18 4 9 0 3
mkdir predicted
line() { # NUMBER PREDICTION FOLDER
  echo "{\"id\":\"p$1\",\"image\":\"x.nii.gz\",\"label\":\"$3reference.nii.gz\",\"prediction\":\"$3$2.nii.gz\",\"artefact\":\"spike\"}"
}
for i in 1 2 3; do
  line $i prediction '' >>a.jsonl
  line $i other '' >>b.jsonl
  line $i prediction ../ >>predicted/cases.jsonl
done
cs-dice --help | sed -n '/^Examples:/,/^$/s/^  \(cs-\)/\1/p' >examples
equal "$(wc -l <examples)" 5
while read -r example; do
  bash -euo pipefail -c "$example" >>output 2>messages || fail "$example: $(cat messages)"
done <examples
says output '^LV +0\.[0-9]+'
says output '^- +1 +hd95 '
says output '^- +spike +1 +hd95 '
says output '^1 +dice +3 '
says scores.jsonl '"definition":"medpy"'
