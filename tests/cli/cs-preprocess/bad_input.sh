# shellcheck shell=bash
# Bad input and bad options: one line that names the file, the right exit status, nothing written.
# shellcheck shell=bash disable=SC2154 source=tests/cli/cs-preprocess/make_nifti.bash
source "$here/cs-preprocess/make_nifti.bash"
make_nifti good.nii.gz 8 8 4 0 1.5 0 10 20 30
gunzip -c good.nii.gz >good.nii

refused() {  # FILE WORDS
  exits 1 cs-preprocess "$1" out.nii.gz
  one_line stderr
  says stderr "$1.*$2"
  absent out.nii.gz
  absent out.json
}
refused missing.nii.gz 'No such file'
head -c 600 good.nii >half.nii; refused half.nii 'truncated'
head -c 352 good.nii >header.nii; refused header.nii 'truncated'
: >empty.nii.gz; refused empty.nii.gz 'empty'
head -c 60 good.nii.gz >cut.nii.gz; refused cut.nii.gz 'truncated'
mkdir folder.nii.gz; refused folder.nii.gz 'folder'
head -c 2000 <(yes noise) >noise.nii; refused noise.nii 'NIfTI'
tail -c +353 good.nii >pair.img; refused pair.img 'pair'
cp good.nii nan.nii
printf '\x10\x00\x20\x00' | dd of=nan.nii bs=1 seek=70 conv=notrunc status=none   # as float32
printf '\x04\x00' | dd of=nan.nii bs=1 seek=44 conv=notrunc status=none           # half as many rows
printf '\x00\x00\xc0\x7f' | dd of=nan.nii bs=1 seek=352 conv=notrunc status=none
refused nan.nii '1 NaN'

exits 2 cs-preprocess
exits 2 cs-preprocess good.nii.gz
exits 2 cs-preprocess good.nii.gz out.mha
says stderr 'out.mha'
exits 2 cs-preprocess good.nii.gz good.nii.gz
exits 2 cs-preprocess --force good.nii.gz ./good.nii.gz
for option in '--percentiles 98,2' '--percentiles 2' '--percentiles a,b' '--percentiles -1,50' '--spacing 0' \
  '--spacing -1' '--spacing x' '--spacing nan' '--interpolation cubic' '--geometry both' '--n4-shrink 2' '--frame -2' \
  '--n4 --n4-levels 0' '--no-such' '--normalise median' '--normalise window:5' '--normalise window:9,1' \
  '--normalise zscore --percentiles 2,98' '--normalise none --foreground' '--normalise window:0,1 --foreground' \
  '--spacing 1,2,3,4' '--spacing 1,0,1' '--orient RAR' '--orient RA' '--orient ras' '--crop-to heart' '--margin 2' \
  '--crop-to foreground --margin -1' '--crop-to foreground --margin 40000' '--crop-to label' \
  '--like good.nii.gz --orient RAS' '--like good.nii.gz --crop-to foreground' '--label-map --normalise zscore' \
  '--label-map --foreground' '--label-map --crop-to foreground'; do
  # shellcheck disable=SC2086
  exits 2 cs-preprocess $option good.nii.gz out.nii.gz
  absent out.nii.gz
done
exits 1 cs-preprocess --spacing 0.0001 good.nii.gz out.nii.gz
says stderr 'good.nii.gz.*larger spacing'
make_nifti flat.nii.gz 8 8 2 0 1.5 0
exits 1 cs-preprocess --n4 flat.nii.gz out.nii.gz
says stderr 'flat.nii.gz.*bias correction'
if [ "$(id -u)" != 0 ]; then
  mkdir closed && chmod a-w closed
  exits 1 cs-preprocess good.nii.gz closed/out.nii.gz
fi
exits 1 cs-preprocess good.nii.gz good.nii/out.nii.gz
# A limit on file size fails like a full disk.
(
  trap '' XFSZ
  ulimit -f 8
  exits 1 cs-preprocess --spacing 0.2 good.nii.gz full.nii
  one_line stderr
  says stderr 'full.nii'
)
absent full.nii
no_leftovers .
