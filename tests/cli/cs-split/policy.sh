# shellcheck shell=bash
# The published few-shot folds, by subject: both frames of a subject stand in one list.
mkdir -p $(seq -f 'd/%03g' 1 100)
for i in $(seq 1 100); do
  for f in ED ES; do printf '{"id":"patient%03d","frame":"%s","image":"d/%03d/%s_img.nii.gz"}\n' "$i" $f "$i" $f; done
done >cases.jsonl
ids() { sed 's/.*"id":"patient\([0-9]*\)".*/\1/' "$1" | sort -u | xargs; }
exits 0 cs-split --cases cases.jsonl --policy acdc-few-shot-10 --fold 0 --out f0
equal "$(ids f0/train.jsonl)" "001 004 012 022 044 046 053 061 073 092"
equal "$(ids f0/validate.jsonl)" "011 062 071 082 095"
equal "$(wc -l <f0/test.jsonl)" 40
equal "$(wc -l <f0/unlabelled.jsonl)" 50
says f0/train.jsonl '"image":"../d/001/ED_img.nii.gz","split":"train"'
says_not stderr 'at once'

# Folds that share subjects between training and validation are kept as published, with a warning for each.
exits 0 cs-split --cases cases.jsonl --policy acdc-few-shot-10 --fold 1 --out f1
says stderr 'patient002 is in train and validate at once'
says stderr 'patient022 is in train and validate at once'
says f1/train.jsonl patient002
says f1/validate.jsonl patient002

# A folder does not mix two divisions, nor is a list replaced unasked.
exits 2 cs-split --cases cases.jsonl --policy acdc-few-shot-10 --fold 1 --out f1
says stderr -- '--force'
exits 2 cs-split --cases cases.jsonl --policy acdc-standard --out f1 --force
says stderr 'unlabelled.jsonl.*another division'
exits 0 cs-split --cases cases.jsonl --policy acdc-few-shot-10 --fold 0 --out f1 --force
same_bytes f0/train.jsonl f1/train.jsonl

# Subjects that the list lacks are named; --allow-missing goes on.
grep -v patient073 cases.jsonl >fewer.jsonl
exits 2 cs-split --cases fewer.jsonl --policy acdc-few-shot-10 --out f2
says stderr 'names 1 subjects that the list does not have: 073.*--allow-missing'
absent f2
exits 0 cs-split --cases fewer.jsonl --policy acdc-few-shot-10 --out f2 --allow-missing
equal "$(wc -l <f2/train.jsonl)" 18

exits 0 cs-split --list-policies
says stdout '^acdc-few-shot-N'
exits 2 cs-split --cases cases.jsonl --policy acdc-few-shot-99
exits 2 cs-split --cases cases.jsonl --policy nobody
exits 2 cs-split --cases cases.jsonl --policy acdc-standard --fold 3
exits 2 cs-split --cases cases.jsonl --policy mine-half --policies cases.jsonl
exits 2 cs-split --cases cases.jsonl --policy mine-half --policies absent.json
says stderr 'absent.json'

# A division of one's own; a policy for another data set is used, with a warning.
cat >mine.json <<'JSON'
{"schema": "coopseg.splits/1", "dataset": "mine", "test": "91-100",
 "policies": {"half": {"about": "half and half", "train": "1-45", "validate": ["46-50", "51-55"]}}}
JSON
exits 0 cs-split --cases cases.jsonl --policy mine-half --fold 1 --policies mine.json --out mine
equal "$(wc -l <mine/train.jsonl)" 90
equal "$(ids mine/validate.jsonl)" "051 052 053 054 055"
sed 's/}$/,"dataset":"other"}/' cases.jsonl >other.jsonl
exits 0 cs-split --cases other.jsonl --policy mine-half --policies mine.json --out other
says stderr "the data set 'mine', the list is of 'other'"
