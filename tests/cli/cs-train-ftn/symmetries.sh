# shellcheck shell=bash
# --symmetries is recorded with the augmentation, changes the training, stands in a plan and holds for --resume; a model
# trained so may be shown mirror images, whatever else its augmentation does not mirror. Without it nothing is recorded.
source "$(dirname "$case_file")/setup.bash"
make_data
short=(--epochs 1 --max-iterations 1 --augmentation none)
train stored "${short[@]}"
says_not stored/config.json symmetries
train turned "${short[@]}" --symmetries
tr -d ' \n' <turned/config.json >flat
says flat '"augmentation":\{"name":"none",[^}]*"symmetries":true\}'
if cmp -s stored/last.safetensors turned/last.safetensors; then fail "it changes nothing"; fi
exits 0 "$trainer" "${train_options[@]}" "${short[@]}" --symmetries --plan --json
says stdout symmetries

exits 2 "$trainer" "${train_options[@]}" --out turned --epochs 1 --max-iterations 2 --augmentation none --resume
says stderr 'augmentation'

exits 0 cs-predict --model turned/last.safetensors --flips data/s3/ED_img.nii.gz turned.nii.gz
exits 2 cs-predict --model stored/last.safetensors --flips data/s3/ED_img.nii.gz stored.nii.gz
says stderr 'mirrored'
