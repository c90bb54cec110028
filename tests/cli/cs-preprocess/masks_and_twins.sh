# shellcheck shell=bash
# Files have the rights that the user's mask says, however many threads write; two cases of one output are refused.
umask 027
cs-phantom --out h --subjects 12 --sites 1 --size 24 --spacing 8 --slices 2 --threads 8 --log-level error
[ -z "$(find h ! -perm -u=r -o -perm /o=rwx)" ] || fail "files for everybody: $(find h -perm /o=rwx | head -3)"
sed 's/"dataset":"phantom"/"dataset":"other"/; s/ED_img/ES_img/' h/cases.jsonl >other.jsonl
head -1 other.jsonl >>h/cases.jsonl
for shard in 0/1 0/2 1/2; do
  exits 2 cs-preprocess --cases h/cases.jsonl --out pre --shard "$shard"
  says stderr 'one file'
done
absent pre
# The grid's file is never the output.
image=h/phantom001/ED_img.nii.gz
exits 2 cs-preprocess --like "$image" h/phantom002/ED_img.nii.gz "$image" --force
