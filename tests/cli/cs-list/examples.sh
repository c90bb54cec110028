# shellcheck shell=bash
# Every example of the help page works as it stands.
id=patient001
mkdir -p ACDC/database/training/$id hearts/p1 OpenDataset/A1 data/images data/labels
printf 'ED: 1\nES: 9\n' >ACDC/database/training/$id/Info.cfg
touch ACDC/database/training/$id/${id}_frame0{1,9}{,_gt}.nii.gz
touch hearts/p1/ED_{img,seg}.nii.gz OpenDataset/A1/A1_sa{,_gt}.nii.gz
touch data/images/p1_ED.nii.gz data/labels/p1_ED_a.nii.gz
printf 'External code,ED,ES,Vendor,Centre\nA1,0,9,A,1\n' >information.csv
mkdir -p Dataset004_Hippocampus/{imagesTr,labelsTr} study/sub-01/anat
touch Dataset004_Hippocampus/imagesTr/h1_0000.nii.gz Dataset004_Hippocampus/labelsTr/h1.nii.gz
echo '{"channel_names":{"0":"MRI"},"labels":{"background":0,"A":1},"file_ending":".nii.gz"}' \
  >Dataset004_Hippocampus/dataset.json
touch study/sub-01/anat/sub-01_{T1w,FLAIR}.nii.gz
cs-list --help | sed -n '/^Examples:/,/^$/s/^  \(cs-\)/\1/p' >examples
equal "$(wc -l <examples)" 6
while read -r line; do
  bash -euo pipefail -c "$line" >output || fail "$line"
done <examples
equal "$(cat acdc.jsonl hearts.jsonl mnms.jsonl hippocampus.jsonl output | grep -c '"label":')" 7
says study.jsonl '"channels":\{"T1w"'
