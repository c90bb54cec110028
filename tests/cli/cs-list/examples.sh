# shellcheck shell=bash
# Every example of the help page works as it stands.
id=patient001
mkdir -p ACDC/database/training/$id hearts/p1 OpenDataset/A1 data/images data/labels
printf 'ED: 1\nES: 9\n' >ACDC/database/training/$id/Info.cfg
touch ACDC/database/training/$id/${id}_frame0{1,9}{,_gt}.nii.gz
touch hearts/p1/ED_{img,seg}.nii.gz OpenDataset/A1/A1_sa{,_gt}.nii.gz
touch data/images/p1_ED.nii.gz data/labels/p1_ED_a.nii.gz
printf 'External code,ED,ES,Vendor,Centre\nA1,0,9,A,1\n' >information.csv
cs-list --help | sed -n '/^Examples:/,/^$/s/^  \(cs-\)/\1/p' >examples
equal "$(wc -l <examples)" 4
while read -r line; do
  bash -euo pipefail -c "$line" >output || fail "$line"
done <examples
equal "$(cat acdc.jsonl hearts.jsonl mnms.jsonl output | grep -c '"label":')" 6
