# shellcheck shell=bash
# Labels of a model's making stay what they are on another grid: the mark stays, the sidecars tell where the map comes
# from, and what was on the old grid goes.
make_nifti img.nii.gz 12 12 4 1 1 5 --float ball 3 6 6 2 4
make_nifti seg.nii.gz 12 12 4 1 1 5 ball 1 6 6 2 4
cp seg.nii.gz true.nii.gz
echo '{"id":"p1","image":"img.nii.gz","label":"seg.nii.gz","labels":{"LV":1},"label_source":"pseudo",' \
  '"label_probabilities":"prob.nii.gz","true_label":"true.nii.gz","true_labels":{"LV":1},"true_labelled_slices":[0]}' \
  >cases.jsonl
sidecar() { # PROGRAM
  echo '{"schema":"coopseg.sidecar/1","program":"'"$1"'","settings":{},"output":{"name":"seg.nii.gz",' \
    '"sha256":"'"$(sha256sum seg.nii.gz | cut -d' ' -f1)"'"}}' >seg.json
}
run() { exits 0 cs-preprocess --cases "$1" --out "$2" --percentiles none --spacing 2; }
sidecar cs-predict
run cases.jsonl once
says once/cases.jsonl '"label_source":"pseudo"'
says_not once/cases.jsonl 'true_label|label_probabilities'
says once/p1/seg.json '"labels_made_by": "cs-predict"'
says_not once/p1/img.json labels_made_by
run once/cases.jsonl twice
says twice/p1/seg.json '"labels_made_by": "cs-predict"'
exits 0 cs-preprocess --label-map --spacing 2 seg.nii.gz single.nii.gz
says single.json '"labels_made_by": "cs-predict"'
# Another program's, and a map that was corrected since.
sidecar cs-phantom
run cases.jsonl drawn
says_not drawn/p1/seg.json labels_made_by
sidecar cs-predict
make_nifti seg.nii.gz 12 12 4 1 1 5 ball 1 6 6 2 3
run cases.jsonl corrected
says_not corrected/p1/seg.json labels_made_by
