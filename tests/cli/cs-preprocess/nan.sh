# shellcheck shell=bash
# NaN, as SPM writes it outside the field of view, was refused by all programs, and none replaced it: --nan gives it a
# value, in images and label maps, files and lists; what was replaced stands in the sidecar.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
make_nifti good.nii 4 2 2 0 1.5 0
head -c 352 good.nii >nan.nii
perl -e 'print pack("f<*", "nan", 1, 2, 3, "inf", 2, 1, 0, 1, 1, 2, 2, 3, 3, 0, "-inf")' >>nan.nii
printf '\x10\x00\x20\x00' | dd of=nan.nii bs=1 seek=70 conv=notrunc status=none  # float32

exits 1 cs-preprocess nan.nii x.nii
says stderr "1 NaN and 2 infinite.*cs-preprocess --nan 0 --normalise none --spacing keep nan.nii WITHOUT_NAN.nii.gz$"
exits 0 cs-preprocess --nan -5 --normalise none --spacing keep nan.nii out.nii
equal "$(floats_of out.nii)" "-5 1 2 3 -5 2 1 0 1 1 2 2 3 3 0 -5"
says stderr 'nan.nii: 1 NaN and 2 infinite voxels are taken for -5'
says out.json '"nan": -5'
exits 1 cs-preprocess --label-map nan.nii x.nii
says stderr "cs-preprocess --nan 0 --label-map --spacing keep nan.nii WITHOUT_NAN.nii.gz$"
exits 0 cs-preprocess --label-map --nan 9 --spacing keep nan.nii seg.nii
equal "$(bytes_of seg.nii)" "9 1 2 3 9 2 1 0 1 1 2 2 3 3 0 9"
exits 1 cs-preprocess --label-map --nan 0.5 --spacing keep nan.nii x.nii
says stderr 'nan.nii: is a label map with 1 NaN and 2 infinite voxels, where 0.5 is no label.*whole number: --nan 0$'
# The steps see the value: of -5 ... 3, 0 is five eighths.
exits 0 cs-preprocess --nan -5 --percentiles 0,100 --spacing keep nan.nii scaled.nii
equal "$(floats_of scaled.nii | cut -d' ' -f8)" 0.625
for value in nan inf x '' 1e39; do exits 2 cs-preprocess --nan "$value" nan.nii x.nii; done
absent x.nii

# A file without NaN is as it would be without the option, and so are its voxels in a list.
exits 0 cs-preprocess --normalise none --spacing keep good.nii plain.nii
exits 0 cs-preprocess --nan 7 --normalise none --spacing keep good.nii same.nii
same_bytes plain.nii same.nii
echo '{"id":"p","image":"nan.nii","label":"nan.nii"}' >cases.jsonl
exits 1 cs-preprocess --cases cases.jsonl --out without --normalise none --spacing keep
exits 0 cs-preprocess --cases cases.jsonl --out with --normalise none --spacing keep --nan 4
gunzip with/p/img.nii.gz with/p/seg.nii.gz
equal "$(floats_of with/p/img.nii)" "4 1 2 3 4 2 1 0 1 1 2 2 3 3 0 4"
equal "$(bytes_of with/p/seg.nii)" "4 1 2 3 4 2 1 0 1 1 2 2 3 3 0 4"
says with/p/img.json '"nan": 4'

# A value that is no label is refused where a label map has NaN, not where images alone have it.
echo '{"id":"p","image":"nan.nii","label":"good.nii"}' >images_only.jsonl
exits 0 cs-preprocess --cases images_only.jsonl --out fraction --normalise none --spacing keep --nan 0.5
gunzip fraction/p/img.nii.gz
equal "$(floats_of fraction/p/img.nii)" "0.5 1 2 3 0.5 2 1 0 1 1 2 2 3 3 0 0.5"
exits 1 cs-preprocess --cases cases.jsonl --out fraction --normalise none --spacing keep --nan 0.5 --force
says stderr 'nan.nii: is a label map with 1 NaN'

# All frames of a 4D file, as the remedy says.
printf '\x04\x00\x04\x00\x02\x00\x01\x00\x02\x00' | dd of=nan.nii bs=1 seek=40 conv=notrunc status=none
exits 0 cs-preprocess --nan 0 --normalise none --spacing keep nan.nii frames.nii
equal "$(od -An -td2 -j40 -N10 frames.nii | xargs)" "4 4 2 1 2"
equal "$(floats_of frames.nii)" "0 1 2 3 0 2 1 0 1 1 2 2 3 3 0 0"
