# shellcheck shell=bash
# A subject in both lists, cases without label and a run without validation are pointed out.
source "$(dirname "$case_file")/setup.bash"
make_data
cat train.jsonl validate.jsonl >both.jsonl
echo '{"id":"s4","image":"data/s3/ED_img.nii.gz","labels":{"LV":1,"MYO":2}}' >>both.jsonl
cs-train-ftn --cases both.jsonl --validate validate.jsonl --out run --crop 32 --batch-size 4 --max-iterations 1 2>err
says err 'warning: one subject is in the training and in the validation list: s3'
says err 'warning: .*(without|no) label'
cs-train-ftn --cases train.jsonl --out alone --crop 32 --batch-size 4 --max-iterations 2 2>err
says err 'warning: no --validate list'
same_bytes alone/best.safetensors alone/last.safetensors
