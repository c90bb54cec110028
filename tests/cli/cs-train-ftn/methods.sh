# shellcheck shell=bash
# Every comparison method trains the fast-thinking network alone, without losses of the slow-thinking one; the models
# are whole, and one predicts (those of each method: tests/pipeline/experiments.sh). Standard training is the default.
source "$(dirname "$case_file")/setup.bash"
make_data
standard='"seg":[0-9.e-]+,"image":[0-9.e-]+'
hard='"hard_seg":[0-9.e-]+,"hard_image":[0-9.e-]+'
# logs METHOD TERMS
logs() {
  train "$1" --max-iterations 1 --method "$1" 2>err
  says "$1/log.jsonl" "\"losses\":\\{\"total\":[0-9.e-]+,$2\\}"
  says "$1/config.json" "\"method\": \"${3:-$1}\""
  exits 0 cs-model check "$1/last.safetensors"
}
logs standard "$standard" ftn
logs rand-mwm "$standard,$hard"
logs rand-conv "$standard,\"view_image\":[0-9.e-]+,\"view_consistency\":[0-9.e-]+"
logs adv-noise "$standard,$hard,\"consistency\":[0-9.e-]+"
logs adv-bias "$standard,$hard,\"consistency\":[0-9.e-]+"
cs-predict --model adv-bias/last.safetensors data/s3/ED_img.nii.gz predicted.nii.gz 2>err
train default --max-iterations 1 2>err
equal "$(log_without_times standard)" "$(log_without_times default)" "(logs)"
