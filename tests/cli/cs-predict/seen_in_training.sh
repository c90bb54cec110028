# shellcheck shell=bash
# Images that the model was trained on are marked, also when they were changed since and their sidecar says so.
source "$(dirname "$case_file")/setup.bash"
make_hearts
train_model
exits 0 cs-predict --model model.safetensors --cases hearts/cases.jsonl --out pred --cases-out -
says stderr '2 of 4 images were seen in training'
equal "$(grep -c '"seen_in_training":true' stdout)" 2 "marked cases"
equal "$(grep '"seen_in_training":true' stdout | grep -o '"id":"[^"]*"' | sort -u)" '"id":"phantom001"'
says pred/phantom001/ED_pred.json '"seen_in_training": true'
says pred/phantom002/ED_pred.json '"seen_in_training": false'
exits 0 cs-dice --cases pred/cases.jsonl
says stdout 'seen in training'

# An old mark, of another model, does not stay.
sed 's/}$/,"seen_in_training":true}/' hearts/cases.jsonl | tail -2 >hearts/marked.jsonl
exits 0 cs-predict --model model.safetensors --cases hearts/marked.jsonl --out pred2 --cases-out -
says_not stdout seen_in_training

# The label map was made from a training image, as its sidecar says; segmenting it shows that this is followed.
for n in 1 2; do echo "{\"id\":\"$n\",\"image\":\"pred/phantom00$n/ED_pred.nii.gz\"}"; done >derived.jsonl
exits 0 cs-predict --model model.safetensors --cases derived.jsonl --out derived --cases-out -
says stderr '1 of 2 images were seen in training'
equal "$(grep '"seen_in_training":true' stdout | grep -o '"id":"[^"]*"')" '"id":"1"'
cp pred/phantom001/ED_pred.json . && cp pred/phantom002/ED_pred.nii.gz ED_pred.nii.gz
exits 0 cs-predict --model model.safetensors ED_pred.nii.gz foreign.nii.gz
says_not stderr 'seen in training'
