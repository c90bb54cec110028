# shellcheck shell=bash
# Label maps in the single-file form: nearest neighbour, converted by number or by name.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
make_nifti seg.nii.gz 4 2 2 0 1.5 0 1 2 3

exits 0 cs-preprocess --label-map --spacing keep --remap 3:1,2:2,1:3 seg.nii.gz number.nii
equal "$(bytes_of number.nii)" "0 3 2 1 0 3 2 1 0 3 2 1 0 3 2 1"
exits 0 cs-preprocess --label-map --spacing keep --labels acdc seg.nii.gz name.nii
same_bytes name.nii number.nii
exits 0 cs-preprocess --label-map --spacing keep --labels coopseg --to-labels acdc seg.nii.gz back.nii
same_bytes back.nii number.nii
exits 0 cs-preprocess --label-map --spacing 1 seg.nii.gz fine.nii
equal "$(size_of fine.nii)" "6 3 2"
row="0 1 1 2 3 3"
equal "$(bytes_of fine.nii)" "$row $row $row $row $row $row"

exits 1 cs-preprocess --label-map --spacing keep --labels LV:1,MYO:2 seg.nii.gz x.nii
says stderr 'seg.nii.gz.*label 3, which has no name'
one_line stderr
absent x.nii
exits 1 cs-preprocess --label-map --spacing keep --labels scar:1,a:2,b:3 --to-labels coopseg seg.nii.gz x.nii
says stderr 'scar'
exits 2 cs-preprocess --label-map --to-labels acdc seg.nii.gz x.nii
says stderr '--labels'
exits 2 cs-preprocess --remap 3:1 seg.nii.gz x.nii
says stderr '--label-map'
exits 2 cs-preprocess --label-map --remap 3-1 seg.nii.gz x.nii
exits 2 cs-preprocess --label-map --remap 3:1 --to-labels acdc --labels coopseg seg.nii.gz x.nii
exits 2 cs-preprocess --label-map --n4 seg.nii.gz x.nii
absent x.nii
