# shellcheck shell=bash
# Every loss is logged by its name, for each choice of codes; both stages predict. (Equal runs:
# every-program/same_bytes.sh.)
source "$(dirname "$case_file")/setup.bash"
make_data
standard='"seg":[0-9.e-]+,"image":[0-9.e-]+,"gt_shape":[0-9.e-]+,"pred_shape":[0-9.e-]+'
images='"hard_seg":[0-9.e-]+,"hard_image":[0-9.e-]+,"hard_pred_shape":[0-9.e-]+'
shapes='"hard_corrupted_shape":[0-9.e-]+'
# logs CODES TERMS
logs() {
  train "run-$1" --epochs 1 --latent-da "$1" 2>err
  says "run-$1/log.jsonl" "\"losses\":\\{\"total\":[0-9.e-]+,$2\\}"
  says "run-$1/config.json" '"slow_thinking": true'
}
logs none "$standard"
logs image "$standard,$images"
logs shape "$standard,$shapes"
logs image,shape "$standard,$images,$shapes"
says run-none/config.json '"method": "standard"'
says run-image,shape/config.json '"method": "cooperative"'

train other --epochs 1 --latent-da image,shape --mask channel --hard-mask 2>err
! cmp -s other/last.safetensors run-image,shape/last.safetensors || fail "--mask changes nothing"
# Without hard examples it is standard training.
train standard --epochs 1 --method standard 2>err
equal "$(log_without_times standard)" "$(log_without_times run-none)" "(logs)"
says_not standard/config.json '"parameters": {'

predict() { cs-predict --model run-image,shape/last.safetensors data/s3/ED_img.nii.gz "$@" 2>err; }
predict corrected.nii.gz
predict stn.nii.gz --stage stn
predict ftn.nii.gz --stage ftn
predict twice.nii.gz --steps 2
same_bytes corrected.nii.gz stn.nii.gz
! cmp -s stn.nii.gz ftn.nii.gz || fail "the slow-thinking network corrects nothing"
says corrected.json '"stage": "stn"'
says twice.json '"steps": 2'
