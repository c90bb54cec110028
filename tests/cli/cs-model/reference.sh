# shellcheck shell=bash
# The reference implementation's own files become a model that segments, with and without its slow-thinking network;
# exported, they come back with the same weights.
checkpoints=$(golden_dir)/reference/checkpoints
[ -d "$checkpoints" ] || skip "no checkpoints among the golden numbers"
exits 0 cs-model import --from-reference "$checkpoints" --crop 64 --percentiles none --spacing keep -o m.safetensors
says stderr 'fast- and slow-thinking'
exits 0 cs-model check m.safetensors
says stdout '^m.safetensors: ok, .* 406 tensors$'
exits 0 cs-model show m.safetensors
says stdout '^all +406 +2528953 +5552 '

exits 0 cs-model export m.safetensors --to-reference out
equal "$(cd out && echo *)" "$(cd "$checkpoints" && echo *.pth)"
exits 0 cs-model import --from-reference out -o back.safetensors
exits 0 cs-model diff --weights m.safetensors back.safetensors

with_networks || exit 0
cs-phantom --out hearts --subjects 1 --sites 1 --size 64 --spacing 3 --slices 2 --frames ED --log-level error
for stage in ftn stn; do
  exits 0 cs-predict --model m.safetensors --stage $stage --threads 1 hearts/phantom001/ED_img.nii.gz $stage.nii.gz
  exits 0 cs-dice $stage.nii.gz hearts/phantom001/ED_seg.nii.gz
done
if cmp -s ftn.nii.gz stn.nii.gz; then fail "the slow-thinking network corrects nothing"; fi
