# shellcheck shell=bash
# --probabilities writes one 4D file a case; 4D inputs need a frame, from the option or from the case's field.
source "$(dirname "$case_file")/setup.bash"
make_hearts
make_model
run() { cs-predict --model model.safetensors --threads 1 "$@"; }
exits 0 run --probabilities --cases hearts/cases.jsonl --out pred
for frame in ED ES; do [ -s pred/phantom002/${frame}_prob.nii.gz ] || fail "no probabilities"; done
says pred/phantom002/ED_prob.json '"background"'
exits 0 run --probabilities hearts/phantom002/ED_img.nii.gz one.nii.gz
same_bytes one_prob.nii.gz pred/phantom002/ED_prob.nii.gz
same_bytes one.nii.gz pred/phantom002/ED_pred.nii.gz
exits 0 run --probabilities --skip-existing --cases hearts/cases.jsonl --out pred
says stderr '4 of 4 label maps were there already'
rm pred/phantom001/ED_prob.nii.gz
exits 0 run --probabilities --skip-existing --cases hearts/cases.jsonl --out pred
[ -s pred/phantom001/ED_prob.nii.gz ] || fail "the missing probabilities were not made again"

# Probabilities are a 4D file themselves.
exits 1 run one_prob.nii.gz frame.nii.gz
says stderr 'one_prob.nii.gz'
absent frame.nii.gz
exits 0 run --frame 2 one_prob.nii.gz frame2.nii.gz
says frame2.json '"frame": 2'
exits 1 run --frame 4 one_prob.nii.gz frame4.nii.gz
exits 1 run --frame 0 hearts/phantom002/ED_img.nii.gz not4d.nii.gz
absent not4d.nii.gz
echo '{"id":"a","image":"one_prob.nii.gz","frame_index":2}' >frames.jsonl
echo '{"id":"b","image":"hearts/phantom002/ED_img.nii.gz","frame_index":0}' >>frames.jsonl
exits 0 run --cases frames.jsonl --out frames
same_bytes frames/a/pred.nii.gz frame2.nii.gz
same_bytes frames/b/pred.nii.gz one.nii.gz
echo '{"id":"c","image":"hearts/phantom002/ED_img.nii.gz","frame_index":2}' >no_such_frame.jsonl
exits 1 run --cases no_such_frame.jsonl --out none
says stderr 'ED_img.nii.gz: has one frame, c names frame_index 2'
