# shellcheck shell=bash
# True labels and labels of a model's making are never mixed: each list refuses, by name, what belongs into another; and
# probabilities are what they must be.
source "$(dirname "$case_file")/setup.bash"
make_data
train first --max-iterations 1 2>err
exits 0 cs-predict --model first/last.safetensors --cases unlabelled.jsonl --out pl --pseudo-labels --probabilities
cp pl/cases.jsonl pl/pseudo.jsonl
options=(--patch "16,16,16" --filters 2 --max-iterations 1 --out run)
refuse() { # STATUS MESSAGE OPTIONS...
  exits "$1" cs-train-semi "${@:3}" "${options[@]}"
  says stderr "error: $2"
  absent run
}
pseudo=(--cases train.jsonl --pseudo pl/cases.jsonl)
# A list in the place of another.
refuse 2 'pl/cases.jsonl: the label of u1 is a pseudo-label, and this list is of true labels only; .*--pseudo' \
  --cases pl/cases.jsonl
refuse 2 'pl/cases.jsonl: the label of u1 is a pseudo-label' --cases train.jsonl --validate pl/cases.jsonl
refuse 2 'pl/cases.jsonl: the label of u1 is a pseudo-label' --cases train.jsonl --unlabelled unlabelled.jsonl \
  --watch pl/cases.jsonl
refuse 2 'train.jsonl: s1 is not marked as pseudo-labelled' --cases train.jsonl --pseudo train.jsonl
for trainer in cs-train-ftn cs-train-coop; do
  exits 2 $trainer --cases pl/cases.jsonl --out run --crop 16
  says stderr 'pl/cases.jsonl: the label of u1 is a pseudo-label, and this list is of true labels only'
done
# Without the mark the sidecar says whose label it is, until somebody corrects the map.
sed 's/"label_source":"pseudo",//' pl/pseudo.jsonl >pl/bare.jsonl
refuse 2 'pl/bare.jsonl: the label of u1, pl/u1/pred.nii.gz, comes from cs-predict, as its sidecar says' \
  --cases pl/bare.jsonl
# So does that of a copy on another grid, and of a copy of that.
exits 0 cs-preprocess --cases pl/bare.jsonl --out finer --spacing 0.9 --to-labels core:1,shell:2
exits 0 cs-preprocess --cases finer/cases.jsonl --out finest --spacing 0.8 --to-labels core:1,shell:2
refuse 2 'finest/cases.jsonl: the label of u1, finest/u1/seg.nii.gz, comes from cs-predict, as its sidecar says' \
  --cases finest/cases.jsonl
cp -r pl corrected
for id in u1 u2 u3; do cp data/s1_seg.nii.gz corrected/$id/pred.nii.gz; done
exits 0 cs-train-semi --cases corrected/bare.jsonl --plan --patch 16,16,16 --filters 2 --batch-size 2
# One subject in both lists.
sed '1s/"id":"u1"/"id":"s2"/' pl/pseudo.jsonl >pl/shared.jsonl
refuse 2 '--pseudo: has a subject of --cases, too: s2' --cases train.jsonl --pseudo pl/shared.jsonl
exits 0 cs-train-semi --cases train.jsonl --pseudo pl/shared.jsonl --allow-overlap --plan --patch 16,16,16 --filters 2
# What does not go together.
refuse 2 '--pseudo: is for --method supervised, and mt' "${pseudo[@]}" --method mt --unlabelled unlabelled.jsonl
refuse 2 '--pseudo: and --unlabelled are both given' "${pseudo[@]}" --unlabelled unlabelled.jsonl
refuse 2 '--pseudo: is of no use .*give --batch-size L,P' "${pseudo[@]}" --batch-size 2
refuse 2 '--pseudo-weight: must be a number from 0' "${pseudo[@]}" --pseudo-weight -1
refuse 2 '--pseudo-weight: ' "${pseudo[@]}" --pseudo-weight nan
refuse 2 '--pseudo-targets: is of pseudo-labelled cases, and there are none' --cases train.jsonl --pseudo-targets soft
refuse 2 '--pseudo-weight: is of pseudo-labelled cases' --cases train.jsonl --pseudo-weight 2
: >empty.jsonl
refuse 2 'empty.jsonl: holds no case' --cases train.jsonl --pseudo empty.jsonl

# Probabilities.
soft=(--cases train.jsonl --pseudo pl/cases.jsonl --pseudo-targets soft)
sed 's/,"label_probabilities":"[^"]*"//' pl/pseudo.jsonl >pl/cases.jsonl
refuse 2 'pl/cases.jsonl: u1 has no class probabilities .*cs-predict --pseudo-labels --probabilities' "${soft[@]}"
cp pl/pseudo.jsonl pl/cases.jsonl
cp pl/u2/prob.nii.gz kept.nii.gz
cp data/u2_img.nii.gz pl/u2/prob.nii.gz
refuse 1 'pl/u2/prob.nii.gz: has 1 frames, expected the background and one for each of the 2 labels of u2' "${soft[@]}"
gzip -dc kept.nii.gz >raw.nii
put() { # WHERE FLOAT: into a copy of u2's probabilities
  cp raw.nii changed.nii
  perl -e 'open F, "+<", "changed.nii"; binmode F; seek F, $ARGV[0], 0; print F pack("f<", $ARGV[1])' "$1" "$2"
  gzip -c changed.nii >pl/u2/prob.nii.gz
}
put 352 1.5
refuse 1 'pl/u2/prob.nii.gz: holds 1.5, which is no probability' "${soft[@]}"
put 352 nan
refuse 1 'pl/u2/prob.nii.gz: .*1 NaN' "${soft[@]}"
put 352 0
refuse 1 'pl/u2/prob.nii.gz: has probabilities that add up to 0' "${soft[@]}"
put 80 1.25 # the spacing
refuse 1 'pl/u2/prob.nii.gz: grid differs from its image .*data/u2_img.nii.gz' "${soft[@]}"
head -c 400 kept.nii.gz >pl/u2/prob.nii.gz
refuse 1 'pl/u2/prob.nii.gz: ' "${soft[@]}"
rm pl/u2/prob.nii.gz
refuse 1 'pl/u2/prob.nii.gz: cannot read \(u2\)' "${soft[@]}"
exits 0 cs-train-semi "${pseudo[@]}" --plan --patch 16,16,16 --filters 2 # whose targets are the label maps
rm pl/u2/pred.nii.gz
refuse 1 'pl/u2/pred.nii.gz: cannot read \(u2\)' "${pseudo[@]}"
