# shellcheck shell=bash
# HDF5 files of UA-MT and SSL4MIS become NIfTI files: each dimension of an array where its axis is, with the spacing
# that the user gives. Nothing of what the files do not say is guessed.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
keep=(--spacing keep --normalise none)
mkdir -p set/{A,B}
make_hdf5 set/A/mri_norm2.h5 'image float32 2x3x2 places shuffle gzip' 'label uint8 2x3x2 7 gzip'
make_hdf5 set/B/mri_norm2.h5 'image float32 2x3x4 places' 'label uint8 2x3x4 7'
printf 'B\nA\n' >train.list
cs-list uamt set --labels LA:7 --cases-out cases.jsonl
cs-preprocess --cases cases.jsonl --h5-spacing 1,1.5,10 "${keep[@]}" --out ready 2>messages
says messages 'warning: .h5 files do not say how they lie in the patient'
line_is ready/cases.jsonl 2 <<'END'
{"id":"A","image":"A/img.nii.gz","label":"A/seg.nii.gz","split":"train","dataset":"uamt","labels":{"LA":7},
"preprocessing":{"n4":null,"percentiles":null,"spacing_mm":null,"interpolation":"linear"}}
END
gunzip -k ready/A/*.nii.gz
equal "$(size_of ready/A/img.nii)" '2 3 2'
equal "$(spacing_of ready/A/img.nii)" '1 1.5 10'
equal "$(floats_of ready/A/img.nii)" '0 10000 100 10100 200 10200 1 10001 101 10101 201 10201'
equal "$(bytes_of ready/A/seg.nii)" '0 7 7 7 7 7 7 7 7 7 7 7'
says ready/A/img.json '"HDF5": "[0-9.]+"'
says ready/A/img.json '"h5_axes": "xyz"'
says ready/A/img.json '"h5-spacing": "1,1.5,10"'
# All else is as with other files: shards, threads, what exists, the usual steps.
cs-preprocess --cases cases.jsonl --h5-spacing 1,1.5,10 "${keep[@]}" --out sharded --shard 0/2 2>messages
cs-preprocess --cases cases.jsonl --h5-spacing 1,1.5,10 "${keep[@]}" --out sharded --shard 1/2 --threads 1 2>messages
same_bytes sharded/A/img.nii.gz ready/A/img.nii.gz
same_bytes sharded/A/img.json ready/A/img.json
cs-preprocess --cases cases.jsonl --h5-spacing 1,1.5,10 "${keep[@]}" --out ready --skip-existing 2>messages
cs-preprocess --cases cases.jsonl --h5-spacing 1,1,1 --normalise zscore --spacing 1,1,2 --crop-to label --out other \
  2>messages

# Slices first in the array, and slices of their own.
mkdir -p acdc/data/slices
make_hdf5 acdc/data/p1_frame01.h5 'image float32 2x3x2 places gzip' 'label uint8 2x3x2 1 gzip'
make_hdf5 acdc/data/slices/p2_frame01_slice_1.h5 'image float32 2x3 places gzip' 'label uint8 2x3 1 gzip'
printf '%s\n' p1_frame01 p2_frame01 >acdc/train.list
echo p2_frame01_slice_1 >acdc/train_slices.list
cs-list ssl4mis acdc |
  cs-preprocess --cases - --h5-spacing 1,1.5,10 "${keep[@]}" --to-labels coopseg --out volumes 2>messages
gunzip volumes/*/*.nii.gz
equal "$(size_of volumes/p1/frame01_img.nii)" '2 3 2'
equal "$(floats_of volumes/p1/frame01_img.nii)" '0 1 100 101 200 201 10000 10001 10100 10101 10200 10201'
equal "$(bytes_of volumes/p1/frame01_seg.nii)" '0 3 3 3 3 3 3 3 3 3 3 3'
equal "$(size_of volumes/p2/frame01_slice_1_img.nii)" '3 2 1'
equal "$(floats_of volumes/p2/frame01_slice_1_img.nii)" '0 1 2 100 101 102'

# Single files need to be told the axes, too.
h5=(--h5-spacing '1,1.5,10' --h5-axes xyz)
cs-preprocess "${h5[@]}" "${keep[@]}" set/A/mri_norm2.h5 one.nii 2>messages
cmp <(tail -c +353 one.nii) <(tail -c +353 ready/A/img.nii)
cs-preprocess "${h5[@]}" --label-map --spacing keep set/A/mri_norm2.h5 one_seg.nii 2>messages
equal "$(bytes_of one_seg.nii)" "$(bytes_of ready/A/seg.nii)"

