# shellcheck shell=bash
# Label maps that were drawn in part are refused by name, by both trainings on slices; a name for it alone changes nothing.
source "$(dirname "$case_file")/setup.bash"
make_data
train whole --epochs 1 2>err
sed -i 's/"MYO":2/&,"ignore":9/' train.jsonl
train named --epochs 1 2>err
same_run whole named
sed -i '2s/} *$/,"labelled_slices":[1]}/' train.jsonl
for program in cs-train-ftn cs-train-coop; do
  exits 1 "$program" "${train_options[@]}" --out partly --epochs 1
  says stderr 's2 ED: has a label map of which a part was not drawn'
  says stderr 'cs-train-semi --method supervised learns from partly drawn label maps'
  absent partly
done
