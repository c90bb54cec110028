# shellcheck shell=bash
# {repeat} in a pattern becomes a number in the list; anything else in its place is refused.
mkdir g
for r in 1 2; do make_nifti "g/a_ED_r$r.nii.gz" 4 4 2 1 1 8 box 1 1 2 1 2 0 1; done
cs-list glob g --image '{id}_{frame}_r{repeat}.nii.gz' >list.jsonl
says list.jsonl '"repeat":2'
equal "$(wc -l <list.jsonl)" 2
make_nifti g/a_ED_rx.nii.gz 4 4 2 1 1 8 box 1 1 2 1 2 0 1
exits 1 cs-list glob g --image '{id}_{frame}_r{repeat}.nii.gz'
says stderr "repeat.*'x'"
