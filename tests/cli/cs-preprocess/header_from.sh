# shellcheck shell=bash
# --header-from writes the voxels of a file under the header of another one of the same size: a prediction that was
# saved with the identity got a Dice of 0.00 with exit status 0 where --like had resampled it to nothing.
make_nifti ref.nii.gz 12 10 4 1.5 1.5 8 --origin -20 30 7 box 1 2 6 2 6 0 4 box 2 6 9 3 8 1 3
make_nifti lost.nii.gz 12 10 4 1 1 1 box 1 2 6 2 6 0 4 box 2 6 9 3 8 1 3

exits 1 cs-dice lost.nii.gz ref.nii.gz
says stderr 'header was lost.*: cs-preprocess --label-map --header-from ref.nii.gz lost.nii.gz PREDICTION_ON_[A-Z]*.nii.gz$'
exits 1 cs-preprocess --label-map --like ref.nii.gz lost.nii.gz nothing.nii.gz
says stderr 'lost.nii.gz: has as many voxels as ref.nii.gz.*--header-from ref.nii.gz lost.nii.gz nothing.nii.gz$'
absent nothing.nii.gz
exits 0 cs-preprocess --label-map --header-from ref.nii.gz lost.nii.gz found.nii.gz
same_bytes found.nii.gz ref.nii.gz
says found.json '"name": "ref.nii.gz"'
exits 0 cs-dice --json --metrics dice found.nii.gz ref.nii.gz
equal "$(grep -c '"dice":1.0' stdout)" 2

# Intensities, too; and the header that is lost may be broken beyond reading.
gunzip -c lost.nii.gz >broken.nii
printf '\x00\x00\x00\x00' | dd of=broken.nii bs=1 seek=80 conv=notrunc status=none  # a spacing of 0
exits 1 cs-preprocess broken.nii x.nii
exits 0 cs-preprocess --header-from ref.nii.gz broken.nii mended.nii
equal "$(od -An -v -tf4 -w4 -j352 mended.nii | xargs)" "$(gunzip -c ref.nii.gz | od -An -v -tu1 -w1 -j352 | xargs)"

# Another size is no lost header.
make_nifti other.nii.gz 10 12 4 1.5 1.5 8
exits 1 cs-preprocess --label-map --header-from other.nii.gz lost.nii.gz x.nii.gz
says stderr 'lost.nii.gz: has 12 x 10 x 4 voxels, other.nii.gz has 10 x 12 x 4'
absent x.nii.gz
for options in '--like ref.nii.gz' '--geometry qform' '--spacing 1' '--orient RAS' '--crop-to foreground' \
  '--interpolation nearest'; do
  # shellcheck disable=SC2086
  exits 2 cs-preprocess --header-from ref.nii.gz $options lost.nii.gz x.nii.gz
done
echo '{"id":"a","image":"lost.nii.gz"}' >list.jsonl
exits 2 cs-preprocess --header-from ref.nii.gz --cases list.jsonl --out out
exits 2 cs-preprocess --header-from ref.h5 lost.nii.gz x.nii.gz

# --like onto a grid somewhere else is refused, whatever the sizes.
make_nifti far.nii.gz 12 10 4 1.5 1.5 8 --origin 200 0 0 box 1 2 6 2 6 0 4
make_nifti small.nii.gz 6 5 4 1.5 1.5 8 --origin 200 0 0 box 1 2 6 2 5 0 4
exits 1 cs-preprocess --label-map --like ref.nii.gz far.nii.gz x.nii.gz
says stderr 'hardly meets the grid of ref.nii.gz: .* 0 %.*header is wrong.*--header-from ref.nii.gz far.nii.gz x.nii.gz$'
exits 1 cs-preprocess --label-map --like ref.nii.gz small.nii.gz x.nii.gz
says stderr 'hardly meets.*cs-check'
absent x.nii.gz
# A slice of the long axis crosses its short-axis stack, and shows two fifths of itself there.
make_nifti stack.nii.gz 60 60 10 1.5 1.5 8 box 1 0 60 0 60 0 10
make_nifti slice.nii.gz 60 1 120 1.5 8 1.5 --origin 0 45 -50 box 2 0 60 0 1 0 120
exits 0 cs-preprocess --label-map --like stack.nii.gz slice.nii.gz there.nii.gz
says stderr 'slice.nii.gz: of it and stack.nii.gz the smaller one has only 4[0-9] % in the other; outside is 0'
exits 0 cs-check there.nii.gz
# A part of a volume, put in its place, is no stranger.
make_nifti part.nii.gz 6 5 2 1.5 1.5 8 --origin -17 33 7 box 1 2 6 2 5 0 2
exits 0 cs-preprocess --label-map --like ref.nii.gz part.nii.gz whole.nii.gz
