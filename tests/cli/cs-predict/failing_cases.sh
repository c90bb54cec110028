# shellcheck shell=bash
# A case that fails is reported and skipped, the others are done; the exit status is 1 and nothing is half-written.
source "$(dirname "$case_file")/setup.bash"
make_hearts
make_model
truncate -s 700 hearts/phantom001/ES_img.nii.gz
rm hearts/phantom002/ED_img.nii.gz
exits 1 cs-predict --model model.safetensors --cases hearts/cases.jsonl --out pred --cases-out -
equal "$(wc -l <stdout)" 2 "cases"
says stderr 'phantom001/ES_img.nii.gz'
says stderr 'phantom002/ED_img.nii.gz'
says stderr '2 of 4 cases failed'
absent pred/phantom001/ES_pred.nii.gz
no_leftovers pred
equal "$(wc -l <pred/cases.jsonl)" 2 "listed"

# Two cases for one output.
sed -n 's|"dataset":"phantom"|"dataset":"other"|p' hearts/cases.jsonl | cat hearts/cases.jsonl - >hearts/twice.jsonl
exits 2 cs-predict --model model.safetensors --cases hearts/twice.jsonl --out twice
says stderr 'phantom001 ED .*would go to one file'
absent twice

echo >empty.jsonl
exits 2 cs-predict --model model.safetensors --cases empty.jsonl --out none
one_line stderr
says stderr 'empty.jsonl'

if [ "$(id -u)" != 0 ]; then
  mkdir locked && chmod a-w locked
  exits 1 cs-predict --model model.safetensors hearts/phantom001/ED_img.nii.gz locked/out.nii.gz
  says stderr 'locked/out.nii.gz'
fi
touch file
exits 1 cs-predict --model model.safetensors hearts/phantom001/ED_img.nii.gz file/out.nii.gz
says stderr 'file'
