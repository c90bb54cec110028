# shellcheck shell=bash
# --flips averages over mirror images: what a model then says of a mirrored image is the mirror image of what it says of
# the image. A model whose training mirrored nothing, or does not say, is refused.
source "$(dirname "$case_file")/setup.bash"
source "$(dirname "$case_file")/volumes.bash"
make_hearts
run() { cs-predict --device cpu --log-level error "$@"; }
# mirrored FILE AXIS COLUMNS ROWS OTHER: the numbers of each plane mirrored along x or y.
mirrored() {
  gzip -dc "$1" | perl -e 'binmode STDIN; binmode STDOUT; local $/; $_ = <STDIN>; my ($axis, $columns, $rows) = @ARGV;
    my @numbers = unpack("(a4)*", substr($_, 352)); print substr($_, 0, 352);
    while (my @plane = splice(@numbers, 0, $columns * $rows)) {
      my @rows = map { [splice(@plane, 0, $columns)] } 1 .. $rows;
      print $axis eq "x" ? reverse @$_ : @$_ for $axis eq "y" ? reverse @rows : @rows
    }' "$2" "$3" "$4" >"$5"
}
# alike FILE OTHER: no probability differs by more than rounding.
alike() {
  perl -e 'my ($a, $b) = map { open my $f, "-|", "gzip", "-dcf", $_; binmode $f; local $/;
      [unpack("f<*", substr(<$f>, 352))] } @ARGV;
    @$a > 1000 && @$a == @$b or die "not as many numbers\n";
    abs($a->[$_] - $b->[$_]) < 1e-4 or die "number $_: $a->[$_] and $b->[$_]\n" for 0 .. $#$a' "$1" "$2"
}
# averages MODEL IMAGE COLUMNS ROWS: with --flips alone the image that is mirrored along one axis is segmented as the
# mirror image, and the image itself in another way than without.
averages() {
  local model=$1 image=$2 size=("$3" "$4") axis way
  echo "{\"id\":\"as_it_is\",\"image\":\"$image\"}" >mirrors.jsonl
  for axis in x y; do
    mirrored "$image" $axis "${size[@]}" $axis.nii
    echo "{\"id\":\"$axis\",\"image\":\"$axis.nii\"}" >>mirrors.jsonl
  done
  local options=(--model "$model" --probabilities --cases mirrors.jsonl --force)
  for way in plain flips; do
    [ $way = plain ] || options+=(--flips)
    exits 0 run "${options[@]}" --out $way
    for axis in x y; do mirrored $way/$axis/prob.nii.gz $axis "${size[@]}" $way/$axis.nii; done
  done
  for axis in x y; do
    alike flips/as_it_is/prob.nii.gz flips/$axis.nii || fail "mirrored along $axis $image is segmented otherwise"
    ! alike plain/as_it_is/prob.nii.gz plain/$axis.nii 2>stderr || fail "$image is alike along $axis anyway"
  done
  ! alike plain/as_it_is/prob.nii.gz flips/as_it_is/prob.nii.gz 2>stderr || fail "--flips makes no difference to $image"
}
stage_model model.safetensors
image=hearts/phantom001/ED_img.nii.gz
averages model.safetensors $image 40 40
says flips/as_it_is/pred.json '"flips": true'
says_not plain/as_it_is/pred.json flips
# Of both stages, and of an ensemble.
says flips/as_it_is/pred.json '"agreement_of": "stages"'
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
averages volumes.safetensors c.nii.gz 24 22
for flips in '' --flips; do
  # shellcheck disable=SC2086
  exits 0 run --model volumes.safetensors --cases cases.jsonl $flips --plan
  says stdout '^windows +24, '
  if [ "$flips" ]; then
    says stdout '^time .* a window, each in 4 passes$'
  else
    says_not stdout passes
  fi
done
