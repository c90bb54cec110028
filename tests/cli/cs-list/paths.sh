# shellcheck shell=bash
# Paths are relative to the list that is written; a list on standard output is relative to the current folder.
mkdir -p data/p1 lists
touch data/p1/ED_img.nii.gz data/p1/ED_seg.nii.gz
exits 0 cs-list coopseg data --labels LV:1,MYO:2 --dataset mine
line_is stdout 1 <<'END'
{"id":"p1","frame":"ED","image":"data/p1/ED_img.nii.gz","label":"data/p1/ED_seg.nii.gz","dataset":"mine",
"labels":{"LV":1,"MYO":2}}
END
one_line stdout
exits 0 cs-list coopseg data --cases-out lists/cases.jsonl
[ ! -s stdout ] || fail "the list is on standard output, too"
says lists/cases.jsonl '"image":"../data/p1/ED_img.nii.gz"'
says lists/cases.jsonl '"dataset":"data"'
(cd lists && cs-split --cases cases.jsonl --train 1 >../divided 2>../messages) ||
  fail "the list cannot be read elsewhere"
says divided '"image":"../data/p1/ED_img.nii.gz".*"split":"train"'

# An existing list is not replaced without --force.
exits 2 cs-list coopseg data --cases-out lists/cases.jsonl
says stderr 'lists/cases.jsonl.*--force'
exits 0 cs-list coopseg data --cases-out lists/cases.jsonl --absolute --force
says lists/cases.jsonl '"image":"/.*/data/p1/ED_img.nii.gz"'
exits 0 cs-list coopseg data --cases-out new/folder/cases.jsonl
says new/folder/cases.jsonl '"image":"../../data/p1/ED_img.nii.gz"'
no_leftovers lists
