# shellcheck shell=bash disable=SC2154
# Commands that messages print are typed as they stand, and must help. One that resampled label maps as if they were
# images, and one that resampled a prediction without a header to nothing, were printed for a year: here each is taken
# out of its message and run, and what had failed goes on.
# shellcheck source=tests/cli/every-program/setup.bash
source "$(dirname "$case_file")/setup.bash"

# types REGEX COMMAND...: the command fails and names one that helps, which matches REGEX; that is run. `say WORD VALUE`
# before tells what stands for a word in capital letters.
declare -A stands_for=()
say() { stands_for[$1]=$2; }
types() {
  local wanted=$1 typed word status=0
  shift
  "$@" >stdout 2>stderr || status=$?
  [ $status != 0 ] || fail "did not fail: $*"
  typed=$(grep -Eo -- "$wanted" stderr | tail -1) || { cat stderr >&2; fail "no such remedy: $wanted"; }
  for word in "${!stands_for[@]}"; do typed=${typed//"$word"/"${stands_for[$word]}"}; done
  echo "> $typed" >&2
  bash -c "$typed" 2>said || { cat said >&2; fail "the remedy fails: $typed"; }
}
dice_is_1() {
  exits 0 cs-dice --json --metrics dice "$@"
  equal "$(grep -o '"dice":[0-9][0-9.]*' stdout | sort -u)" '"dice":1.0'
}

# Label maps on other grids: at another place, at another resolution, without their header; with names for a shell.
heart_label ref.nii.gz
make_nifti "it's moved.nii.gz" 36 40 3 2 2 8 --origin 0.3 0 0 ball 2 18 20 1 18 ball 1 18 20 1 11
types 'cs-preprocess --label-map --like .*' cs-dice "it's moved.nii.gz" ref.nii.gz
dice_is_1 PREDICTION_ON_REFERENCE.nii.gz ref.nii.gz && rm PREDICTION_ON*
make_nifti fine.nii.gz 72 80 3 1 1 8 ball 2 36 40 1 18 ball 1 36 40 1 11
types 'cs-preprocess --label-map --like .*' cs-dice fine.nii.gz ref.nii.gz
dice_is_1 PREDICTION_ON_REFERENCE.nii.gz ref.nii.gz && rm PREDICTION_ON*
gunzip -c ref.nii.gz >lost.nii
for place in $sform $((sform + 20)); do put lost.nii "$place" f 1; done
put lost.nii $((pixdim + 4)) f 1 1 1
put lost.nii $((sform + 40)) f 1
types 'cs-preprocess --label-map --header-from .*' cs-dice lost.nii ref.nii.gz
dice_is_1 PREDICTION_ON_REFERENCE.nii.gz ref.nii.gz && rm PREDICTION_ON*
types 'cs-preprocess --label-map --header-from .*' cs-dice ref.nii.gz lost.nii # the reference lost it
dice_is_1 ref.nii.gz MENDED.nii.gz && rm MENDED*
types 'cs-preprocess --label-map --header-from .*' cs-preprocess --label-map --like ref.nii.gz lost.nii there.nii.gz
dice_is_1 there.nii.gz ref.nii.gz
heart image.nii
echo '{"id":"a","image":"image.nii","label":"lost.nii"}' >list.jsonl
types 'cs-preprocess --label-map --header-from .*' cs-preprocess --cases list.jsonl --out ready
sed -i 's/lost.nii/LABEL_ON_IMAGE.nii.gz/' list.jsonl
exits 0 cs-preprocess --cases list.jsonl --out ready --spacing keep
dice_is_1 ready/a/seg.nii.gz ref.nii.gz

# The grid that a label map is put on may be that of an image, whose voxels are no labels.
gunzip -c ref.nii.gz >pred.nii
for place in $sform $((sform + 20)); do put image.nii "$place" f 1; done
put image.nii $((pixdim + 4)) f 1 1 1
put image.nii $((sform + 40)) f 1
mv image.nii img_lost.nii
heart image.nii
types 'cs-preprocess --header-from .*' cs-preprocess --label-map --like img_lost.nii pred.nii o.nii.gz
exits 0 cs-preprocess --label-map --like MENDED.nii.gz pred.nii o.nii.gz
dice_is_1 o.nii.gz ref.nii.gz && rm MENDED*

# NaN, in images and label maps.
cp image.nii nan.nii && put nan.nii $voxels f nan
types 'cs-preprocess --nan .*' cs-corrupt spike nan.nii x.nii --no-crop
exits 0 cs-corrupt spike WITHOUT_NAN.nii.gz x.nii --no-crop
rm WITHOUT_NAN* x.*
make_nifti nan_seg.nii 36 40 3 2 2 8 --float ball 2 18 20 1 18 ball 1 18 20 1 11
put nan_seg.nii $voxels f nan
types 'cs-preprocess --nan 0 --label-map .*' cs-dice nan_seg.nii ref.nii.gz
dice_is_1 WITHOUT_NAN.nii.gz ref.nii.gz

# Headers: of the forms that a message names, one is right.
# mends NAME: each form that the message of NAME.nii names gives a file that is read.
mends() {
  local form forms
  exits 1 cs-preprocess "$1.nii" x.nii
  forms=$(grep -Eo -- '--geometry [a-z|]+' stderr | cut -d' ' -f2 | tr '|' '\n')
  [ "$forms" ] || { cat stderr >&2; fail "no remedy for $1.nii"; }
  for form in $forms; do
    cs-preprocess --geometry "$form" "$1.nii" "$1_$form.nii" 2>said || { cat said >&2; fail "$form mends no $1.nii"; }
    exits 0 cs-preprocess --spacing keep "$1_$form.nii" "$1_$form-ready.nii"
  done
}
broken='zero negative sheared far_sheared two_spacings no_quaternion negative_alone no_quaternion_alone'
for name in $broken nothing; do cp image.nii "$name.nii"; done
put zero.nii $((pixdim + 4)) f 0
put negative.nii $((pixdim + 8)) f -2
put sheared.nii $qform_code s 0 && put sheared.nii $((sform + 4)) f 0.03
put far_sheared.nii $qform_code s 0 && put far_sheared.nii $((sform + 4)) f 0.5
put two_spacings.nii $qform_code s 0 && put two_spacings.nii $((pixdim + 4)) f 3
put no_quaternion.nii $quaternion f 1 1 1
put negative_alone.nii $((pixdim + 8)) f -2 && put negative_alone.nii $sform_code s 0
put no_quaternion_alone.nii $quaternion f 1 1 1 && put no_quaternion_alone.nii $sform_code s 0
for name in $broken; do mends "$name"; done
# None is right: there is another file's header.
put nothing.nii $((pixdim + 4)) f 0 && put nothing.nii $sform_code s 0
say IMAGE image.nii
types 'cs-preprocess --header-from .*' cs-preprocess nothing.nii x.nii
exits 0 cs-preprocess MENDED.nii.gz ready.nii
rm MENDED* ready.nii
exits 1 cs-preprocess --geometry sform nothing.nii x.nii
says stderr 'has no sform .*cs-preprocess --header-from'
exits 1 cs-preprocess --geometry qform sheared.nii x.nii
says stderr 'choose --geometry sform or pixdim'

# Frames.
make_nifti cine.nii 36 40 6 2 2 8 --float box 0.1 0 36 0 40 0 6 ball 0.9 18 20 1 11 && put cine.nii $dim s 4 36 40 3 2
exits 1 cs-corrupt spike cine.nii x.nii --no-crop
says stderr 'pick one: --frame N with cs-preprocess'
exits 0 cs-preprocess --frame 1 --normalise none --spacing keep cine.nii one.nii
exits 0 cs-corrupt spike one.nii x.nii --no-crop

# Arrays without geometry.
make_hdf5 a.h5 'image float32 6x5x4 places' 'label uint8 6x5x4 1'
echo '{"id":"a","image":"a.h5","label":"a.h5","h5_axes":"xyz","labels":{"LA":1}}' >LIST
say X,Y,Z 1.5,1.5,10
cp a.h5 a_h5.nii
types 'cs-preprocess --cases LIST --h5-spacing X,Y,Z --out DIR' cs-corrupt spike a_h5.nii x2.nii
[ -s DIR/a/img.nii.gz ] || fail 'no image was made'

# Images that are mostly one value.
make_nifti padded.nii 200 200 3 2 2 8 --float ball 0.4 18 20 1 18 ball 0.9 18 20 1 11
exits 0 cs-preprocess padded.nii blank.nii
says stderr 'cs-preprocess --foreground goes by the others'
exits 0 cs-preprocess --foreground padded.nii seen.nii
equal "$(wc -c <stderr)" 0

# Values that are no class.
echo '{"id":"a","image":"image.nii","label":"ref.nii.gz","labels":{"LV":1}}' >unnamed.jsonl
exits 1 cs-distance-map --cases unnamed.jsonl --out distances
says stderr 'convert it with cs-preprocess --labels or --remap'
exits 0 cs-preprocess --cases unnamed.jsonl --remap 2:0 --out named --spacing keep
exits 0 cs-distance-map --cases named/cases.jsonl --out distances
