# shellcheck shell=bash
# One image in, one label map on its grid out, with a sidecar; nothing on standard output; nothing is overwritten.
source "$(dirname "$case_file")/setup.bash"
make_hearts
make_model
image=hearts/phantom002/ED_img.nii.gz
exits 0 cs-predict --model model.safetensors "$image" out/ED_pred.nii.gz
equal "$(wc -c <stdout)" 0 "bytes on standard output"
exits 0 cs-dice out/ED_pred.nii.gz hearts/phantom002/ED_seg.nii.gz
says out/ED_pred.json '"program": "cs-predict"'
says out/ED_pred.json "$(sha256sum "$image" | cut -d' ' -f1)"
says out/ED_pred.json "$(sha256sum model.safetensors | cut -d' ' -f1)"
says out/ED_pred.json "$(sha256sum out/ED_pred.nii.gz | cut -d' ' -f1)"

cp out/ED_pred.nii.gz kept.nii.gz
exits 2 cs-predict --model model.safetensors hearts/phantom001/ED_img.nii.gz out/ED_pred.nii.gz
says stderr 'ED_pred.nii.gz: exists'
one_line stderr
same_bytes out/ED_pred.nii.gz kept.nii.gz
exits 0 cs-predict --model model.safetensors --force "$image" out/ED_pred.nii.gz
same_bytes out/ED_pred.nii.gz kept.nii.gz

cp "$image" copy.nii.gz
exits 2 cs-predict --model model.safetensors --force copy.nii.gz ./copy.nii.gz
says stderr 'is the input'
same_bytes "$image" copy.nii.gz
exits 1 cs-predict --model model.safetensors missing.nii.gz new.nii.gz
says stderr 'missing.nii.gz'
absent new.nii.gz
no_leftovers .
