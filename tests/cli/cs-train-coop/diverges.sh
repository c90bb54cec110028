# shellcheck shell=bash
# A loss that is no longer a number stops the run with its name and iteration; the last good state stays and can be read.
source "$(dirname "$case_file")/setup.bash"
make_data
train run --epochs 1 2>err
before=$(sha256sum run/best.safetensors run/last.safetensors run/state.safetensors)
exits 1 cs-train-coop --cases train.jsonl --crop 32 --batch-size 4 --out fresh --epochs 40 --lr 1e30
grep -v warning: stderr >errors
says errors "(the loss '[a-z_]+' is -?(nan|inf) in iteration [0-9]+|is no longer finite after iteration [0-9]+)"
says errors '(the state of iteration [0-9]+ is kept|nothing was saved yet)'
absent fresh/.state.safetensors.tmp
equal "$(sha256sum run/best.safetensors run/last.safetensors run/state.safetensors)" "$before"
if [ -e fresh/last.safetensors ]; then
  cs-predict --model fresh/last.safetensors data/s3/ED_img.nii.gz out.nii.gz 2>err || fail "the kept model: $(cat err)"
fi
