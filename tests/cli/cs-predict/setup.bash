# Two synthetic subjects (four images of 40 x 40 x 3 voxels) and a model: one whose numbers are a formula's, which takes
# no training, or one that has seen phantom001 for two batches.
# shellcheck shell=bash
make_hearts() { cs-phantom --out hearts --subjects 2 --sites 1 --size 40 --spacing 5 --slices 3 --log-level error; }
make_model() {
  gzip -dc "$(dirname "${BASH_SOURCE[0]}")/../cs-model/trained.header.gz" >trained.header
  golden_model trained.header model.safetensors
  rm trained.header
}
train_model() {
  head -2 hearts/cases.jsonl >hearts/train.jsonl
  cs-train-ftn --cases hearts/train.jsonl --out run --crop 32 --epochs 1 --max-iterations 2 --batch-size 4 \
    --threads 1 --device cpu --log-level error
  mv run/last.safetensors model.safetensors
}
# stage_model FILE [STAGES]: a model of both stages for LV and MYO, whose numbers are a formula's; STAGES is what its
# file records of them (training.validation.stages), as {"ftn":{"mean_iou":0.8},"stn":{"mean_iou":0.7}}.
stage_model() {
  local header stages
  header=$(dirname "${BASH_SOURCE[0]}")/../every-program/model-format-1.header
  if [ "${2:-}" ]; then
    stages=${2//\"/\\\\\"}
    sed 's|\\"validation\\":{|&\\"stages\\":'"$stages"',|' "$header" >stages.header
    header=stages.header
  fi
  golden_model "$header" "$1"
  rm -f stages.header
}
# changed FILE TENSOR OTHER: the same model, but for every fourth number of a tensor, which is less.
changed() {
  perl -e 'open F, "<:raw", $ARGV[0]; local $/; $_ = <F>; my $begin = 8 + unpack("Q<", $_);
    my ($at, $end) = /"\Q$ARGV[1]\E":\{[^}]*"data_offsets":\[(\d+),(\d+)/;
    my @numbers = unpack("f<*", substr($_, $begin + $at, $end - $at));
    $numbers[4 * $_] -= 0.3 for 0 .. $#numbers / 4;
    substr($_, $begin + $at, $end - $at) = pack("f<*", @numbers);
    print' "$1" "$2" >"$3"
}
# field NAME FILE LINE: the member of this line of a case list, as it is printed.
field() { sed -n "$3p" "$2" | grep -o "\"$1\":\({[^}]*}\|[^,}]*\)" | cut -d: -f2-; }
