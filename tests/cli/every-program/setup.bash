# Small images with something odd about each, for tests that walk all programs.
# shellcheck shell=bash
export OMP_WAIT_POLICY=passive COOPSEG_THREADS=1

# put FILE OFFSET TYPE NUMBER...: overwrites bytes (C), 16-bit numbers (s) or floats (f), least byte first.
put() {
  local file=$1 offset=$2 type=$3
  shift 3
  perl -e '$type = shift; print pack($type eq "C" ? "C*" : "$type<*", @ARGV)' "$type" "$@" |
    dd of="$file" bs=1 seek="$offset" conv=notrunc status=none
}
# Where a NIfTI header keeps things.
# shellcheck disable=SC2034
dim=40 pixdim=76 unit=123 qform_code=252 sform_code=254 quaternion=256 sform=280 voxels=352

heart() { make_nifti "$1" 36 40 3 2 2 8 --float box 0.1 0 36 0 40 0 3 ball 0.4 18 20 1 18 ball "${2:-0.9}" 18 20 1 11; }
heart_label() { make_nifti "$1" 36 40 3 2 2 8 ball 2 18 20 1 18 ball 1 18 20 1 11; }
# pair NAME: NAME.nii and NAME_seg.nii, sound ones.
pair() { heart "$1.nii" && heart_label "$1_seg.nii"; }
# both NAME OFFSET TYPE NUMBER...: changes image and label map of a pair alike.
both() {
  put "$1.nii" "${@:2}"
  put "$1_seg.nii" "${@:2}"
}

# a_case ID IMAGE LABEL: a line of a case list, its own label as prediction.
a_case() {
  echo "{\"id\":\"$1\",\"frame\":\"ED\",\"image\":\"$2\",\"label\":\"$3\",\"labels\":{\"LV\":1,\"MYO\":2}," \
    "\"prediction\":\"$3\",\"prediction_labels\":{\"LV\":1,\"MYO\":2}}"
}

# to_train: a list of this name, for models.
to_train() {
  pair sound
  heart other.nii 0.8
  { a_case s1 sound.nii sound_seg.nii; a_case s2 other.nii sound_seg.nii; } >to_train.jsonl
}
# model FILE: of both networks, trained on `sound` for one iteration; it sees 32 x 32 pixels.
model() {
  to_train
  cs-train-coop --cases to_train.jsonl --out training --crop 32 --batch-size 2 --max-iterations 1 --log-level error
  mv training/last.safetensors "$1"
  rm -r training
}
# golden FILE: a model of both networks, its header as it was written once, its numbers by a formula
# (tests/support/golden_model.cpp).
golden() { golden_model "$(dirname "${BASH_SOURCE[0]}")/model-format-1.header" "$1"; }
# swapped LIST: prints a list of hearts in which the label map of each frame is the prediction of the other.
swapped() {
  sed -E 's/"label":"([^"]*)(ED|ES)(_seg[^"]*)"/&,"prediction":"\1other-\2\3","prediction_labels":{"LV":1,"MYO":2,"RV":3}/
    s/other-ED/ES/; s/other-ES/ED/' "$1"
}

# on_list PROGRAM LIST OUT [options]: the program's work on a list, results in OUT.
on_list() {
  local program=$1 list=$2 out=$3
  shift 3
  case $program in
    cs-check) cs-check --cases "$list" "$@" ;;
    cs-corrupt) cs-corrupt spike --cases "$list" --out "$out" "$@" ;;
    cs-dice) cs-dice --cases "$list" "$@" ;;
    cs-distance-map) cs-distance-map --cases "$list" --out "$out" "$@" ;;
    cs-perturb | cs-predict) "$program" --model model.safetensors --cases "$list" --out "$out" "$@" ;;
    cs-preprocess) cs-preprocess --cases "$list" --out "$out" "$@" ;;
    cs-split) cs-split --cases "$list" --out "$out" --train rest --test 1 "$@" ;;
    cs-pretrain)
      [[ " $* " = *" --batch-size "* ]] || set -- --batch-size 2 "$@"
      cs-pretrain --stage local --cases "$list" --out "$out" --patch 32,32 --filters 2 --max-iterations 1 "$@"
      ;;
    cs-train-semi)
      [[ " $* " = *" --batch-size "* ]] || set -- --batch-size 1 "$@"
      cs-train-semi --cases "$list" --out "$out" --patch 32,32,16 --filters 2 --max-iterations 1 "$@"
      ;;
    cs-train-*)
      [[ " $* " = *" --batch-size "* ]] || set -- --batch-size 2 "$@"
      "$program" --cases "$list" --out "$out" --crop 32 --max-iterations 1 "$@"
      ;;
    *) fail "no way to run $program" ;;
  esac
}
