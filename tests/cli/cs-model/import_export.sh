# shellcheck shell=bash
# Exported and imported again, a model has the same weights and predicts the same; nothing is overwritten unasked.
source "$(dirname "$case_file")/setup.bash"
make_run
model=run/best.safetensors
exits 0 cs-model export $model --to-reference pth
equal "$(cd pth && echo *)" "image_decoder.pth image_encoder.pth segmentation_decoder.pth"
[ ! -s stdout ] || fail "results on standard output"
exits 0 cs-model export $model --to-reference again
for file in pth/*; do same_bytes "$file" "again/${file#pth/}"; done
exits 2 cs-model export $model --to-reference pth
says stderr 'pth/image_encoder.pth: exists'
one_line stderr
exits 0 cs-model export $model --to-reference pth --force

exits 0 cs-model import --from-reference pth --crop 32 --percentiles none --spacing keep -o back.safetensors
says stderr 'LV \(1\), MYO \(2\), RV \(3\)'
exits 0 cs-model diff --weights $model back.safetensors
exits 0 cs-model import --from-reference pth --crop 32 --percentiles none --spacing keep -o twice.safetensors
same_bytes back.safetensors twice.safetensors
exits 2 cs-model import --from-reference pth -o back.safetensors
says stderr 'back.safetensors: exists'
same_bytes back.safetensors twice.safetensors

if with_networks; then
  image=hearts/phantom002/ED_img.nii.gz
  cs-predict --model $model --threads 1 --log-level error $image one.nii.gz
  exits 0 cs-predict --model back.safetensors --threads 1 $image two.nii.gz
  same_bytes one.nii.gz two.nii.gz
fi

# What the options say stands in the model.
exits 0 cs-model import --from-reference pth --labels a:2,b:5,c:9 --network FCN_16_standard_w_o_filter \
  --crop 48 --percentiles 1,99 --spacing 1.5,2 --keep-slice-range -o other.safetensors
exits 0 cs-model show other.safetensors
says stdout '^network +FCN_16_standard_w_o_filter'
says stdout '^classes +background \(0\), a \(2\), b \(5\), c \(9\)$'
says stdout '^crop +48 x 48'
says stdout '^slices +as they are'
says stdout '^  percentiles +\[1.0,99.0\]'
says stdout '^  spacing_mm +\[1.5,2.0\]'
says stdout "image_encoder.pth\",\"sha256\":\"$(sha256sum pth/image_encoder.pth | cut -d' ' -f1)"
# Without options: the paper's.
exits 0 cs-model import --from-reference pth -o paper.safetensors
exits 0 cs-model show paper.safetensors
says stdout '^crop +192 x 192'
says stdout '^slices +each scaled'
says stdout '^  percentiles +\[2.0,98.0\]'
says stdout '^  spacing_mm +\[1.36719,1.36719\]'

# A folder that is not whole, or whose files are not, gives one line and no model.
refuse() {
  exits "$1" cs-model import --from-reference bad "${@:3}" -o bad.safetensors
  one_line stderr
  says stderr "$2"
  absent bad.safetensors
}
cp -r pth bad
rm bad/image_decoder.pth
refuse 1 'bad: holds no image_decoder.pth'
head -c 100000 pth/image_decoder.pth >bad/image_decoder.pth
refuse 1 'bad/image_decoder.pth: is no zip archive, or is cut off'
cp pth/segmentation_decoder.pth bad/image_decoder.pth
refuse 1 "holds no tensor 'image_decoder/up1.up.weight'"
cp pth/image_decoder.pth bad
printf x | dd of=bad/image_decoder.pth bs=1 seek=500000 conv=notrunc status=none
refuse 1 'bad/image_decoder.pth: zip entry .* is damaged'
cp pth/image_decoder.pth bad
refuse 2 '--labels: names 2 structures; the model has 3' --labels LV:1,MYO:2
refuse 2 '--percentiles' --percentiles 98,2
refuse 2 '--spacing' --spacing 0
refuse 2 '--crop: 50 is not a multiple of 16 up to 16384' --crop 50
refuse 2 '--network' --network UNet
no_leftovers .
