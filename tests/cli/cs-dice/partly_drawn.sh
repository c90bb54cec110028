# shellcheck shell=bash
# What was not drawn of a reference counts in nothing, whatever either map holds there, and is no class.
make_nifti pred.nii.gz 12 12 4 1 1 5  box 1 2 6 2 5 0 4  box 2 6 9 2 5 0 4
make_nifti whole.nii.gz 12 12 4 1 1 5  box 1 2 5 2 5 0 4  box 2 5 8 2 5 0 4
make_nifti partly.nii.gz 12 12 4 1 1 5  box 1 2 5 2 5 0 4  box 2 5 8 2 5 0 4  box 9 5 12 0 12 0 4
scores() { exits 0 cs-dice --json "$@"; grep '"record":"score"' stdout; }

scores --labels LV:1,MYO:2 pred.nii.gz whole.nii.gz >without
scores --labels LV:1,MYO:2,ignore:9 pred.nii.gz whole.nii.gz >with
same_bytes without with

scores --labels LV:1,MYO:2,ignore:9 pred.nii.gz partly.nii.gz >partly
equal "$(wc -l <partly)" 2
says partly '"class":"LV".*"dice":1\.0'
says partly '"class":"MYO".*"empty":"both"'
says_not partly ignore
exits 1 cs-dice --labels LV:1,MYO:2 pred.nii.gz partly.nii.gz
says stderr 'partly.nii.gz: holds label 9, which no class has'
exits 2 cs-dice --labels LV:1,MYO:2,ignore:9 --classes ignore pred.nii.gz partly.nii.gz
says stderr 'has no class ignore'
exits 1 cs-dice --labels LV:1,MYO:2,ignore:9 partly.nii.gz whole.nii.gz
says stderr 'partly.nii.gz: holds label 9, which no class has'

# Two of the four slices; anything may stand in the others.
case_with() { echo "{\"id\":\"p1\",\"image\":\"x.nii\",\"label\":\"$1\",\"prediction\":\"pred.nii.gz\"${2:-}}"; }
make_nifti garbage.nii.gz 12 12 4 1 1 5  box 7 0 12 0 12 1 3  box 1 2 5 2 5 0 1  box 2 5 8 2 5 0 1 \
  box 1 2 5 2 5 3 4  box 2 5 8 2 5 3 4
case_with whole.nii.gz ',"labelled_slices":[0,3]' >slices.jsonl
case_with garbage.nii.gz ',"labelled_slices":[3,0]' >garbage.jsonl
scores --cases slices.jsonl --labels LV:1,MYO:2 >slices
scores --cases garbage.jsonl --labels LV:1,MYO:2 >garbage
same_bytes slices garbage
says slices '"class":"LV".*"volume_ref_ml":0\.09,'
scores --cases slices.jsonl --per-slice --metrics dice >per_slice
equal "$(grep -o '"slice":[0-9]' per_slice | sort -u | cut -d: -f2 | xargs)" '0 3'
case_with whole.nii.gz ',"labelled_slices":[4]' >beyond.jsonl
exits 1 cs-dice --cases beyond.jsonl
says stderr 'has the slices 0 to 3 along axis 3'
case_with whole.nii.gz ',"labelled_slices":"all"' >wrong.jsonl
exits 2 cs-dice --cases wrong.jsonl
says stderr 'wrong.jsonl: line 1: "labelled_slices" is "all"'
