# shellcheck shell=bash
# --stage auto takes the stage that was better on validation, as the model's file says; where it does not say, or
# nothing that can be understood, the corrected segmentation, as ever. Messages and sidecars name the stage.
source "$(dirname "$case_file")/setup.bash"
make_hearts
image=hearts/phantom001/ED_img.nii.gz
run() { cs-predict --device cpu --force "$@"; }
stage_model model.safetensors
for stage in ftn stn; do run --model model.safetensors --stage $stage $image $stage.nii.gz --log-level error; done
! cmp -s ftn.nii.gz stn.nii.gz || fail "both stages give the same"

auto() { # SCORES STAGE WORDS
  stage_model model.safetensors "$1"
  exits 0 run --model model.safetensors $image auto.nii.gz
  says stderr "model.safetensors: $3"
  same_bytes auto.nii.gz "$2.nii.gz"
  says auto.json "\"stage\": \"$2\""
}
auto '' stn 'records no scores of both stages: --stage auto takes the corrected segmentation \(stn\)'
auto '{"ftn":{"mean_iou":0.81},"stn":{"mean_iou":0.8}}' ftn \
  '--stage auto takes ftn: mean IoU on validation FTN 0.8100, FTN\+STN 0.8000'
says auto.json '"steps": 0'
exits 0 cs-model show model.safetensors
says stdout '^validation +mean IoU FTN 0.8100, FTN\+STN 0.8000; cs-predict takes ftn$'
exits 2 run --model model.safetensors --steps 2 $image auto.nii.gz --log-level error
says stderr '--steps: repeats the slow-thinking network, which takes no part here; .*--stage stn'
run --model model.safetensors --stage stn $image auto.nii.gz 2>stderr
says_not stderr 'stage'
same_bytes auto.nii.gz stn.nii.gz

auto '{"ftn":{"mean_iou":0.8},"stn":{"mean_iou":0.81}}' stn '--stage auto takes stn'
says auto.json '"steps": 1'
auto '{"ftn":{"mean_iou":0.8},"stn":{"mean_iou":0.8}}' ftn '--stage auto takes ftn'
for odd in '{"ftn":{"mean_iou":null},"stn":{"mean_iou":0.7}}' '["ftn"]'; do
  auto "$odd" stn 'records no scores of both stages'
done
