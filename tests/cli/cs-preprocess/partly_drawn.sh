# shellcheck shell=bash
# What was not drawn keeps a value of its own, and is nothing to crop to; slices that were not drawn get it, as their
# numbers may change.
make_nifti img.nii.gz 12 12 6 1 1 5 --float ball 3 6 6 3 4
make_nifti seg.nii.gz 12 12 6 1 1 5 box 3 3 9 3 9 1 5 box 9 0 12 0 3 0 6
a_case() { echo "{\"id\":\"p1\",\"image\":\"img.nii.gz\",\"label\":\"seg.nii.gz\"$1}"; }
run() { exits 0 cs-preprocess --cases "$1.jsonl" --out "$1" --percentiles none --spacing keep "${@:2}"; }
values() { gzip -dc "$1/p1/seg.nii.gz" | tail -c +353 | od -An -v -tu1 -w1 | sort -n | uniq -c | awk '{ print $2 ":" $1 }' | xargs; }

a_case ',"labels":{"LV":3,"ignore":9}' >named.jsonl
run named
equal "$(values named)" "0:504 1:144 9:216"
says named/cases.jsonl '"labels":\{"LV":1,"ignore":9\}'
a_case ',"labels":{"LV":3,"ignore":9}' >cropped.jsonl
run cropped --crop-to label
equal "$(values cropped)" "1:144"
# The value of a class is no place for it.
a_case ',"labels":{"LV":3,"ignore":1}' >taken.jsonl
exits 1 cs-preprocess --cases taken.jsonl --out taken
says stderr 'seg.nii.gz: label 3 would get the value of ignore'

a_case ',"labels":{"LV":3,"x":9},"labelled_slices":[1,2]' >slices.jsonl
run slices --orient LPI
equal "$(values slices)" "0:144 3:72 9:72 255:576" # x is none of LV, MYO and RV: the values stay
says slices/cases.jsonl '"labels":\{"LV":3,"x":9,"ignore":255\}'
says_not slices/cases.jsonl labelled_slices
says slices/p1/seg.json '"labelled_slices"'
# Slices 1 and 2 are 4 and 3 of the turned label map.
gzip -dc slices/p1/seg.nii.gz | tail -c +353 | od -An -v -tu1 -w144 | awk '{ print ($1 == 255 && $144 == 255) }' >undrawn
equal "$(xargs <undrawn)" "1 1 1 0 0 1"
a_case ',"labels":{"LV":3,"ignore":9},"labelled_slices":[1,2]' >both.jsonl
run both
equal "$(values both)" "0:144 1:72 9:648"
a_case ',"labelled_slices":[1,2]' >unnamed.jsonl
run unnamed
says unnamed/cases.jsonl '"labels":\{"ignore":255\}'
make_nifti seg.nii.gz 12 12 6 1 1 5 box 255 3 9 3 9 1 5
exits 1 cs-preprocess --cases unnamed.jsonl --out again
says stderr 'seg.nii.gz: holds label 255 in a drawn slice, the value that undrawn slices get'
