# shellcheck shell=bash
# Every comparison method trains both networks: its losses are logged by name, its parameters remembered and of
# consequence, equal runs give equal bytes.
source "$(dirname "$case_file")/setup.bash"
make_data
standard='"seg":[0-9.e-]+,"image":[0-9.e-]+,"gt_shape":[0-9.e-]+,"pred_shape":[0-9.e-]+'
hard='"hard_seg":[0-9.e-]+,"hard_image":[0-9.e-]+,"hard_pred_shape":[0-9.e-]+'
views='"view_image":[0-9.e-]+,"view_consistency":[0-9.e-]+,"view_shape_consistency":[0-9.e-]+'
# logs RUN METHOD TERMS [options]
logs() {
  train "$1" --epochs 1 --method "$2" "${@:4}" 2>err
  says "$1/log.jsonl" "\"losses\":\\{\"total\":[0-9.e-]+,$3\\}"
  says "$1/config.json" "\"method\": \"$2\""
}
logs mwm rand-mwm "$standard,$hard"
logs conv rand-conv "$standard,$views"
logs one rand-conv "$standard,$hard" --randconv-loss hard-example --randconv-mix false
says one/config.json '"randconv_mix": false'
logs noise adv-noise "$standard,$hard,\"consistency\":[0-9.e-]+"
logs bias adv-bias "$standard,$hard,\"consistency\":[0-9.e-]+"
logs alone adv-bias "$standard,\"consistency\":[0-9.e-]+" --hard-weight 0 --hard-rescale false
says alone/config.json '"hard_rescale": false'
says bias/config.json '"advbias_form": "box"'
says_not bias/config.json 'advnoise'

train again --epochs 1 --method adv-bias 2>err
same_run bias again
differs() {
  train "changed" --force --epochs 1 --method "$2" "${@:3}" 2>err
  ! cmp -s "$1/last.safetensors" changed/last.safetensors || fail "${*:3} changes nothing"
}
# Of every parameter: unit/training/image_method_test.cpp.
differs mwm rand-mwm --mwm-max-windows 1
differs noise adv-noise --advnoise-search ascent
