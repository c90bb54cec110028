# shellcheck shell=bash
# --plan counts windows, memory and time of volumes, for people and as JSON, and writes nothing; what does not fit the
# model's kind is refused before anything is read.
source "$(dirname "$case_file")/volumes.bash"
make_volumes
train_on train.jsonl model.safetensors
before=$(find . | sort)
cs-predict --model model.safetensors --cases cases.jsonl --threads 1 --plan >plan 2>err
# 24, 22 and 18 voxels by windows of 16 with a stride of 8: two starts along each axis.
says plan '^cases +3$'
says plan '^windows +24, of \[16,16,16\] voxels, each \[8,8,8\] from the next$'
says plan '^largest volume +a, \[24,22,18\] voxels, 8 windows$'
says plan '^memory +[0-9.]+ GB at most: [0-9.]+ GB for the largest volume, [0-9.]+ GB for the network$'
says plan '^time +[0-9]+ s, [0-9.]+ s a window$'
cs-predict --model model.safetensors --cases cases.jsonl --window 32,16,16 --stride 32,3,16 --plan --json >plan 2>err
tr -d ' \n' <plan >line
says line '"schema":"coopseg.prediction-plan/1","cases":3,"window":\[32,16,16\],"stride":\[32,3,16\],"windows":18,'
cs-predict --model model.safetensors a.nii.gz --plan >plan 2>err
says plan '^cases +1$'
rm plan err line
equal "$(find . | sort)" "$before" "(files)"

refuse() { # MESSAGE OPTIONS...
  exits 2 cs-predict --model model.safetensors a.nii.gz out.nii.gz "${@:2}"
  one_line stderr
  says stderr "$1"
  absent out.nii.gz
}
for option in '--stage ftn' '--steps 2' '--batch-size 3'; do
  # shellcheck disable=SC2086
  refuse "^cs-predict: error: ${option% *}: means nothing for model.safetensors, a model that sees windows" $option
done
refuse '--window: 24 is not a multiple of 16' --window 16,24,16
refuse '--window: ' --window 16,16
refuse '--window: ' --window 0,16,16
refuse '--window: of 4096 x 4096 x 4096 voxels needs more than .* and this machine has' --window 4096,4096,4096
refuse '--stride: is 17 voxels along an axis where the window has 16' --stride 8,8,17
refuse '--stride: ' --stride 0,8,8
refuse '--blend: "median" is none of mean, gaussian' --blend median
refuse '--distances: model.safetensors gives no signed distances.*cs-distance-map' --distances
refuse '--json: goes with --plan' --json
# A model of slices has no windows.
gzip -dc "$(dirname "$case_file")/../cs-model/trained.header.gz" >trained.header
golden_model trained.header model.safetensors
for option in '--window 16,16,16' '--stride 8,8,8' '--blend mean' '--distances' '--plan'; do
  # shellcheck disable=SC2086
  refuse "${option%% *}: is for models that see windows; model.safetensors sees slices" $option
done
# An image of two axes.
train_on train.jsonl model.safetensors
make_nifti thin.nii.gz 24 22 1 1 1 1 --float ball 9 12 11 0 5
gzip -dc thin.nii.gz >flat.nii
perl -e 'open F, "+<", "flat.nii"; binmode F; seek F, 40, 0; print F pack("s<8", 2, 24, 22, 1, 1, 1, 1, 1)'
exits 1 cs-predict --model model.safetensors flat.nii flat_pred.nii.gz
says stderr 'flat.nii: is a two-dimensional image, and the model sees volumes'
absent flat_pred.nii.gz