# What is not said, or said in vain.
usage() { # WORDS OPTION...
  local words=$1
  shift
  exits 2 cs-preprocess "$@"
  one_line stderr
  says stderr "$words"
  absent out.nii
  absent out
}
usage '--h5-spacing: is missing: set/A/mri_norm2.h5' set/A/mri_norm2.h5 out.nii
usage '--h5-axes: is missing: set/A/mri_norm2.h5' --h5-spacing 1,1,1 set/A/mri_norm2.h5 out.nii
usage '--h5-spacing: is missing: .*B/mri_norm2.h5' --cases cases.jsonl --out out
usage '--h5-spacing: means nothing without a .h5 file' "${h5[@]}" one.nii out.nii
usage '--h5-axes: means nothing without a .h5 file' --h5-axes xyz --cases ready/cases.jsonl --out out
usage '--h5-axes' --h5-axes zxy --h5-spacing 1,1,1 set/A/mri_norm2.h5 out.nii
for spacing in 1 1,1 1,1,1,1 1,1,0 1,1,-1 1,1,nan 1,1,inf 1,1,1e999 1,1,1mm ',,' '1,1,'; do
  usage '--h5-spacing: .* is not three lengths' --h5-axes xyz --h5-spacing $spacing set/A/mri_norm2.h5 out.nii
done
for spacing in 1,1,1e30 1e-30,1,1 1,1001,1 1,1,0.0009; do
  usage "--h5-spacing: '$spacing' has .* mm, expected 0.001 to 1000 mm" --h5-axes xyz --h5-spacing $spacing \
    set/A/mri_norm2.h5 out.nii
done
usage '--like: set/A/mri_norm2.h5 is an HDF5 file, which says nothing of its geometry' --like set/A/mri_norm2.h5 \
  one.nii out.nii

failed() { # WORDS OPTION...
  local words=$1
  shift
  exits 1 cs-preprocess "${keep[@]}" "$@"
  says stderr "error: .*$words"
  absent out.nii
}
failed 'mri_norm2.h5: has no frames' "${h5[@]}" --frame 0 set/A/mri_norm2.h5 out.nii
failed 'mri_norm2.h5: has no header' "${h5[@]}" --geometry pixdim set/A/mri_norm2.h5 out.nii
failed '3 dimensions, expected the 2' --h5-spacing 1,1,1 --h5-axes yx set/A/mri_norm2.h5 out.nii
failed 'A: has "xyz" as "h5_axes", --h5-axes is zyx' --h5-spacing 1,1,1 --h5-axes zyx --cases cases.jsonl --out out
sed 's/"xyz"/"up"/' cases.jsonl >odd.jsonl
failed 'A: has "up" as "h5_axes", expected one of xyz, zyx, yx' --h5-spacing 1,1,1 --cases odd.jsonl --out out
sed 's/"h5_axes":"xyz",//' cases.jsonl >odd.jsonl
failed 'A: has no "h5_axes"' --h5-spacing 1,1,1 --cases odd.jsonl --out out
cs-preprocess --h5-spacing 1,1.5,10 --h5-axes xyz --cases odd.jsonl "${keep[@]}" --out said 2>messages
same_bytes said/A/img.nii.gz ready/A/img.nii.gz
sed 's/"h5_axes"/"frame_index":0,&/' cases.jsonl >odd.jsonl
failed 'A: names a frame of ' --h5-spacing 1,1,1 --cases odd.jsonl --out out

# A bad file: the others are made.
make_hdf5 set/B/mri_norm2.h5 'image float32 2x3x4 places' 'label uint8 2x3x3 7'
failed 'B/mri_norm2.h5: grid differs from its image' --h5-spacing 1,1,1 --cases cases.jsonl --out part
equal "$(cut -d'"' -f4 <part/cases.jsonl)" A
bad() { # WORDS OBJECT...
  local words=$1
  shift
  make_hdf5 bad.h5 "$@"
  failed "bad.h5: $words" "${h5[@]}" bad.h5 out.nii
  equal "$(grep -c HDF5-DIAG stderr || true)" 0
}
bad "its data set 'image' is not there" 'label uint8 2x2x2 box'
bad "its data set 'image' has 7 voxels that are NaN" 'image float32 2x2x2 nan'
bad "its data set 'image' is a link" 'image external set/A/mri_norm2.h5'
bad "its data set 'image' keeps its voxels in other files" 'image uint8 2x2x2 none elsewhere'
bad "its data set 'image' keeps its voxels in other files" 'image uint8 2x2x2 none virtual'
bad "its data set 'image' was never written" 'image float64 32000x32000x32000 none gzip chunk=32x32x32'
head -c 1500 set/A/mri_norm2.h5 >bad.h5
failed 'bad.h5: is no HDF5 file, or a damaged or truncated one' "${h5[@]}" bad.h5 out.nii
head -c 2000 /dev/zero >bad.h5
failed 'bad.h5: is no HDF5 file, or a damaged or truncated one' "${h5[@]}" bad.h5 out.nii

# Other programs say who reads such files; nobody loads HDF5's library who reads none.
exits 1 cs-check --cases cases.jsonl
says stderr 'A/mri_norm2.h5: broken: is an HDF5 file, which only cs-preprocess reads'
for program in cs-preprocess cs-list cs-check; do
  ldd "$(command -v $program)" >loaded
  says_not loaded hdf5
done
no_leftovers .
