# shellcheck shell=bash
# What cannot be meant is refused with exit status 2 and one line, before anything is read or written.
touch model.safetensors
echo '{"id":"a","image":"in.nii.gz"}' | tee l.jsonl >list.jsonl
refuse() {
  local words=$1
  shift
  exits 2 cs-predict "$@"
  one_line stderr
  says stderr "$words"
}
refuse '--model: is missing' in.nii.gz out.nii.gz
refuse 'neither an image nor --cases' --model model.safetensors
refuse 'IMAGE and --cases are both given' --model model.safetensors --cases l.jsonl --out d in.nii.gz out.nii.gz
refuse 'OUTPUT: is missing' --model model.safetensors in.nii.gz
refuse '--out: is missing' --model model.safetensors --cases list.jsonl
refuse '--out: belongs to --cases' --model model.safetensors --out d in.nii.gz out.nii.gz
refuse '--device: "gpu" is none of auto, cpu, cuda, cuda:N' --model model.safetensors --device gpu in.nii.gz out.nii.gz
refuse '--steps: must be 1 or more' --model model.safetensors --steps 0 in.nii.gz out.nii.gz
refuse '--batch-size: must be 1 or more' --model model.safetensors --batch-size 0 in.nii.gz out.nii.gz
refuse '--frame: must be 0 or more' --model model.safetensors --frame -2 in.nii.gz out.nii.gz
refuse 'did you mean --probabilities' --model model.safetensors --probabilites in.nii.gz out.nii.gz
refuse 'nowhere.jsonl' --cases nowhere.jsonl
equal "$(ls)" "$(printf 'l.jsonl\nlist.jsonl\nmodel.safetensors\nstderr\nstdout')" "files"
