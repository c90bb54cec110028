# shellcheck shell=bash
# Slices without contrast become 0 with a warning; single slices, axes of one voxel, sizes at the crop, huge numbers and
# frames of 4D files work; the original size and place come back.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
{ for _ in $(seq 12); do echo 5; done; for v in $(seq 12); do echo "$v"; done; } | xargs >values
# shellcheck disable=SC2046
make_nifti blank.nii 4 3 2 0 1.5 $(cat values)
for dialect in paper legacy physical; do
  for type in bias ghosting motion spike; do
    exits 0 cs-corrupt $type --dialect $dialect --no-crop blank.nii "$dialect-$type.nii"
    says stderr 'blank.nii: slice 0 \(from 0\) without contrast became 0'
    equal "$(size_of "$dialect-$type.nii")" "4 3 2"
    says_not <(floats_of "$dialect-$type.nii") 'nan|inf'
  done
done
for size in '1 1 1' '7 5 1' '1 9 4' '9 1 4' '192 192 1' '193 190 1'; do
  # shellcheck disable=SC2086
  make_nifti odd.nii $size 0 1.5 1 2 3 4 5 6 7
  for type in bias ghosting motion spike; do
    exits 0 cs-corrupt $type odd.nii odd_bad.nii --force
    equal "$(size_of odd_bad.nii)" "$size"
    equal "$(spacing_of odd_bad.nii)" "$(spacing_of odd.nii)"
    says_not <(floats_of odd_bad.nii) 'nan|inf'
  done
done
make_nifti huge.nii 8 8 2 0 1.5 32767 -32768 100
exits 0 cs-corrupt --chain bias,ghosting,motion,spike --no-rescale huge.nii huge_bad.nii
says_not <(floats_of huge_bad.nii) 'nan|inf'

# A frame of a cine: the list says which, and of a label map of all frames it goes on to say so.
make_nifti cine.nii 6 5 2 2 1.5 1 2 3 4 5 6 7
exits 1 cs-corrupt spike cine.nii frame.nii
echo '{"id":"a","image":"cine.nii","frame_index":1}' >list.jsonl
exits 0 cs-corrupt spike --no-crop --cases list.jsonl --out set
says_not set/cases.jsonl frame_index
gunzip -c set/a/spike_r0_img.nii.gz >frame.nii
equal "$(size_of frame.nii)" "6 5 2"
echo '{"id":"a","image":"cine.nii","frame_index":1,"label":"cine.nii"}' >list.jsonl
exits 0 cs-corrupt spike --no-crop --cases list.jsonl --out labelled
says labelled/cases.jsonl '"frame_index":1,"label":"../cine.nii"'
