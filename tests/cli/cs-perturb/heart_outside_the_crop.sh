# shellcheck shell=bash
# Where the labels are read, a heart outside of what the network sees is told of, once for the list. (The model's crop is
# 32 pixels.)
source "$(dirname "$case_file")/setup.bash"
make_data
make_model
make_nifti data/s2/ED_img.nii.gz 64 64 1 2 2 8 --float box 0.1 0 64 0 60 0 1 ball 0.9 8 8 0 10
make_nifti data/s2/ED_seg.nii.gz 64 64 1 2 2 8 ball 1 8 8 0 10
outside='of the labelled voxels lie outside'
exits 0 cs-perturb --model model.safetensors --cases <(sed -n 2p train.jsonl | sed "s|\"data/|\"$PWD/data/|g") --out one
says stderr "warning: s2 ED: 100 % $outside the middle 32 x 32 pixels"
exits 0 cs-perturb --model model.safetensors --cases train.jsonl --out both --latent-da image
says_not stderr "$outside"
