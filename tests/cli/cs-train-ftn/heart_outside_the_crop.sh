# shellcheck shell=bash
# A heart in a corner lay outside what the network sees, and the training said nothing: one line tells of all cases of
# both lists, with the worst share of labelled voxels outside. A larger --crop, its remedy, is one.
source "$(dirname "$case_file")/setup.bash"
make_data
make_nifti data/s2/ED_seg.nii.gz 36 40 3 2 2 8 box 1 0 8 0 8 0 3 box 2 14 22 14 22 0 3 # 8 x 8 pixels each
cs-train-ftn --cases train.jsonl --validate validate.jsonl --out run --crop 16 --batch-size 4 --max-iterations 1 2>err
outside='labelled voxels lie outside'
says err "warning: of 3 of 3 cases $outside the middle 16 x 16 pixels, .* \(most: 50 % of s2 ED\); give a larger --crop"
equal "$(grep -c "$outside" err)" 1
cs-train-ftn --cases train.jsonl --out larger --crop 48 --batch-size 4 --max-iterations 1 2>err
says_not err "$outside"
