# shellcheck shell=bash
# A list to compare with whose images cannot be read is no comparison: exit status 1.
cs-phantom --out h --subjects 2 --sites 1 --size 24 --spacing 8 --slices 2 --frames ED --log-level error
exits 0 cs-check --cases h/cases.jsonl --slice-mm 0.5,60
echo '{"id":"other","image":"none.nii.gz"}' >other.jsonl
exits 1 cs-check --cases h/cases.jsonl --slice-mm 0.5,60 --against other.jsonl
says stderr 'none.nii.gz'
