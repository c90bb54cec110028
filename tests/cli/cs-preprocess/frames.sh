# shellcheck shell=bash
# A frame of a 4D file: refused without --frame, and a 3D file with it.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
make_nifti cine.nii.gz 2 2 1 3 1 0 1 2 3 10 11 12 13 20 21 22 23
make_nifti still.nii.gz 2 2 1 0 1 5 6 7 8
keep=(--percentiles none --spacing keep)

exits 1 cs-preprocess "${keep[@]}" cine.nii.gz out.nii
says stderr 'cine.nii.gz.*3 frames.*--frame'
one_line stderr
absent out.nii
exits 0 cs-preprocess "${keep[@]}" --frame 1 cine.nii.gz out.nii
equal "$(floats_of out.nii)" "10 11 12 13"
exits 0 cs-preprocess --spacing keep --label-map --frame 2 cine.nii.gz seg.nii
equal "$(bytes_of seg.nii)" "20 21 22 23"
exits 1 cs-preprocess "${keep[@]}" --frame 3 cine.nii.gz x.nii
says stderr 'frames 0 to 2'
exits 1 cs-preprocess "${keep[@]}" --frame 0 still.nii.gz x.nii
says stderr 'still.nii.gz.*no frames'
absent x.nii

# In lists: frame_index, of the 4D image and the 4D label.
echo '{"id":"p1","frame":"ES","image":"cine.nii.gz","label":"cine.nii.gz","frame_index":2}' >cases.jsonl
exits 0 cs-preprocess "${keep[@]}" --cases cases.jsonl --out ready
gunzip ready/p1/ES_img.nii.gz ready/p1/ES_seg.nii.gz
equal "$(floats_of ready/p1/ES_img.nii)" "20 21 22 23"
equal "$(bytes_of ready/p1/ES_seg.nii)" "20 21 22 23"
says_not ready/cases.jsonl frame_index
# Another frame is another output, though image and options are the same.
gzip -n ready/p1/ES_img.nii ready/p1/ES_seg.nii
sed 's/"frame_index":2/"frame_index":1/' cases.jsonl >other.jsonl
exits 1 cs-preprocess "${keep[@]}" --cases other.jsonl --out ready --skip-existing
exits 0 cs-preprocess "${keep[@]}" --cases other.jsonl --out ready --skip-existing --force
gunzip ready/p1/ES_img.nii.gz
equal "$(floats_of ready/p1/ES_img.nii)" "10 11 12 13"
