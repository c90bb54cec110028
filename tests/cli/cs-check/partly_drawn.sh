# shellcheck shell=bash
# A label named ignore is known and no class; drawn slices lie in the image; somewhere something was drawn.
make_nifti img.nii.gz 12 12 4 1 1 5 --float ball 3 6 6 2 4
make_nifti seg.nii.gz 12 12 4 1 1 5 ball 1 6 6 2 4 box 9 0 12 0 12 0 1
a_case() { echo "{\"id\":\"p1\",\"image\":\"img.nii.gz\",\"label\":\"seg.nii.gz\",\"labels\":$1}"; }
a_case '{"LV":1,"ignore":9}' >cases.jsonl
exits 0 cs-check --cases cases.jsonl --strict
a_case '{"LV":1,"ignore":8}' >unlisted.jsonl
exits 1 cs-check --cases unlisted.jsonl
says stderr 'seg.nii.gz: unknown-label: holds the value 9'
a_case '{"LV":1,"ignore":9},"labelled_slices":[3,1]' >slices.jsonl
exits 0 cs-check --cases slices.jsonl --strict
a_case '{"LV":1,"ignore":9},"labelled_slices":[4]' >beyond.jsonl
exits 1 cs-check --cases beyond.jsonl
says stderr 'img.nii.gz: labelled-slices: has the slices 0 to 3 along axis 3, labelled_slices names slice 4'
a_case '{"LV":1},"labelled_slices":[]' >none.jsonl
exits 2 cs-check --cases none.jsonl
says stderr '"labelled_slices" is \[\]'
make_nifti seg.nii.gz 12 12 4 1 1 5 box 9 0 12 0 12 0 4
exits 1 cs-check --cases cases.jsonl
says stderr 'seg.nii.gz: empty-label: is not drawn anywhere'
