# shellcheck shell=bash
# Images and label maps that nothing can be learnt from are refused by the name of their file; nothing is written.
source "$(dirname "$case_file")/setup.bash"
make_data
refuse() { # STATUS MESSAGE OPTIONS...
  exits "$1" cs-train-semi "${@:3}" --out run --patch 16,16,16 --filters 2 --max-iterations 1
  equal "$(grep -vc warning: stderr)" 1 "(lines on standard error that are no warnings)"
  says stderr "error: $2"
  absent run
}
lists=(--cases train.jsonl --validate validate.jsonl --batch-size 2)
# Labels on another grid, and labels of classes that the list does not name.
make_nifti data/s2_seg.nii.gz 20 18 16 1 1 1 ball 1 9 9 8 4
refuse 1 'data/s2_seg.nii.gz: grid differs from its image data/s2_img.nii.gz' "${lists[@]}"
make_nifti data/s2_seg.nii.gz 20 18 17 1 1 1 ball 7 9 9 8 4
refuse 1 'data/s2_seg.nii.gz: holds label 7' "${lists[@]}"
make_data
sed -i 's/"labels":{[^}]*}/"labels":{"core":1}/' validate.jsonl
refuse 1 'data/s3_seg.nii.gz: has no label named shell' "${lists[@]}"
sed -i 's/,"labels":{[^}]*}//' validate.jsonl
refuse 1 's3: does not name its labels' "${lists[@]}"
# Volumes of several frames, of which none is named; images of two axes; images without contrast.
make_data
frames() { # FILE: its 17 planes as a file of four axes
  gzip -dc "$1" >raw.nii
  perl -e 'open F, "+<", "raw.nii"; binmode F; seek F, 40, 0; print F pack("s<8", @ARGV)' "${@:2}"
  gzip -c raw.nii >"$1"
}
frames data/u2_img.nii.gz 4 20 18 1 17 1 1 1
refuse 1 'data/u2_img.nii.gz: .*frames' --cases train.jsonl "${two_streams[@]}"
sed -i 's/"id":"u2"/&,"frame_index":3/' unlabelled.jsonl
exits 0 cs-train-semi --cases train.jsonl "${two_streams[@]}" --out framed --patch 16,16,16 --filters 2 --max-iterations 1
make_data
make_nifti data/u3_img.nii.gz 20 18 1 1 1 1 --float ball 1 9 9 0 4
frames data/u3_img.nii.gz 2 20 18 1 1 1 1 1
refuse 1 'data/u3_img.nii.gz: is a two-dimensional image, and the network sees volumes' --cases train.jsonl \
  "${two_streams[@]}"
make_nifti data/s1_img.nii.gz 20 18 17 1 1 1 --float box 3 0 20 0 18 0 17
refuse 1 'data/s1_img.nii.gz: is constant: there is nothing to learn' "${lists[@]}"
# Files that are not whole, and too few volumes for a batch.
make_data
head -c 300 data/s2_img.nii.gz >short && mv short data/s1_img.nii.gz
refuse 1 'data/s1_img.nii.gz: ' "${lists[@]}"
make_data
refuse 2 '--batch-size: ' --cases train.jsonl --batch-size 3
# Lists that were preprocessed in two ways.
sed -i 's/"id"/"preprocessing":{"n4":true},&/' unlabelled.jsonl
refuse 2 'preprocessing: differs.*s1.*u1' --cases train.jsonl "${two_streams[@]}"
touch file
exits 1 cs-train-semi "${lists[@]}" --patch 16,16,16 --filters 2 --out file/run
one_line stderr
says stderr 'file/run: '
