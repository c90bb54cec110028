# shellcheck shell=bash
# --pseudo-labels: the list has the label maps as labels, marked, with the label before beside them; the files written
# are those without the option; lists pipe and shard as others.
source "$(dirname "$case_file")/setup.bash"
make_hearts
make_model
run() { cs-predict --model model.safetensors --threads 1 "$@"; }
exits 0 run --cases hearts/cases.jsonl --out plain --probabilities
exits 0 run --cases hearts/cases.jsonl --out pred --probabilities --pseudo-labels --cases-out -
for frame in ED ES; do
  for file in pred.nii.gz pred.json prob.nii.gz prob.json; do
    same_bytes plain/phantom001/${frame}_$file pred/phantom001/${frame}_$file
  done
done
sed 's/"model_sha256":"[0-9a-f]*"/"model_sha256":"..."/' pred/cases.jsonl | grep -o '"label":.*' >shown
line_is shown 1 <<'END'
"label":"phantom001/ED_pred.nii.gz","labels":{"LV":1,"MYO":2,"RV":3},"dataset":"phantom","site":"A",
"true_label":"../hearts/phantom001/ED_seg.nii.gz","true_labels":{"LV":1,"MYO":2,"RV":3},"label_source":"pseudo",
"label_probabilities":"phantom001/ED_prob.nii.gz",
"model":"model.safetensors","model_sha256":"...","seen_in_training":true}
END
says_not pred/cases.jsonl '"prediction'
equal "$(grep -c '"label":"pred/phantom00' stdout)" 4 "(labels as seen from here)"

# Nothing but the list differs, so that files that are there already serve for it.
exits 0 run --cases hearts/cases.jsonl --out plain --probabilities --pseudo-labels --skip-existing
says stderr '4 of 4 label maps were there already'
same_bytes plain/cases.jsonl pred/cases.jsonl
# Without probabilities; by shards; and once more of a list that has pseudo-labels: the true label stays.
for part in 0 1; do exits 0 run --cases hearts/cases.jsonl --out shards --pseudo-labels --shard $part/2; done
exits 0 run --cases hearts/cases.jsonl --out whole --pseudo-labels
same_bytes <(cat shards/cases.*.jsonl) whole/cases.jsonl
says_not whole/cases.jsonl label_probabilities
exits 0 run --cases pred/cases.jsonl --out again --pseudo-labels
same_bytes again/cases.jsonl whole/cases.jsonl

# The label is read right: its values are those of its names.
exits 0 cs-check --cases pred/cases.jsonl --allow-empty --slice-mm 1 40
# Scored against itself by a list that has predictions, too, it is no reference.
exits 0 run --cases pred/cases.jsonl --out scored --force
exits 0 cs-dice --cases scored/cases.jsonl --summary
says stderr 'warning: the labels of 4 of 4 cases are pseudo-labels, which are no reference: phantom001 ED, ph'

# A frame that the command names is what the label is of.
exits 0 run --probabilities hearts/phantom002/ED_img.nii.gz one.nii.gz
echo '{"id":"a","image":"one_prob.nii.gz"}' >frames.jsonl
exits 0 run --cases frames.jsonl --out frames --frame 2 --pseudo-labels
says frames/cases.jsonl '"label":"a/pred.nii.gz".*"frame_index":2'
says_not frames/cases.jsonl true_label

exits 2 run --pseudo-labels hearts/phantom002/ED_img.nii.gz x.nii.gz
says stderr '--pseudo-labels: is about the list that is written; give --cases LIST --out DIR'
absent x.nii.gz
