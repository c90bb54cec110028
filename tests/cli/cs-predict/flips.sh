# shellcheck shell=bash
# --flips averages over mirror images: what a model then says of a mirrored image is the mirror image of what it says of
# the image. A model whose training mirrored nothing, or does not say, is refused.
source "$(dirname "$case_file")/setup.bash"
source "$(dirname "$case_file")/volumes.bash"
make_hearts
run() { cs-predict --device cpu --log-level error "$@"; }
# reversed FILE NUMBERS OTHER: the numbers of each plane in the opposite order, which mirrors it along both axes.
reversed() {
  gzip -dc "$1" | perl -e 'binmode STDIN; binmode STDOUT; local $/; $_ = <STDIN>; my $size = $ARGV[0];
    my @numbers = unpack("(a4)*", substr($_, 352)); print substr($_, 0, 352);
    while (my @plane = splice(@numbers, 0, $size)) { print reverse @plane }' "$2" >"$3"
}
# alike FILE OTHER: no probability differs by more than rounding.
alike() {
  perl -e 'my ($a, $b) = map { open my $f, "<:raw", $_; local $/; [unpack("f<*", substr(<$f>, 352))] } @ARGV;
    abs($a->[$_] - $b->[$_]) < 1e-4 or die "number $_: $a->[$_] and $b->[$_]\n" for 0 .. $#$a' "$1" "$2"
}
stage_model model.safetensors
image=hearts/phantom001/ED_img.nii.gz
reversed $image 1600 mirrored.nii
for name in image mirrored; do
  file=$image
  [ $name = image ] || file=mirrored.nii
  exits 0 run --model model.safetensors --flips --probabilities $file $name.nii.gz
  run --model model.safetensors --probabilities $file plain_$name.nii.gz
done
says image.json '"flips": true'
says_not plain_image.json flips
reversed mirrored_prob.nii.gz 1600 back.nii
gzip -dc image_prob.nii.gz >there.nii
alike there.nii back.nii || fail "the mirrored image is segmented in another way"
reversed plain_mirrored_prob.nii.gz 1600 back.nii
! alike there.nii back.nii 2>stderr || fail "nothing was averaged"
# Of both stages, and of an ensemble.
says image.json '"agreement_of": "stages"'
changed model.safetensors segmentation_decoder/up4.conv_input.weight other.safetensors
exits 0 run --model model.safetensors --model other.safetensors --flips $image both.nii.gz
says both.json '"agreement_of": "models"'

header=$(dirname "$case_file")/../every-program/model-format-1.header
for change in 's/"flip_probability\\":0.2/"flip_probability\\":0/' \
  's/"flip_probability\\":0.2/"flip_probability\\":\\"often\\"/' 's/\\"augmentation\\":{/\\"was\\":{/'; do
  sed "1$change" "$header" >odd.header
  golden_model odd.header odd.safetensors
  exits 2 run --model odd.safetensors --flips $image none.nii.gz
  one_line stderr
  says stderr '--flips: odd.safetensors does not say that its training mirrored images'
  absent none.nii.gz
done

# Volumes, along the axes that the patches were mirrored along.
make_volumes
train_on train.jsonl volumes.safetensors
reversed c.nii.gz 528 mirrored.nii
gzip -dc c.nii.gz >upright.nii
for name in upright mirrored; do
  exits 0 run --model volumes.safetensors --flips --probabilities $name.nii v_$name.nii.gz
done
reversed v_mirrored_prob.nii.gz 528 back.nii
gzip -dc v_upright_prob.nii.gz >there.nii
alike there.nii back.nii || fail "the mirrored volume is segmented in another way"
cs-predict --model volumes.safetensors --cases cases.jsonl --flips --plan --json >plan 2>stderr
says plan '"windows": 24'
